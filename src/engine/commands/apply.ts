/** `apply`: plan, approve, run stage by stage under the lock, prove. */

import { irreversibleOf, type Plan } from '../../core/change.js';
import { mainNode } from '../../core/cluster.js';
import { EXIT, WizardError } from '../../core/errors.js';
import type { RestorePoint } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import { holderOf } from '../../intake/holder.js';
import { guardsOf } from '../guards.js';
import { isFinished, isLeftBehind, mainMoodle, newestOpenPoint, openPoint, rememberAnswers, sessionSite } from '../points.js';
import { withExcluded } from '../run/excluded.js';
import { waitForJobs } from '../run/jobs.js';
import { machineOfHolder, processStart, whoHolds } from '../run/lock.js';
import { clearDeadLock, proveHolder } from '../run/lock-proof.js';
import { afterRun, lockedRun } from '../run/locked-run.js';
import { type PlanChoice, planNow, surveyOrRefuse } from '../run/plan-now.js';
import { isPending } from '../run/planner.js';
import { sweepRecords } from '../run/retention.js';
import { assertSpace } from '../run/space.js';
import { StageRunner } from '../run/stage-runner.js';
import { formatUnfinished, reportOpenChanges, unfinishedRemedies } from '../run/unfinished.js';
import { isOpen, reconcileTrial, refuseOnTrial } from '../trial/reconcile.js';
import { revertRun } from '../trial/revert-run.js';
import type { ApplyOptions, CommandContext, CommandResult } from './types.js';

/** @throws WizardError; everything found before the first effect leaves the cluster untouched */
export async function applyCommand(context: CommandContext, options: ApplyOptions): Promise<CommandResult> {
  const { session, frontend } = context;
  if (options.resume) await waitForJobs(session);
  await surveyOrRefuse(session);
  await refuseBesideAnother(context);
  const trial = await reconcileTrial(context);
  if (options.resume && isOpen(trial) && trial.point && trial.point.state !== 'on-trial') await revertCutOff(context, trial.point);
  else refuseOnTrial(context, trial);
  const newest = newestOpenPoint(await session.record.points(sessionSite(session)));
  const open = unfinished(context, newest, options.resume);
  const { plan } = await planNow(session, planChoice(options));
  if (open) reportOpenChanges(context, open, plan);
  frontend.emit({ type: 'findings', findings: plan.findings });
  frontend.emit({ type: 'advice', advice: plan.advice });
  if (options.expected && options.expected.hash !== plan.hash) throw staleError(context, options.expected, plan);
  const pending = isPending(plan);
  if (!pending && !open) {
    await clearDeadLock(session, frontend.emit);
    return { outcome: 'unchanged', exitCode: EXIT.done, message: 'Nothing to do: the cluster is up to date.', plan };
  }
  frontend.emit({ type: 'plan', plan });
  const irreversible = irreversibleOf(plan);
  if (pending) await assertSpace(context, plan);
  if (pending && !(await frontend.approve(plan, irreversible))) {
    throw new WizardError('cancelled', 'The plan was not approved. Nothing was changed.');
  }
  return runPlan(context, options, { plan, open, newest: newest?.id ?? null });
}

/** A run that was cut off while its changes were on trial: nobody has kept them, so they are rolled back, and the run is resumed from there. */
async function revertCutOff(context: CommandContext, point: RestorePoint): Promise<void> {
  context.frontend.emit({
    type: 'notice',
    level: 'warning',
    message: `The run ${point.id} was interrupted during its trial. It is rolled back to the state before the trial, then resumed.`,
  });
  await revertRun(context, point);
  await surveyOrRefuse(context.session);
}

/** What of the options decides the plan. */
export function planChoice(options: Pick<ApplyOptions, 'steps' | 'trial'>): PlanChoice {
  return { steps: options.steps, trial: options.trial.kind !== 'none' };
}

/** Refuses before a plan is made and approved in vain; the lock itself is taken later, and decides. */
async function refuseBesideAnother({ session }: CommandContext): Promise<void> {
  const { wizardLock } = mainMoodle(session);
  const holder = holderOf(wizardLock.holder);
  if (!holder) return;
  const proof = await proveHolder(session, holder);
  if (proof.state === 'gone') return;
  throw new WizardError(
    'lock-held',
    `Another run is in progress on this site: the lock ${wizardLock.path} is held by ${whoHolds(holder)}; ${proof.why}. Nothing was changed.`,
    {
      nodes: [mainNode(session.cluster).name],
      remedies: [
        remedy`Wait for that run to end. Show its progress: moodle-cluster-wizard status`,
        remedy`If its process has ended (check on ${machineOfHolder(holder)}: ${sh`ps -p ${holder.pid}`}): moodle-cluster-wizard unlock`,
      ],
    },
  );
}

