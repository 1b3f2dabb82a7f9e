/** Fills in what only Moodle's own writer can tell: the hash and the diff of each publish, made on private copies. */

import type { Change, StagePlan } from '../../core/change.js';
import { mainNode } from '../../core/cluster.js';
import { secretsOf } from '../handlers/muc-publish.js';
import type { Session } from '../session/session.js';

/** Stages every publish on the copy the one before it made. @throws WizardError when Moodle's writer refuses an edit */
export async function completeStage(session: Session, stage: StagePlan): Promise<StagePlan> {
  const bridge = session.bridge(mainNode(session.cluster).name);
  let base: Buffer | null = null;
  let hash: string | null = null;
  const changes: Change[] = [];
  for (const change of stage.changes) {
    if (change.kind === 'muc-publish') {
      const secrets = Object.fromEntries(secretsOf(change.edits).map((name) => [name, session.secret(name).reveal()]));
      const staged = await bridge.stage({ edits: change.edits, secrets, base });
      base = staged.content;
      hash = staged.sha256;
      changes.push({ ...change, before: staged.baseSha256, result: staged.sha256, diff: staged.diff });
    } else if (change.kind === 'converge') {
      changes.push({ ...change, mucHash: hash });
    } else {
      changes.push(change);
    }
  }
  // The rollback of a trial restores the file as it is now, over those that this stage makes.
  const published = changes.flatMap((c) => (c.kind === 'muc-publish' ? [c] : []));
  const ours = published.flatMap((c) => (c.result === null ? [] : [c.result]));
  return { ...stage, changes: changes.map((c) => (c.kind === 'trial-arm' ? { ...c, before: published[0]?.before ?? null, ours } : c)) };
}
