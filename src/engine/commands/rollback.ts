/** `rollback`: puts the newest apply that is not yet rolled back, back. */

import { type ExcludedNode, excludedNodes } from '../../core/cluster.js';
import { asWizardError, combineErrors, EXIT, WizardError, withDetails } from '../../core/errors.js';
import type { RestorePoint } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { Journal } from '../../records/journal.js';
import { ALL_GUARDS } from '../guards.js';
import { openPoint, sessionSite } from '../points.js';
import { withExcluded } from '../run/excluded.js';
import { clearDeadLock } from '../run/lock-proof.js';
import { afterRun, lockedRun } from '../run/locked-run.js';
import { sweepRecords } from '../run/retention.js';
import { runContext } from '../run/run-context.js';
import { type UndoInput, undoChanges } from '../run/undo-changes.js';
import { undoPlan } from '../run/undo-plan.js';
import type { Session } from '../session/session.js';
import { reconcileTrial } from '../trial/reconcile.js';
import { revertTrial, rollbackFiles } from '../trial/revert.js';
import type { CommandContext, CommandResult } from './types.js';

export interface RollbackOptions {
  /** Roll back to the state before this restore point: it and all newer ones, newest first. */
  readonly to: string | null;
  readonly mucOnly: boolean;
}

/** The restore points to roll back, newest first. @throws WizardError `usage` for an id that is not there */
export function chosenPoints(points: readonly RestorePoint[], to: string | null, mucOnly = false): readonly RestorePoint[] {
  const open = points.filter((p) => p.kind === 'apply' && p.state !== 'rolled-back' && !(mucOnly && p.state === 'muc-rolled-back'));
  if (to === null) return open.slice(-1);
  const at = open.findIndex((p) => p.id === to);
  if (at >= 0) return open.slice(at).reverse();
  const done = points.some((p) => p.id === to && p.kind === 'apply');
  if (done) return [];
  throw new WizardError('usage', `This site has no restore point "${to}".`, { remedies: [remedy`List them with: backups`] });
}

/** Exit 0 when done or when there is nothing to do. @throws WizardError `muc-moved`, `lock-held`, `change-failed` */
export async function rollbackCommand(context: CommandContext, options: RollbackOptions): Promise<CommandResult> {
  const { session, frontend, now } = context;
  await session.survey();
  await reconcileTrial(context);
  const site = sessionSite(session);
  const choose = async () => chosenPoints(await session.record.points(site), options.to, options.mucOnly);
  const nothing: CommandResult = { outcome: 'unchanged', exitCode: EXIT.done, message: 'Nothing to roll back.' };
  const shown = await choose();
  if (shown.length === 0) {
    await clearDeadLock(session, frontend.emit);
    return nothing;
  }
  const undos = await Promise.all(shown.map(async (point) => ({ point, entries: await session.record.readUndo(point) })));
  const plan = undoPlan({
    cluster: session.cluster,
    siteId: site,
    undos,
    guardedOnly: options.mucOnly,
    titles: session.track.titles.steps,
    guards: ALL_GUARDS,
  });
  if (!(await frontend.approve(plan, []))) {
    throw new WizardError('cancelled', 'The rollback was not approved. Nothing was changed.');
  }
  return lockedRun(context, async (journal) => {
    const { run } = journal;
    // Another run may have ended between the look and the lock.
    const points = await choose();
    if (points.length === 0) return nothing;
    if (points.map((p) => p.id).join() !== shown.map((p) => p.id).join()) {
      throw new WizardError('plan-stale', 'Another run has changed the state to roll back. This run has changed nothing.', {
        remedies: [remedy`Review status and backups, then try again.`],
      });
    }
    journal.write({
      ev: 'run.begin',
      command: 'rollback',
      cluster: session.cluster.label,
      site,
      restorePoint: points[0]?.id ?? '',
      wizard: context.version,
    });
    await session.record.audit(site, { t: now().toISOString(), who: context.by, run, command: 'rollback', points: points.map((p) => p.id) });
    await openPoint({ session, run, by: context.by, journal: journal.file, kind: 'safety', now });
    const handler = runContext(session, { run, restorePoint: run }, frontend.emit, context.signal);
    for (const guard of ALL_GUARDS) await guard.finishPending(context, handler);
    const left = await leftUndone(session, points);
    for (const point of points) await rollbackPoint(context, options, point, { journal, left });
    const exitCode = left.length === 0 ? EXIT.done : EXIT.verifyFailed;
    await afterRun(context, async () => {
      for (const guard of ALL_GUARDS) await guard.afterRun(context, { run, restorePoint: run, plan: null, complete: left.length === 0 });
      await sweepRecords(context);
      await session.record.audit(site, { t: now().toISOString(), who: context.by, run, outcome: 'changed', exitCode });
    });
    journal.write({ ev: 'run.end', outcome: 'changed', exitCode });
    const result = { outcome: 'changed', exitCode, message: formatRolledBack(points, left), restorePoint: points.at(-1)?.id ?? '' } as const;
    return withExcluded(
      session,
      result,
      left.map((n) => n.node),
    );
  });
}

