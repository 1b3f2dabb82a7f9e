/** Ends a trial by putting back, as a run of its own: locked, journalled, on record. */

import { setTimeout as sleep } from 'node:timers/promises';
import { mainNode } from '../../core/cluster.js';
import { asWizardError, EXIT } from '../../core/errors.js';
import { monotonicMs } from '../../core/monotonic.js';
import type { RestorePoint } from '../../core/record.js';
import type { CommandContext } from '../commands/types.js';
import { noteOwed } from '../muc/pending-purges.js';
import { afterRun, lockedRun } from '../run/locked-run.js';
import { runContext } from '../run/run-context.js';
import { turn } from './end.js';
import { takeBack } from './take-back.js';

/** How long a run that watches may take to put back what it was told to. */
const OTHERS_MS = 300_000;

/** @throws WizardError `muc-moved`, `lock-held` */
async function putBackHere(context: CommandContext, point: RestorePoint): Promise<void> {
  const { session, frontend, now, handlers } = context;
  await lockedRun(context, async (journal) => {
    const { run } = journal;
    journal.write({ ev: 'run.begin', command: 'revert', cluster: session.cluster.label, site: point.site, restorePoint: point.id, wizard: context.version });
    const handler = runContext(session, { run, restorePoint: point.id }, frontend.emit, context.abort);
    const back = await takeBack({ session, context: handler, point, handlers, journal });
    await noteOwed(context, back.owed);
    // A run that came to its end has only its mappings taken back; one that was cut off is still unfinished.
    await session.record.writePoint({ ...point, state: point.state === 'on-trial' ? 'muc-rolled-back' : 'failed', mucAfter: null });
    await afterRun(context, () => session.record.audit(point.site, { t: now().toISOString(), who: context.by, run, command: 'revert', point: point.id }));
    journal.write({ ev: 'run.end', outcome: 'reverted', exitCode: EXIT.done });
  });
}

/** A run that watches the trial holds the lock: it is told by the mark, and puts back itself. @returns false when it did not come to its end */
async function tellWatcher(context: CommandContext, point: RestorePoint): Promise<boolean> {
  const { session } = context;
  const bridge = session.bridge(mainNode(session.cluster).name);
  await turn(session, point.id, 'reverting');
  for (const deadline = monotonicMs() + OTHERS_MS; monotonicMs() < deadline; await sleep(1000)) {
    const mark = await bridge.trialMark(point.id);
    if (mark === 'reverted' || mark === 'none') return true;
  }
  return false;
}

/** Puts back now, by this process or by the run that watches. @throws WizardError `muc-moved`, `lock-held` when neither could */
export async function putBack(context: CommandContext, point: RestorePoint): Promise<void> {
  try {
    await putBackHere(context, point);
  } catch (thrown) {
    const error = asWizardError(thrown);
    if (error.code !== 'lock-held' || point.state !== 'on-trial' || !(await tellWatcher(context, point))) throw error;
  }
}
