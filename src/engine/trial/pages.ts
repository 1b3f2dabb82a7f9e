/** Asks the pages that a trial watches, before and after. */

import type { ChangeOf } from '../../core/change.js';
import type { Check } from '../../core/check.js';
import { count } from '../../core/count.js';
import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
import type { PageTarget, TargetMeasure } from '../../core/trial.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { brokenBefore, judgePages, unclean } from './judge.js';
import { readBaseline, writeBaseline } from './record.js';

/** Asked first and not counted: emptied caches fill, PHP compiles. */
const WARM = 3;
const ROUNDS = 7;

/** Node by node: pages asked side by side would wait for each other. @throws WizardError when a node's PHP cannot ask at all */
export async function measurePages(context: ApplyContext, targets: readonly PageTarget[], rounds = ROUNDS, warm = WARM): Promise<readonly TargetMeasure[]> {
  const measured: TargetMeasure[] = [];
  for (const target of targets) {
    const pages = await context.bridge(target.node).pages({ targets: [target], run: context.run, warm, rounds });
    measured.push({ node: target.node, through: target.through, pages });
  }
  return measured;
}

/** What the baseline cannot show, reported once. */
function reportUnclean(context: ApplyContext, baseline: readonly TargetMeasure[]): void {
  for (const target of baseline) {
    for (const page of target.pages) {
      const why = unclean(page);
      if (why === null) continue;
      const at = target.through === 'balancer' ? "the site's public address" : 'its own web server';
      const so = page.error === null ? 'The same answer is expected during the trial.' : 'It is not watched during the trial.';
      context.emit({ type: 'notice', level: 'info', node: target.node, message: `${page.path} by ${at}: ${why}. ${so}` });
    }
  }
}

export const baselineHandler: ChangeHandler<'baseline'> = {
  kind: 'baseline',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context: ApplyContext, change: ChangeOf<'baseline'>) {
    const baseline = await measurePages(context, change.targets);
    const broken = brokenBefore(baseline);
    if (broken.length > 0) {
      throw new WizardError('verify-failed', 'Pages of this site fail before anything is changed, so a trial could not detect a regression.', {
        nodes: [...new Set(baseline.map((t) => t.node))],
        step: change.step,
        evidence: broken,
        remedies: [remedy`Fix the pages first: check the logs of the web server and PHP on that node.`, remedy`Or apply without a trial: apply … --no-trial`],
      });
    }
    reportUnclean(context, baseline);
    await writeBaseline(context.record, context.site, context.restorePoint, baseline);
    const pages = baseline.flatMap((t) => t.pages).filter((p) => p.error === null);
    return `${count(pages.length, 'page')}, ${Math.round(Math.max(0, ...pages.map((p) => p.medianMs)))} ms at most`;
  },
};

/** Pages once more against the baseline; what fails is asked again, since one slow moment is no regression. */
export async function pageChecks(context: ApplyContext, targets: readonly PageTarget[], step: string, rounds?: number): Promise<readonly Check[]> {
  const baseline = await readBaseline(context.record, context.site, context.restorePoint);
  const checks = judgePages(baseline, await measurePages(context, targets, rounds), step);
  const failed = new Set(checks.filter((c) => c.status === 'failed').map((c) => c.node));
  if (failed.size === 0) return checks;
  const again = judgePages(
    baseline,
    await measurePages(
      context,
      targets.filter((t) => failed.has(t.node)),
      rounds,
    ),
    step,
  );
  return checks.map((c) => (c.status === 'failed' ? (again.find((a) => a.id === c.id) ?? c) : c));
}

/** @throws WizardError `verify-failed` naming pages and nodes */
export function refuseFailedPages(checks: readonly Check[], step: string): void {
  const failed = checks.filter((c) => c.status === 'failed');
  if (failed.length === 0) return;
  throw new WizardError('verify-failed', `${failed.length} of ${count(checks.length, 'page')} differ from before the change.`, {
    nodes: [...new Set(failed.map((c) => c.node))],
    step,
    evidence: failed.slice(0, 8).map((c) => `${c.node}: ${c.subject}: ${c.detail}`),
    remedies: [...new Set(failed.flatMap((c) => (c.remedy ? [c.remedy] : [])))],
  });
}

export const pagesHandler: ChangeHandler<'pages'> = {
  kind: 'pages',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context: ApplyContext, change: ChangeOf<'pages'>) {
    const checks = await pageChecks(context, change.targets, change.step);
    for (const check of checks) context.emit({ type: 'check', check });
    refuseFailedPages(checks, change.step);
    return `${count(checks.filter((c) => c.status === 'passed').length, 'page')} unchanged`;
  },
};