/** A run that was not finished and not rolled back: only `--resume` continues it. */
function unfinished(context: CommandContext, point: RestorePoint | null, resume: boolean): RestorePoint | null {
  if (!point || isFinished(point)) return null;
  if (resume) return point;
  if (isLeftBehind(point, context.session.cluster)) {
    const nodes = (point.notTakenBack ?? []).join(', ');
    context.frontend.emit({
      type: 'notice',
      level: 'warning',
      message: remedy`The changes of the run ${point.id} on ${nodes} are not rolled back. When ${nodes} takes part again, run: ${sh`rollback --to ${point.id}`}`,
    });
    return null;
  }
  throw new WizardError('run-unfinished', formatUnfinished(point), {
    nodes: [mainNode(context.session.cluster).name],
    remedies: unfinishedRemedies(point),
  });
}

function staleError({ session }: CommandContext, expected: Plan, plan: Plan): WizardError {
  const all = (p: Plan) => p.stages.flatMap((s) => s.changes);
  const ids = (p: Plan) => new Map(all(p).map((c) => [c.id, JSON.stringify(c)]));
  const was = ids(expected);
  const is = ids(plan);
  const moved = [
    ...guardsOf(session.track.titles).flatMap((guard) => guard.differences(expected, plan)),
    ...[...was.keys()].filter((id) => !is.has(id)).map((id) => `no longer needed: ${id}`),
    ...[...is.keys()].filter((id) => !was.has(id)).map((id) => `new: ${id}`),
    ...[...is].filter(([id, text]) => was.has(id) && was.get(id) !== text).map(([id]) => `changed: ${id}`),
  ];
  const gone = expected.siteId !== plan.siteId ? ['the plan was made for another site'] : [];
  return new WizardError('plan-stale', 'The cluster has changed since the plan. This run has changed nothing.', {
    evidence: [...gone, ...moved].slice(0, 10),
    remedies: [remedy`Create and approve a new plan: plan --out FILE.`],
  });
}

/** Between the survey and the lock another run may have come and gone, or Moodle may have written its file: then the plan is old. */
async function assertStillAsPlanned(context: CommandContext, newest: string | null): Promise<void> {
  const { session } = context;
  const main = mainNode(session.cluster).name;
  const meanwhile = newestOpenPoint(await session.record.points(sessionSite(session)));
  if ((meanwhile?.id ?? null) !== newest) {
    throw new WizardError(
      'plan-stale',
      `Another run (${meanwhile?.id ?? 'a rollback'}) changed the site while this one was planned. This run has changed nothing.`,
      {
        nodes: [main],
        remedies: [remedy`Run the same command again.`],
      },
    );
  }
  for (const guard of guardsOf(session.track.titles)) await guard.assertAsSurveyed(session);
}

interface Begun {
  readonly plan: Plan;
  /** The unfinished run that is resumed. */
  readonly open: RestorePoint | null;
  /** The run that was in effect when this one was planned. */
  readonly newest: string | null;
}

async function runPlan(context: CommandContext, options: ApplyOptions, { plan, open, newest }: Begun): Promise<CommandResult> {
  const { session, now } = context;
  return lockedRun(context, async (journal) => {
    const { run } = journal;
    await assertStillAsPlanned(context, newest);
    // So that a run can tell how it ends on a disk that fills up meanwhile.
    await session.record.reserve(sessionSite(session));
    const point = open ?? (await openPoint({ session, run, by: context.by, journal: journal.file, kind: 'apply', now }));
    // Answers may have changed since that run began: an excluded node, for example.
    if (open) await rememberAnswers(session.record, point.site, session.answers);
    journal.write({
      ev: 'run.begin',
      command: 'apply',
      cluster: session.cluster.label,
      site: point.site,
      restorePoint: point.id,
      wizard: context.version,
      pid: process.pid,
      processStart: processStart('self'),
    });
    journal.write({ ev: 'plan.approved', hash: plan.hash, changes: plan.stages.flatMap((s) => s.changes.map((c) => c.id)) });
    await session.record.audit(point.site, { t: now().toISOString(), who: context.by, run, command: 'apply', plan: plan.hash });
    const runner = new StageRunner(context, options, plan, point, journal);
    const result = await runner.run();
    await afterRun(context, async () => {
      await runner.afterRun(result);
      await sweepRecords(context);
      await session.record.audit(point.site, { t: now().toISOString(), who: context.by, run, outcome: result.outcome, exitCode: result.exitCode });
    });
    journal.write({ ev: 'run.end', outcome: result.outcome, exitCode: result.exitCode });
    return withExcluded(session, result);
  });
}
