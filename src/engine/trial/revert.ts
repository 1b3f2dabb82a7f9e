/** Rollback of a trial by the wizard itself, while it can: faster than the nodes' own, and reported as it goes. */

import { mainNode } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
import { type MucRollback, rollbackMuc } from '../muc/restore-muc.js';
import { whatMoved } from '../muc/what-moved.js';
import type { UndoInput } from '../run/undo-changes.js';
import type { Session } from '../session/session.js';
import { disarmAll, openTrial, transition } from './end.js';
import { guardedNodes, restoreGuarded } from './guarded.js';

/**
 * Rolls back what is on trial, or just what was changed when no trial was armed: the MUC file and, with `files`, the guarded files.
 * @throws WizardError `muc-moved` when somebody else has changed the MUC file (nothing is done), `on-trial` when it has been kept
 */
export async function revertTrial(input: UndoInput, { files }: { readonly files: boolean } = { files: true }): Promise<MucRollback> {
  const { session, context, point } = input;
  const open = await openTrial(session, context.site);
  if (open === null || open.trial.id !== point.id) return rollbackAll(input, files);
  const { trial } = open;
  if (trial.muc !== false) await refuseMoved(input);
  const { mark } = await transition(session, context.site, trial, 'reverting');
  if (mark === 'kept') {
    throw new WizardError('on-trial', 'The trial was confirmed in the meantime, so nothing was rolled back.', {
      nodes: [mainNode(session.cluster).name],
      remedies: [remedy`Roll it back anyway: moodle-cluster-wizard rollback --yes`],
    });
  }
  // Each node restores its own files as soon as it sees the mark; disarming waits for them.
  const done = trial.muc === false ? NOTHING : await rollbackMuc(input);
  await transition(session, context.site, trial, 'reverted');
  await disarmAll(session, context.site, trial, 'reverted');
  return done;
}

const NOTHING: MucRollback = { restored: false, owed: [] };

/** Without a trial: the files first, since the site may be lost by them. */
async function rollbackAll(input: UndoInput, files: boolean): Promise<MucRollback> {
  if (files) await rollbackFiles(input);
  return rollbackMuc(input);
}

/** Restores the guarded files of a restore point on every node that takes part. @throws WizardError `change-failed` */
export async function rollbackFiles({ context, point, journal }: UndoInput): Promise<void> {
  if (guardedNodes(point).length === 0) return;
  const about = { change: 'guarded-restore', node: '*' } as const;
  journal.write({ ev: 'undo.begin', ...about });
  await restoreGuarded(context, point);
  journal.write({ ev: 'undo.done', ...about });
}

/** Ends a trial under which nothing is live: files that were changed are restored, and nothing is left armed. Does nothing where none was begun. */
export async function abortTrial(session: Session, site: string, id: string): Promise<void> {
  const open = await openTrial(session, site);
  if (open === null || open.trial.id !== id) return;
  await transition(session, site, open.trial, 'reverted');
  await disarmAll(session, site, open.trial, 'reverted');
}

/** Before the mark is moved: from then on the nodes would restore over somebody else's edit, keeping a copy of it. */
async function refuseMoved({ session, point }: UndoInput): Promise<void> {
  const main = mainNode(session.cluster).name;
  const hash = (await session.bridge(main).readMuc())?.file.sha256 ?? null;
  const entries = await session.record.readUndo(point);
  const ours = entries.flatMap((e) => (e.change.kind === 'muc-publish' && e.change.result ? [e.change.result] : []));
  if (hash === (point.muc?.sha256 ?? null) || (hash !== null && ours.includes(hash))) return;
  throw new WizardError('muc-moved', "Moodle's cache configuration has been changed by somebody else during the trial; it was not rolled back.", {
    nodes: [main],
    evidence: [`published ${ours.at(-1) ?? 'nothing'}`, `found ${hash ?? 'no file'}`, ...(await whatMoved(session, point))],
    remedies: [
      remedy`Keep the mappings with that change: moodle-cluster-wizard confirm`,
      remedy`Or undo that change in Moodle first, then: moodle-cluster-wizard revert`,
      remedy`At the end of the trial the nodes restore the file in any case, and keep a copy of the changed one.`,
    ],
  });
}
