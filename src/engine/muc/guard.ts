/** The guard of Moodle's cache configuration (MUC): staged copies in the plan, a trial at the end of the run, the file restored first in a rollback. */

import type { Change, Plan, StagePlan } from '../../core/change.js';
import { mainNode } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
import { mainMoodle } from '../points.js';
import type { StageGuard } from '../run/stage-guard.js';
import type { Session } from '../session/session.js';
import { keepGoodCopy } from './good-copy.js';
import { purgeAfterRestarts, restartsServices } from './own-restarts.js';
import { notePendingPurges, runPendingPurges } from './pending-purges.js';
import { MucRunGuard } from './run-guard.js';
import { completeStage } from './stage-copies.js';
import { mucUndoChanges } from './undo-changes.js';

/**
 * The file that the first edits are made for is known from the beginning: another one is somebody else's edit. Hashes and diffs that were not known when the
 * stage was provisional may differ, and so may the reason of an edit: it cites numbers that are measured again.
 */
function comparable(change: Change, approved: StagePlan | undefined): unknown {
  if (change.kind === 'converge' || change.kind === 'trial-arm') return [change.id];
  if (change.kind !== 'muc-publish') return change;
  const planned = approved?.changes.find((c) => c.kind === 'muc-publish' && c.id === change.id);
  const known = planned?.kind === 'muc-publish' && (planned.before !== null || !approved?.provisional);
  return [change.id, change.edits.map(({ why, ...effect }) => effect), ...(known ? [change.before] : []), ...(approved?.provisional ? [] : [change.result])];
}

function plannedFor(plan: Plan): string | undefined {
  return plan.stages.flatMap((s) => s.changes).flatMap((c) => (c.kind === 'restore-point' ? [c.mucHash] : []))[0];
}

function differences(expected: Plan, found: Plan): readonly string[] {
  const [before, now] = [plannedFor(expected), plannedFor(found)];
  return before === now ? [] : [`Moodle's cache configuration: planned for ${before ?? 'no change'}, found ${now ?? 'no change'}`];
}

/** Between the survey and the lock Moodle or another person may have written the file. */
async function assertAsSurveyed(session: Session): Promise<void> {
  const main = mainNode(session.cluster).name;
  const planned = mainMoodle(session).mucFile.sha256 ?? null;
  const live = (await session.bridge(main).readMuc())?.file.sha256 ?? null;
  if (live === planned) return;
  throw new WizardError('muc-moved', "Moodle's cache configuration was changed by somebody else since the survey. This run has changed nothing.", {
    nodes: [main],
    evidence: [`planned for ${planned ?? 'no file'}`, `found ${live ?? 'no file'}`],
    remedies: [remedy`Run plan again to see the current state, then apply.`],
  });
}

export const mucGuard: StageGuard = {
  withoutTrace: ['empty'],
  recordedBefore: ['empty'],
  complete: completeStage,
  comparable,
  differences,
  assertAsSurveyed,
  open: (run) => new MucRunGuard(run),
  finishPending: runPendingPurges,
  undoChanges: mucUndoChanges,

  async rolledBack(command, { restored, owed }) {
    await notePendingPurges(command, owed);
    if (restored) command.frontend.emit({ type: 'notice', level: 'info', message: "Moodle's cache configuration is restored, and every node runs it." });
  },

  async afterRun(command, { run, restorePoint, plan, complete }) {
    if (plan !== null && restartsServices(plan)) await purgeAfterRestarts(command, run, restorePoint);
    if (complete) await keepGoodCopy(command.session, command.now);
  },
};
