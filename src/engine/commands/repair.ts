/** `repair`: puts a usable cache configuration in the place of one that Moodle cannot use. The bad file is kept. */

import type { Plan } from '../../core/change.js';
import { asWizardError, combineErrors, EXIT, isLost, WizardError, withDetails } from '../../core/errors.js';
import type { MucConfig } from '../../core/facts.js';
import type { RestorePoint } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { Journal } from '../../records/journal.js';
import { NO_ADVICE } from '../../track/track.js';
import type { ChangeHandler, HandlerTable } from '../handler.js';
import { emptyOrReport } from '../handlers/empty.js';
import { keepGoodCopy } from '../muc/good-copy.js';
import { notePendingPurges, runPendingPurges } from '../muc/pending-purges.js';
import { chooseRemedy, mucProblem, type Remedy, repairStage } from '../muc/repair-plan.js';
import { isFinished, mainMoodle, openPoint, sessionSite } from '../points.js';
import { applyStage } from '../run/applier.js';
import { withExcluded } from '../run/excluded.js';
import { afterRun, lockedRun } from '../run/locked-run.js';
import { sealPlan } from '../run/planner.js';
import { sweepRecords } from '../run/retention.js';
import { runContext } from '../run/run-context.js';
import { assertSpace } from '../run/space.js';
import { reportUnfinished } from '../run/unfinished.js';
import { reconcileTrial, refuseOnTrial } from '../trial/reconcile.js';
import type { CommandContext, CommandResult } from './types.js';

export interface RepairOptions {
  /** From this restore point, or `last-good`. */
  readonly to: string | null;
  /** Moodle's own default. */
  readonly toDefault: boolean;
}

/** What is repaired; `remedy` is null when only an earlier repair has to be seen to its end. */
interface Case {
  readonly trouble: string;
  readonly remedy: Remedy | null;
  readonly config: MucConfig;
  readonly before: string | null;
  readonly result: string;
  readonly unfinished: RestorePoint | null;
}

/** @throws WizardError; nothing is changed before the plan is approved */
export async function repairCommand(context: CommandContext, options: RepairOptions): Promise<CommandResult> {
  const { session, frontend } = context;
  const facts = await session.survey();
  const refusals = session.track.refusals(session.cluster, session.answers, facts).filter((r) => r.code !== 'muc-corrupt');
  if (refusals.length > 0) throw combineErrors(refusals);
  refuseOnTrial(context, await reconcileTrial(context));
  await reportUnfinished(context);
  const found = await diagnose(context, options);
  if (found === null) {
    return { outcome: 'unchanged', exitCode: EXIT.done, message: `Nothing to repair: Moodle can use ${mainMoodle(session).mucFile.path} as it is.` };
  }
  const plan = planOf(context, found);
  frontend.emit({ type: 'plan', plan });
  await assertSpace(context, plan);
  if (!(await frontend.approve(plan, []))) throw new WizardError('cancelled', 'The repair was not approved. Nothing was changed.');
  return run(context, found, plan);
}

async function diagnose({ session }: CommandContext, options: RepairOptions): Promise<Case | null> {
  const moodle = mainMoodle(session);
  const before = moodle.mucFile.sha256 ?? null;
  const unfinished = (await session.record.points(sessionSite(session))).filter((p) => p.kind === 'repair' && !isFinished(p)).at(-1) ?? null;
  const trouble = mucProblem(moodle);
  if (trouble !== null) {
    const remedy = await chooseRemedy(session, options);
    return { trouble, remedy, config: remedy.staged.config, before, result: remedy.staged.sha256, unfinished };
  }
  if (unfinished === null || moodle.muc.state !== 'ok' || before === null) return null;
  return { trouble: `the repair ${unfinished.id} was not finished`, remedy: null, config: moodle.muc.config, before, result: before, unfinished };
}

function planOf({ session }: CommandContext, found: Case): Plan {
  const stage = repairStage({
    cluster: session.cluster,
    trouble: found.trouble,
    remedy: found.remedy ?? { from: 'mended', what: 'itself: it is in place already' },
    config: found.config,
    before: found.before,
    result: found.result,
    facts: session.facts(),
  });
  const changes = found.remedy === null ? stage.changes.filter((c) => c.kind !== 'muc-repair') : stage.changes;
  return sealPlan({ cluster: session.cluster.label, siteId: sessionSite(session), stages: [{ ...stage, changes }], findings: [], advice: NO_ADVICE });
}

