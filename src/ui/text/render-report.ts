/** The plan as text for a change ticket: effects, risk, interruption to expect, undo, duration. */

import { type Change, type ChangeKind, effects, type Plan } from '../../core/change.js';
import { count } from '../../core/count.js';
import { REPORT } from './messages.js';
import { renderFindings } from './render-findings.js';
import { formatNode, planSummary, renderPlan } from './render-plan.js';
import { duration, PLAIN_STYLE, type RenderStyle } from './render-style.js';
import { clean, wrap, wrapWith } from './width.js';

/** Rough seconds a change of a kind takes, for the ticket only. */
const SECONDS: Partial<Record<ChangeKind, number>> = { package: 45, unit: 5, converge: 10, settle: 60, prove: 10, 'service-ready': 3, 'php-ready': 3 };

/** A rough length of the run in milliseconds: parallel changes count once, rolling ones once a node. */
export function estimateMs(plan: Plan): number {
  let seconds = 0;
  for (const stage of plan.stages) {
    const parallel = new Map<string, number>();
    for (const change of stage.changes) {
      const one = SECONDS[change.kind] ?? 2;
      if (change.lane === 'parallel') parallel.set(change.node, (parallel.get(change.node) ?? 0) + one);
      else seconds += one;
    }
    seconds += Math.max(0, ...parallel.values());
  }
  return seconds * 1000;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, '='.repeat(title.length), ...lines];
}

function listed(changes: readonly Change[], text: (change: Change) => string, style: RenderStyle): readonly string[] {
  return changes.flatMap((c) => wrapWith('- ', `${formatNode(c.node)}: ${clean(c.what)}. ${clean(text(c))}`, style.width));
}

/** Lines of the report; ASCII underlines, no colour. */
export function renderReport(plan: Plan, options: { readonly trialSeconds?: number } = {}): readonly string[] {
  const style: RenderStyle = PLAIN_STYLE;
  const all = effects(plan);
  const interrupts = all.filter((c) => c.risk === 'interrupts');
  const irreversible = all.filter((c) => c.risk === 'irreversible');
  const trial = options.trialSeconds ?? 0;
  return [
    `Cache changes for ${plan.cluster}: ${planSummary(plan)}`,
    `Plan ${plan.hash}`,
    ...section(REPORT.why, wrap(clean(plan.advice.summary), style.width)),
    ...section(REPORT.interruption, interrupts.length === 0 ? [REPORT.none] : listed(interrupts, (c) => c.riskText ?? '', style)),
    ...section(REPORT.irreversible, irreversible.length === 0 ? [REPORT.noneIrreversible] : listed(irreversible, (c) => c.riskText ?? c.undo, style)),
    ...section(REPORT.duration, [`About ${duration(estimateMs(plan))}${trial > 0 ? `, then a trial of ${duration(trial * 1000)}` : ''} (an estimate).`]),
    ...section(REPORT.rollback, [
      ...wrap(REPORT.rollbackHow, style.width),
      ...listed(
        all.filter((c) => c.risk !== 'irreversible'),
        (c) => `Undo: ${c.undo}`,
        style,
      ),
    ]),
    ...section(REPORT.findings, plan.findings.length === 0 ? [] : renderFindings(plan.findings, style)),
    ...section(REPORT.plan, renderPlan(plan, style)),
    '',
    `${count(all.length, 'change')} in total.`,
  ];
}
