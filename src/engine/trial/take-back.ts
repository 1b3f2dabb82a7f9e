/** The way back of a trial by the wizard itself, while it can: faster than the nodes' own, and told as it goes. */

import { mainNode } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
import type { RollbackInput } from '../muc/restore-muc.js';
import { type MucRollback, rollbackMuc } from '../muc/restore-muc.js';
import { whatMoved } from '../muc/what-moved.js';
import type { Session } from '../session/session.js';
import { disarmAll, openTrial, turn } from './end.js';

/**
 * Puts back what is on trial, or just what was published when no trial was armed.
 * @throws WizardError `muc-moved` when somebody else has changed the file (nothing is done), `on-trial` when it has been kept
 */
export async function takeBack(input: RollbackInput): Promise<MucRollback> {
  const { session, context, point } = input;
  const open = await openTrial(session, context.site);
  if (open === null || open.trial.id !== point.id) return rollbackMuc(input);
  await refuseMoved(input);
  const { mark } = await turn(session, open.trial.id, 'reverting');
  if (mark === 'kept') {
    throw new WizardError('on-trial', 'The trial has been confirmed meanwhile, so it was left as it is.', {
      nodes: [mainNode(session.cluster).name],
      remedies: [remedy`Take it back all the same: moodle-cluster-wizard rollback --yes`],
    });
  }
  const done = await rollbackMuc(input);
  await turn(session, open.trial.id, 'reverted');
  await disarmAll(session, context.site, open.trial);
  return done;
}

/** Ends a trial under which nothing has been moved: nothing is put back, and nothing is left armed. Does nothing where none was begun. */
export async function callOff(session: Session, site: string, id: string): Promise<void> {
  const open = await openTrial(session, site);
  if (open === null || open.trial.id !== id) return;
  await turn(session, id, 'reverted');
  await disarmAll(session, site, open.trial);
}

/** Before the mark is turned: from then on the nodes would put back over somebody else's edit, keeping it aside. */
async function refuseMoved({ session, point }: RollbackInput): Promise<void> {
  const main = mainNode(session.cluster).name;
  const hash = (await session.bridge(main).readMuc())?.file.sha256 ?? null;
  const entries = await session.record.readUndo(point);
  const ours = entries.flatMap((e) => (e.change.kind === 'muc-publish' && e.change.result ? [e.change.result] : []));
  if (hash === (point.muc?.sha256 ?? null) || (hash !== null && ours.includes(hash))) return;
  throw new WizardError('muc-moved', "Moodle's cache configuration has been changed by somebody else during the trial; it was left as it is.", {
    nodes: [main],
    evidence: [`published ${ours.at(-1) ?? 'nothing'}`, `found ${hash ?? 'no file'}`, ...(await whatMoved(session, point))],
    remedies: [
      remedy`Keep the mappings with that change: moodle-cluster-wizard confirm`,
      remedy`Or undo that change in Moodle first, then: moodle-cluster-wizard revert`,
      remedy`At the end of the trial the nodes put the file back all the same, and set the changed one aside.`,
    ],
  });
}