/** The handlers of a repair: what cannot be emptied becomes a pending purge, since the file must not stay broken for that. */
function handlersFor(context: CommandContext, remedy: Remedy | null): HandlerTable {
  const publish: ChangeHandler<'muc-repair'> = {
    kind: 'muc-repair',
    async inspect(run, change) {
      const hash = (await run.bridge(change.node).readMuc())?.file.sha256 ?? null;
      return hash === change.result ? 'after' : hash === change.before ? 'before' : 'other';
    },
    capture: async () => null,
    async apply(run, change) {
      if (remedy === null) return 'in place already';
      const bridge = run.bridge(change.node);
      const mode = remedy.mode ?? (await bridge.readMuc())?.file.mode ?? null;
      await bridge.publish({ content: remedy.staged.content, expected: change.before, mode });
      return `file ${change.result.slice(0, 12)}`;
    },
  };
  const empty: ChangeHandler<'empty'> = {
    kind: 'empty',
    inspect: async () => 'before',
    capture: async () => null,
    async apply(run, change) {
      const owed = await emptyOrReport(run, change.node, change.items);
      await notePendingPurges(context, owed);
      return owed.length === 0 ? 'emptied' : `${owed.length} could not be emptied`;
    },
  };
  return { ...context.handlers, 'muc-repair': publish, empty };
}

async function run(context: CommandContext, found: Case, plan: Plan): Promise<CommandResult> {
  const { session, now } = context;
  const site = sessionSite(session);
  return lockedRun(context, async (journal) => {
    const { run } = journal;
    const opened = await openPoint({ session, run, by: context.by, journal: journal.file, kind: 'repair', now });
    const point = { ...opened, mucAfter: found.result };
    await session.record.writePoint(point);
    // What an earlier repair left undone is part of this one.
    if (found.unfinished) await session.record.writePoint({ ...found.unfinished, state: 'applied' });
    journal.write({ ev: 'run.begin', command: 'repair', cluster: session.cluster.label, site, restorePoint: point.id, wizard: context.version });
    await session.record.audit(site, { t: now().toISOString(), who: context.by, run, command: 'repair', from: found.remedy?.from ?? 'unfinished' });
    await apply(context, found, { plan, point, journal });
    await session.record.writePoint({ ...point, state: 'applied' });
    await afterRun(context, async () => {
      await session.record.audit(site, { t: now().toISOString(), who: context.by, run, outcome: 'changed', exitCode: EXIT.done });
      await sweepRecords(context);
    });
    journal.write({ ev: 'run.end', outcome: 'changed', exitCode: EXIT.done });
    const what = found.remedy === null ? 'The unfinished repair is complete.' : `Moodle's cache configuration is usable again: ${found.remedy.what}.`;
    return withExcluded(session, {
      outcome: 'changed',
      exitCode: EXIT.done,
      message: `${what} Every included node runs it. The damaged file is kept as restore point ${point.id}.`,
      restorePoint: point.id,
    });
  });
}

async function apply(
  context: CommandContext,
  found: Case,
  { plan, point, journal }: { readonly plan: Plan; readonly point: RestorePoint; readonly journal: Journal },
): Promise<void> {
  const { session, frontend, signal, abort, now } = context;
  const [stage] = plan.stages;
  if (!stage) return;
  let published = found.remedy === null;
  const run = runContext(session, { run: journal.run, restorePoint: point.id }, frontend.emit, abort);
  try {
    await applyStage({
      stage,
      context: run,
      stop: signal,
      handlers: handlersFor(context, found.remedy),
      journal,
      remember: async () => {},
      onDone: async (change) => {
        if (change.kind === 'muc-repair') published = true;
      },
    });
    await runPendingPurges(context, run);
    await keepGoodCopy(session, now);
  } catch (thrown) {
    const error = asWizardError(thrown);
    const outcome = isLost(error) ? 'unknown' : published ? 'changed' : 'unchanged';
    await session.record.writePoint({ ...point, state: published || outcome === 'unknown' ? 'failed' : 'rolled-back' }).catch(() => {});
    journal.write({ ev: 'run.end', outcome, exitCode: error.exitCode });
    if (outcome === 'unchanged') throw withDetails(error, { outcome });
    throw withDetails(error, {
      outcome,
      remedies: [remedy`The replaced cache configuration stays in place. Fix the cause, then resume: moodle-cluster-wizard repair --yes`],
    });
  }
}
