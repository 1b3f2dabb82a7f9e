/** The sections with their state, as a line or as a column. Pure. */

import { SECTION_INFO, SECTIONS, type SectionInfo } from '../../flow/question.js';
import { currentPage, type FlowState } from '../../flow/state.js';
import { type Look, paint, symbols } from '../../text/look.js';
import { displayWidth } from '../../text/width.js';

type SectionState = 'done' | 'here' | 'open' | 'failed' | 'changed';

function stateOf(flow: FlowState, info: SectionInfo): SectionState {
  const here = SECTIONS.indexOf(currentPage(flow).section);
  const at = SECTIONS.indexOf(info.id);
  if (info.id === 'run' && flow.result) return flow.result.exitCode === 0 ? 'done' : 'failed';
  if (at === here) return 'here';
  return at < here ? 'done' : 'open';
}

function mark(state: SectionState, look: Look): string {
  const s = symbols(look);
  return { done: s.done, here: s.running, open: s.open, failed: s.failed, changed: s.done }[state];
}

function painted(look: Look, state: SectionState, text: string): string {
  if (state === 'here') return paint(look, 'strong', text);
  if (state === 'failed') return paint(look, 'bad', text);
  return paint(look, state === 'done' ? 'good' : 'dim', text);
}

const named = (info: SectionInfo) => (info.number === '' ? info.short : `${info.number} ${info.short}`);
const brief = (info: SectionInfo) => (info.number === '' ? info.short : info.number);

/** One line that fits: every name, or only the names that are needed. */
export function railLine(flow: FlowState, look: Look): string {
  const full = SECTION_INFO.map((info) => ({ info, text: `${mark(stateOf(flow, info), look)} ${named(info)}` }));
  const short = SECTION_INFO.map((info) => ({ info, text: `${mark(stateOf(flow, info), look)}${stateOf(flow, info) === 'here' ? named(info) : brief(info)}` }));
  const fits = (parts: readonly { readonly text: string }[]) => displayWidth(parts.map((p) => p.text).join('  ')) <= look.width;
  const parts = fits(full) ? full : short;
  return parts.map((p) => painted(look, stateOf(flow, p.info), p.text)).join(fits(parts) ? '  ' : ' ');
}

/** A column of sections. */
export function railColumn(flow: FlowState, look: Look): readonly string[] {
  return SECTION_INFO.map((info) =>
    painted(look, stateOf(flow, info), `${mark(stateOf(flow, info), look)} ${info.number === '' ? info.short : `${info.number} ${info.short}`}`),
  );
}
