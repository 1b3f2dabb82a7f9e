/** The survey's "is / must be / what to do" table. */

import type { Finding } from '../../core/change.js';
import { count, PLAIN_STYLE, paint, type RenderStyle, type Tone } from './render-style.js';
import { renderTable } from './table.js';
import { clean, wrapRemedyWith, wrapWith } from './width.js';

const LEVELS: readonly Finding['level'][] = ['blocks', 'warning', 'note', 'ok'];
const WORDS: Record<Finding['level'], { readonly word: string; readonly tone: Tone | undefined }> = {
  blocks: { word: 'BLOCKS', tone: 'bad' },
  warning: { word: 'warning', tone: 'warn' },
  note: { word: 'note', tone: undefined },
  ok: { word: 'ok', tone: 'good' },
};

/** Worst first, then by node. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || a.node.localeCompare(b.node, 'en', { numeric: true }));
}

/** `12 looked at: 1 blocks, 2 warnings, 3 notes` */
export function findingsSummary(findings: readonly Finding[]): string {
  const of = (level: Finding['level']) => findings.filter((f) => f.level === level).length;
  const parts = [
    of('blocks') > 0 ? `${of('blocks')} in the way` : '',
    of('warning') > 0 ? count(of('warning'), 'warning') : '',
    of('note') > 0 ? count(of('note'), 'note') : '',
    of('ok') > 0 ? `${of('ok')} in order` : '',
  ].filter((p) => p !== '');
  return parts.length === 0 ? 'Nothing found' : parts.join(', ');
}

const NARROW = 76;

/** One finding as a few lines, where a table would be all wrapping. */
function block(f: Finding, style: RenderStyle): readonly string[] {
  const level = WORDS[f.level];
  const head = wrapWith('', `${level.word}: ${f.node === '*' ? 'all' : f.node}: ${clean(f.subject)}`, style.width);
  return [
    ...(level.tone ? head.map((l) => paint(style, level.tone as Tone, l)) : head),
    ...wrapWith('  is ', `${clean(f.is)}; must be ${clean(f.mustBe)}`, style.width),
    ...wrapRemedyWith('  to do: ', clean(f.todo), style.width),
  ];
}

/** Lines of the table; those in order are only counted unless `all`. */
export function renderFindings(findings: readonly Finding[], style: RenderStyle = PLAIN_STYLE, all = false): readonly string[] {
  const shown = sortFindings(findings).filter((f) => all || f.level !== 'ok');
  const summary = wrapWith('', `${findingsSummary(findings)}.`, style.width).map((l) => paint(style, 'dim', l));
  if (style.width < NARROW) return [...shown.flatMap((f) => block(f, style)), ...(shown.length === 0 ? [] : ['']), ...summary];
  const rows = shown.map((f) => {
    const level = WORDS[f.level];
    return [
      level.tone ? { text: level.word, tone: level.tone } : level.word,
      f.node === '*' ? 'all' : f.node,
      clean(f.subject),
      clean(f.is),
      clean(f.mustBe),
      { text: clean(f.todo), remedy: true },
    ];
  });
  const columns = [
    { title: '', min: 7 },
    { title: 'Node', min: 5 },
    { title: 'What', min: 10 },
    { title: 'Is', min: 10 },
    { title: 'Must be', min: 10 },
    { title: 'To do', min: 14 },
  ];
  return [...renderTable(columns, rows, style), ...(rows.length === 0 ? [] : ['']), ...summary];
}