/** Nodes that are down, and excluded nodes on which the runs have changed something: there the rollback is still to be done. */
async function leftUndone(session: Session, points: readonly RestorePoint[]): Promise<readonly ExcludedNode[]> {
  const down = new Set(session.missing.map((m) => m.node));
  const changed = new Set((await Promise.all(points.map((p) => session.record.readUndo(p)))).flat().map((e) => e.change.node));
  return excludedNodes(session.cluster).filter(({ node }) => down.has(node) || changed.has(node));
}

function formatRolledBack(points: readonly RestorePoint[], left: readonly ExcludedNode[]): string {
  const done = `Rolled back ${points.map((p) => p.id).join(', ')}`;
  if (left.length === 0) return `${done}.`;
  const who = left.map((n) => `${n.node} (${n.why})`).join(', ');
  return `${done} on every included, reachable node. Not rolled back yet: ${who}. Fix this, then run rollback again; it continues with the remaining changes.`;
}

/** Restores the guarded files; what fails is reported with the rest. */
async function guardedFaults(input: UndoInput): Promise<readonly WizardError[]> {
  try {
    await rollbackFiles(input);
    return [];
  } catch (thrown) {
    return [asWizardError(thrown)];
  }
}

async function rollbackPoint(
  context: CommandContext,
  options: RollbackOptions,
  point: RestorePoint,
  { journal, left }: { readonly journal: Journal; readonly left: readonly ExcludedNode[] },
): Promise<void> {
  const { session, frontend, handlers } = context;
  const run = runContext(session, { run: journal.run, restorePoint: point.id }, frontend.emit, context.abort);
  const input = { session, context: run, point, handlers, journal };
  // What was rolled back before may have been changed on purpose since.
  if (point.state !== 'muc-rolled-back') {
    const done = await revertTrial(input, { files: false });
    for (const guard of ALL_GUARDS) await guard.rolledBack(context, done);
  }
  const troubles = options.mucOnly ? [] : [...(await guardedFaults(input)), ...(await undoChanges(input))];
  // What an earlier rollback did not reach is determined again.
  const { notTakenBack: _before, ...rest } = point;
  if (troubles.length > 0) {
    await session.record.writePoint({ ...rest, state: 'rollback-failed' });
    throw withDetails(combineErrors(troubles), {
      outcome: 'changed',
      remedies: [remedy`Fix the cause and run rollback again: completed parts, such as the restored cache configuration, are not repeated.`],
    });
  }
  const done = left.length > 0 ? 'rollback-failed' : options.mucOnly ? 'muc-rolled-back' : 'rolled-back';
  await session.record.writePoint({ ...rest, state: done, ...(left.length > 0 ? { notTakenBack: left.map((n) => n.node) } : {}) });
}
