/** The sections with their state, as a line or as a column. Pure. */

import type { SectionInfo } from '../../flow/sections.js';
import { currentPage, sections } from '../../flow/selectors.js';
import type { FlowState } from '../../flow/state.js';
import { paint, type RenderStyle, symbols } from '../../text/render-style.js';
import { displayWidth } from '../../text/width.js';
import { SECTION_STATES } from '../messages.js';

type SectionState = 'done' | 'here' | 'open' | 'failed' | 'changed' | 'running' | 'stopped';

/** What a run has made of a section; null when it is not about a run. */
function ranState(flow: FlowState, { stage }: SectionInfo): SectionState | null {
  const { kind } = currentPage(flow);
  if (stage === null || (kind !== 'run' && kind !== 'result') || flow.run.changes.length === 0) return null;
  const changes = flow.run.changes.filter((c) => c.stage === stage);
  if (changes.length === 0) return 'done';
  if (changes.some((c) => c.state === 'failed')) return 'failed';
  if (changes.every((c) => c.state === 'done' || c.state === 'skipped')) return 'changed';
  if (changes.every((c) => c.state === 'open')) return 'open';
  return flow.running ? 'running' : 'stopped';
}

function stateOf(flow: FlowState, info: SectionInfo): SectionState {
  const all = sections(flow);
  const { section } = currentPage(flow);
  const here = all.findIndex((s) => s.id === section);
  const at = all.findIndex((s) => s.id === info.id);
  if (info.id === 'run' && flow.result) return flow.result.exitCode === 0 ? 'done' : 'failed';
  const ran = ranState(flow, info);
  if (ran) return ran;
  if (at === here) return 'here';
  return at < here ? 'done' : 'open';
}

function mark(state: SectionState, style: RenderStyle): string {
  const s = symbols(style);
  return { done: s.done, here: s.running, open: s.open, failed: s.failed, changed: s.done, running: s.running, stopped: s.unknown }[state];
}

function painted(style: RenderStyle, state: SectionState, text: string): string {
  if (state === 'here') return paint(style, 'strong', text);
  if (state === 'failed') return paint(style, 'bad', text);
  if (state === 'running') return paint(style, 'accent', text);
  if (state === 'stopped') return paint(style, 'warn', text);
  return paint(style, state === 'done' || state === 'changed' ? 'good' : 'dim', text);
}

const named = (info: SectionInfo) => (info.number === '' ? info.short : `${info.number} ${info.short}`);
const brief = (info: SectionInfo) => (info.number === '' ? info.short : info.number);

/** One line that fits: every name, or only the names that are needed. */
export function railLine(flow: FlowState, style: RenderStyle): string {
  const full = sections(flow).map((info) => ({ info, text: `${mark(stateOf(flow, info), style)} ${named(info)}` }));
  const short = sections(flow).map((info) => ({
    info,
    text: `${mark(stateOf(flow, info), style)}${stateOf(flow, info) === 'here' ? named(info) : brief(info)}`,
  }));
  const fits = (parts: readonly { readonly text: string }[]) => displayWidth(parts.map((p) => p.text).join('  ')) <= style.width;
  const parts = fits(full) ? full : short;
  return parts.map((p) => painted(style, stateOf(flow, p.info), p.text)).join(fits(parts) ? '  ' : ' ');
}

/** A column of sections, with what a run has made of each. */
export function railColumn(flow: FlowState, style: RenderStyle): readonly string[] {
  return sections(flow).map((info) => {
    const state = stateOf(flow, info);
    const words = (SECTION_STATES as Partial<Record<SectionState, string>>)[state];
    return painted(style, state, `${mark(state, style)} ${named(info)}${words === undefined ? '' : ` ${words}`}`);
  });
}
