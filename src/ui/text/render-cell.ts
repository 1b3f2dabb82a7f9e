/** One cell of the table of checks in full: what did not pass, its cause, related results, what to try. */

import type { Check } from '../../core/check.js';
import { count } from '../../core/count.js';
import { formatStep } from './guide.js';
import { CHECKS, ERRORS } from './messages.js';
import { duration, paint, type RenderStyle, symbols } from './render-style.js';
import { clean, wrapRemedyWith, wrapWith } from './width.js';

/** The checks of a node and a store; of a node alone where they are not about a store. */
export interface FailedCell {
  readonly node: string;
  readonly store: string | null;
  readonly checks: readonly Check[];
}

const MAX_LOG = 5;
/** Other nodes are for comparison; a few suffice. */
const MAX_AROUND = 8;

const nodeName = (node: string) => (node === '*' ? CHECKS.allNodes : node);
const holds = (check: Check) => check.status === 'passed';

/** Cells with a check that did not pass: failed ones first, then unknown ones. */
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
  const state = bad.some((c) => c.status === 'failed') ? CHECKS.failed : CHECKS.unknown;
  return `${nodeName(cell.node)}${cell.store === null ? '' : `, ${cell.store}`}: ${state} (${bad.map((c) => clean(c.subject)).join(', ')})`;
}

const result = (check: Check) => `${check.status}${check.ms === undefined || !holds(check) ? '' : ` in ${duration(check.ms)}`}`;

/** Other results of this store and this node, and what the run logged about the node. */
function evidence(cell: FailedCell, checks: readonly Check[], log: readonly string[]): readonly string[] {
  const around = checks.filter((c) => (c.node === cell.node && holds(c)) || (cell.store !== null && c.store === cell.store && c.node !== cell.node));
  const said = log.filter((l) => l.startsWith(`${cell.node}: `)).slice(-MAX_LOG);
  const more = around.length - MAX_AROUND;
  const seen = around.slice(0, MAX_AROUND).map((c) => `${nodeName(c.node)}: ${clean(c.subject)}: ${result(c)}`);
  return [...seen, ...(more > 0 ? [`and ${count(more, 'more check')}`] : []), ...said];
}

/** Lines of one opened cell. `log`: the lines of the run. */
export function renderCell(cell: FailedCell, checks: readonly Check[], log: readonly string[], style: RenderStyle): readonly string[] {
  const bad = cell.checks.filter((c) => !holds(c));
  const seen = evidence(cell, checks, log);
  const remedies = [...new Set(bad.flatMap((c) => (c.remedy === undefined ? [] : [c.remedy])))];
  const steps = [...new Set(bad.map((c) => c.step))].map(formatStep);
  return [
    ...wrapWith(`${symbols(style).failed} `, cellTitle(cell), style.width).map((l) => paint(style, 'bad', l)),
    ...wrapWith(ERRORS.where, steps.join('; '), style.width),
    ...bad.flatMap((c) => wrapWith('  Cause: ', c.detail === '' ? CHECKS.noCause : clean(c.detail), style.width)),
    ...(seen.length === 0 ? [] : [CHECKS.related, ...seen.flatMap((l) => wrapWith('    ', clean(l), style.width))]),
    ...(remedies.length === 0 ? [] : [CHECKS.try, ...remedies.flatMap((r) => wrapRemedyWith(`    ${symbols(style).bullet} `, clean(r), style.width))]),
  ];
}
