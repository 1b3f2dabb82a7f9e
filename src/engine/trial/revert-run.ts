/** Reverts a trial as a run of its own: locked, journalled, on record. */

import { setTimeout as sleep } from 'node:timers/promises';
import { asWizardError, EXIT } from '../../core/errors.js';
import { monotonicMs } from '../../core/monotonic.js';
import type { RestorePoint } from '../../core/record.js';
import type { CommandContext } from '../commands/types.js';
import { notePendingPurges } from '../muc/pending-purges.js';
import { afterRun, lockedRun } from '../run/locked-run.js';
import { runContext } from '../run/run-context.js';
import { nodesLeft, openTrial, transition } from './end.js';
import { revertTrial } from './revert.js';

/** Milliseconds that a watching run may need for its rollback. */
const OTHERS_MS = 300_000;

/** @returns nodes that have not come to the end of the trial @throws WizardError `muc-moved`, `lock-held` */
async function revertHere(context: CommandContext, point: RestorePoint): Promise<readonly string[]> {
  const { session, frontend, now, handlers } = context;
  return lockedRun(context, async (journal) => {
    const { run } = journal;
    journal.write({ ev: 'run.begin', command: 'revert', cluster: session.cluster.label, site: point.site, restorePoint: point.id, wizard: context.version });
    const handler = runContext(session, { run, restorePoint: point.id }, frontend.emit, context.abort);
    const back = await revertTrial({ session, context: handler, point, handlers, journal });
    await notePendingPurges(context, back.owed);
    // Of a run that came to its end only what was on trial is rolled back; one that was cut off is still unfinished.
    await session.record.writePoint({ ...point, state: point.state === 'on-trial' ? 'muc-rolled-back' : 'failed', mucAfter: null });
    await afterRun(context, () => session.record.audit(point.site, { t: now().toISOString(), who: context.by, run, command: 'revert', point: point.id }));
    const left = await nodesLeft(session, point.site, point.id);
    journal.write({ ev: 'run.end', outcome: 'reverted', exitCode: left.length === 0 ? EXIT.done : EXIT.verifyFailed });
    return left;
  });
}

/** A run that watches the trial holds the lock: it sees the mark, and rolls back itself. @returns false when it did not come to its end */
async function askWatcher({ session }: CommandContext, point: RestorePoint): Promise<boolean> {
  const open = await openTrial(session, point.site);
  if (open === null || open.trial.id !== point.id) return false;
  await transition(session, point.site, open.trial, 'reverting');
  for (const deadline = monotonicMs() + OTHERS_MS; monotonicMs() < deadline; await sleep(1000)) {
    const mark = (await openTrial(session, point.site))?.mark ?? 'none';
    if (mark === 'reverted' || mark === 'none') return true;
  }
  return false;
}

/**
 * Reverts now, by this process or by the run that watches.
 * @returns nodes that have not come to the end of the trial, as far as this process knows
 * @throws WizardError `muc-moved`, `lock-held` when neither could
 */
export async function revertRun(context: CommandContext, point: RestorePoint): Promise<readonly string[]> {
  try {
    return await revertHere(context, point);
  } catch (thrown) {
    const error = asWizardError(thrown);
    if (error.code !== 'lock-held' || point.state !== 'on-trial' || !(await askWatcher(context, point))) throw error;
    return [];
  }
}
