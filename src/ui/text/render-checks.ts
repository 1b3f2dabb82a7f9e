/** Results of the checks: a table of nodes × stores, then what failed with cause and remedy. */

import type { Check } from '../../core/check.js';
import { count } from '../../core/count.js';
import { CHECKS } from './messages.js';
import { duration, PLAIN_STYLE, paint, type RenderStyle, symbols } from './render-style.js';
import { type Cell, renderTable } from './table.js';
import { clean, wrapRemedyWith, wrapWith } from './width.js';

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

/** One cell of the table: the worst of its checks, and the slowest round trip. */
export function checkCell(checks: readonly Check[]): Cell {
  if (checks.length === 0) return { text: '', tone: 'dim' };
  if (checks.some((c) => c.status === 'failed')) return { text: CHECKS.failed, tone: 'bad' };
  if (checks.some((c) => c.status === 'unknown')) return { text: CHECKS.unknown, tone: 'warn' };
  const times = checks.flatMap((c) => (c.ms === undefined ? [] : [c.ms]));
  return { text: times.length === 0 ? CHECKS.ready : `${CHECKS.ready} ${duration(Math.max(...times))}`, tone: 'good' };
}

/** Node names and store names of the checks, in order of appearance. */
export function checkAxes(checks: readonly Check[]): { readonly nodes: readonly string[]; readonly stores: readonly string[] } {
  const ofStores = checks.filter((c) => c.store !== undefined);
  return { nodes: unique(ofStores.map((c) => c.node)), stores: unique(ofStores.map((c) => c.store ?? '')) };
}

/** `18 of 20 checks passed, 1 failed, 1 unknown` */
export function checksSummary(checks: readonly Check[]): string {
  const of = (status: Check['status']) => checks.filter((c) => c.status === status).length;
  if (of('passed') === checks.length) return checks.length === 1 ? CHECKS.onePassed : `All ${checks.length} checks passed`;
  const rest = [of('failed') > 0 ? `${of('failed')} failed` : '', of('unknown') > 0 ? `${of('unknown')} unknown` : ''].filter((p) => p !== '');
  return [`${of('passed')} of ${count(checks.length, 'check')} passed`, ...rest].join(', ');
}

/** One check with cause and remedy. */
export function renderCheck(check: Check, style: RenderStyle = PLAIN_STYLE): readonly string[] {
  const s = symbols(style);
  const [symbol, tone] =
    check.status === 'passed' ? ([s.done, 'good'] as const) : check.status === 'failed' ? ([s.failed, 'bad'] as const) : ([s.unknown, 'warn'] as const);
  const head = wrapWith(`${symbol} ${check.node === '*' ? CHECKS.allNodes : check.node}: `, `${clean(check.subject)}: ${check.status}`, style.width);
  return [
    ...head.map((l) => paint(style, tone, l)),
    ...(check.detail === '' ? [] : wrapWith('    ', clean(check.detail), style.width)),
    ...(check.remedy === undefined ? [] : wrapRemedyWith('    Try: ', clean(check.remedy), style.width)),
  ];
}

/** The table of nodes × stores alone; empty when no check is about a store. */
export function renderStoreTable(checks: readonly Check[], style: RenderStyle = PLAIN_STYLE): readonly string[] {
  const { nodes, stores } = checkAxes(checks);
  if (nodes.length === 0) return [];
  const rows = nodes.map((node) => [node, ...stores.map((store) => checkCell(checks.filter((c) => c.node === node && c.store === store)))]);
  return renderTable([{ title: 'Node', min: 5 }, ...stores.map((title) => ({ title, min: 8 }))], rows, style);
}

/** Lines of all results. */
export function renderChecks(checks: readonly Check[], style: RenderStyle = PLAIN_STYLE): readonly string[] {
  if (checks.length === 0) return [CHECKS.none];
  const table = renderStoreTable(checks, style);
  const bad = checks.filter((c) => c.status !== 'passed');
  return [
    ...table,
    ...(table.length > 0 ? [''] : []),
    ...bad.flatMap((c) => renderCheck(c, style)),
    ...(bad.length > 0 ? [''] : []),
    paint(style, bad.some((c) => c.status === 'failed') ? 'bad' : bad.length > 0 ? 'warn' : 'good', `${checksSummary(checks)}.`),
  ];
}
