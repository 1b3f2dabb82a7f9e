/** The survey's "is / must be / what to do" table. */

import type { Finding } from '../../core/change.js';
import { count } from '../../core/count.js';
import { FINDINGS } from './messages.js';
import { PLAIN_STYLE, paint, type RenderStyle, type Tone } from './render-style.js';
import { renderTable } from './table.js';
import { clean, wrapRemedyWith, wrapWith } from './width.js';

const LEVELS: readonly Finding['level'][] = ['blocks', 'warning', 'note', 'ok'];
const TONES: Record<Finding['level'], Tone | undefined> = { blocks: 'bad', warning: 'warn', note: undefined, ok: 'good' };

/** Worst first, then by node. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || a.node.localeCompare(b.node, 'en', { numeric: true }));
}

/** `1 blocking, 2 warnings, 3 notes, 6 ok` */
export function findingsSummary(findings: readonly Finding[]): string {
  const of = (level: Finding['level']) => findings.filter((f) => f.level === level).length;
  const parts = [
    of('blocks') > 0 ? `${of('blocks')} blocking` : '',
    of('warning') > 0 ? count(of('warning'), 'warning') : '',
    of('note') > 0 ? count(of('note'), 'note') : '',
    of('ok') > 0 ? `${of('ok')} ok` : '',
  ].filter((p) => p !== '');
  return parts.length === 0 ? FINDINGS.none : parts.join(', ');
}

const NARROW = 76;

/** One finding as a few lines, where a table would wrap every cell. */
function block(f: Finding, style: RenderStyle): readonly string[] {
  const tone = TONES[f.level];
  const level = FINDINGS.levels[f.level];
  const head = wrapWith('', `${level}: ${f.node === '*' ? FINDINGS.allNodes : f.node}: ${clean(f.subject)}`, style.width);
  return [
    ...(tone ? head.map((l) => paint(style, tone, l)) : head),
    ...wrapWith('  is ', `${clean(f.is)}; must be ${clean(f.mustBe)}`, style.width),
    ...wrapRemedyWith('  to do: ', clean(f.todo), style.width),
  ];
}

/** Lines of the table; those that are ok are only counted unless `all`. */
export function renderFindings(findings: readonly Finding[], style: RenderStyle = PLAIN_STYLE, all = false): readonly string[] {
  const shown = sortFindings(findings).filter((f) => all || f.level !== 'ok');
  const summary = wrapWith('', `${findingsSummary(findings)}.`, style.width).map((l) => paint(style, 'dim', l));
  if (style.width < NARROW) return [...shown.flatMap((f) => block(f, style)), ...(shown.length === 0 ? [] : ['']), ...summary];
  const rows = shown.map((f) => {
    const tone = TONES[f.level];
    const level = FINDINGS.levels[f.level];
    return [
      tone ? { text: level, tone } : level,
      f.node === '*' ? FINDINGS.allNodes : f.node,
      clean(f.subject),
      clean(f.is),
      clean(f.mustBe),
      { text: clean(f.todo), remedy: true },
    ];
  });
  const columns = [
    { title: FINDINGS.columns[0], min: 7 },
    { title: FINDINGS.columns[1], min: 5 },
    { title: FINDINGS.columns[2], min: 10 },
    { title: FINDINGS.columns[3], min: 10 },
    { title: FINDINGS.columns[4], min: 10 },
    { title: FINDINGS.columns[5], min: 14 },
  ];
  return [...renderTable(columns, rows, style), ...(rows.length === 0 ? [] : ['']), ...summary];
}
