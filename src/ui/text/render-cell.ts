/** One cell of the proof, opened: what does not hold, its cause, the evidence around it, what to try. */

import type { Check } from '../../core/check.js';
import { formatStep } from './guide.js';
import { count, duration, paint, type RenderStyle, symbols } from './render-style.js';
import { clean, wrapRemedyWith, wrapWith } from './width.js';

/** The checks of a node and a store; of a node alone where they are about no store. */
export interface FailedCell {
  readonly node: string;
  readonly store: string | null;
  readonly checks: readonly Check[];
}

const MAX_LOG = 5;
/** Other nodes are there to compare with; a few do. */
const MAX_AROUND = 8;

const nodeName = (node: string) => (node === '*' ? 'all nodes' : node);
const holds = (check: Check) => check.status === 'passed';

/** Cells with a check that does not hold: those that failed first, then those that could not be asked. */
export function failedCells(checks: readonly Check[]): readonly FailedCell[] {
  const cells = new Map<string, FailedCell>();
  for (const check of checks) {
    const key = JSON.stringify([check.node, check.store ?? null]);
    const before = cells.get(key);
    cells.set(key, { node: check.node, store: check.store ?? null, checks: [...(before?.checks ?? []), check] });
  }
  const failed = (cell: FailedCell) => cell.checks.some((c) => c.status === 'failed');
  return [...cells.values()].filter((cell) => !cell.checks.every(holds)).sort((a, b) => Number(failed(b)) - Number(failed(a)));
}

/** `web2, redis1: FAILED (redis1 ready (web))` */
export function cellTitle(cell: FailedCell): string {
  const bad = cell.checks.filter((c) => !holds(c));
  const state = bad.some((c) => c.status === 'failed') ? 'FAILED' : 'unknown';
  return `${nodeName(cell.node)}${cell.store === null ? '' : `, ${cell.store}`}: ${state} (${bad.map((c) => clean(c.subject)).join(', ')})`;
}

const result = (check: Check) => `${check.status}${check.ms === undefined || !holds(check) ? '' : ` in ${duration(check.ms)}`}`;

/** What else was seen of this store and this node, and what the run said of the node. */
function evidence(cell: FailedCell, checks: readonly Check[], log: readonly string[]): readonly string[] {
  const around = checks.filter((c) => (c.node === cell.node && holds(c)) || (cell.store !== null && c.store === cell.store && c.node !== cell.node));
  const said = log.filter((l) => l.startsWith(`${cell.node}: `)).slice(-MAX_LOG);
  const more = around.length - MAX_AROUND;
  const seen = around.slice(0, MAX_AROUND).map((c) => `${nodeName(c.node)}: ${clean(c.subject)}: ${result(c)}`);
  return [...seen, ...(more > 0 ? [`and ${count(more, 'further check')}`] : []), ...said];
}

/** Lines of one opened cell. `log`: the lines of the run. */
export function renderCell(cell: FailedCell, checks: readonly Check[], log: readonly string[], style: RenderStyle): readonly string[] {
  const bad = cell.checks.filter((c) => !holds(c));
  const seen = evidence(cell, checks, log);
  const remedies = [...new Set(bad.flatMap((c) => (c.remedy === undefined ? [] : [c.remedy])))];
  const steps = [...new Set(bad.map((c) => c.step))].map(formatStep);
  return [
    ...wrapWith(`${symbols(style).failed} `, cellTitle(cell), style.width).map((l) => paint(style, 'bad', l)),
    ...wrapWith('  Where: ', steps.join('; '), style.width),
    ...bad.flatMap((c) => wrapWith('  Cause: ', c.detail === '' ? 'It said nothing of why.' : clean(c.detail), style.width)),
    ...(seen.length === 0 ? [] : ['  Seen beside it:', ...seen.flatMap((l) => wrapWith('    ', clean(l), style.width))]),
    ...(remedies.length === 0 ? [] : ['  Try:', ...remedies.flatMap((r) => wrapRemedyWith(`    ${symbols(style).bullet} `, clean(r), style.width))]),
  ];
}
