/** What a run that ended in the middle has left to finish, and whether the MUC file is still its own. */

import type { Change, StagePlan } from '../../core/change.js';
import { excludedNodes, mainNode } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import type { RestorePoint, UndoEntry } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import { stagePlan } from '../../intake/records.js';
import { breakGlassPath } from '../break-glass.js';
import type { Session } from '../session/session.js';

/** The MUC stage as it runs, kept with the restore point: a run killed after a publish still has to converge, empty and prove. */
const stageFile = (point: RestorePoint) => `restore-points/${point.id}/muc-stage.json`;

/** Keeps the stage, and what its mappings move, before anything of it is published. */
export async function keepMucStage(session: Session, point: RestorePoint, stage: StagePlan): Promise<void> {
  await session.record.writeFile(point.site, stageFile(point), JSON.stringify(stage));
  // A rollback in the middle must empty all that is moved, not only what the run had come to.
  const entries = stage.changes.flatMap((change) => (change.kind === 'empty' ? [{ change, undo: null, stage: stage.stage }] : []));
  await session.record.appendUndo(point, ...entries);
}

/** The changes of a stage that come right after the publish which made the live file, up to the next publish or to where a trial begins. Pure. */
export function afterPublish(stage: StagePlan, live: string | null): readonly Change[] {
  const at = stage.changes.findLastIndex((c) => c.kind === 'muc-publish' && c.result !== null && c.result === live);
  if (at < 0) return [];
  const rest = stage.changes.slice(at + 1);
  // A trial begins again with the mappings that it is for: armed here, it would block itself.
  const next = rest.findIndex((c) => c.kind === 'muc-publish' || c.kind === 'baseline');
  return next < 0 ? rest : rest.slice(0, next);
}

/** What an unfinished run has still to do after its last publish, in the stage that it is part of: on nodes that take part, and on those excluded now. */
export async function pendingChanges(
  session: Session,
  point: RestorePoint,
  live: string | null,
): Promise<{ readonly stage: string; readonly due: readonly Change[]; readonly excluded: readonly Change[] }> {
  const stage = await session.record.readJson(point.site, stageFile(point), stagePlan);
  if (stage === null) return { stage: '', due: [], excluded: [] };
  const owed = afterPublish(stage, live);
  const out = new Set(excludedNodes(session.cluster).map((n) => n.node));
  return { stage: stage.stage, due: owed.filter((c) => !out.has(c.node)), excluded: owed.filter((c) => out.has(c.node)) };
}

const results = (entries: readonly UndoEntry[]) =>
  entries.flatMap((e) => (e.change.kind === 'muc-publish' && e.change.result !== null ? [e.change.result] : []));

/**
 * The restore point to resume from. Where this run has published nothing yet, what somebody else has changed since becomes the state to return to.
 * @throws WizardError `muc-moved` when it has, and the file is neither ours nor the one before
 */
export async function resolveResumePoint(session: Session, point: RestorePoint): Promise<RestorePoint> {
  const main = mainNode(session.cluster).name;
  const live = await session.bridge(main).readMuc();
  const hash = live?.file.sha256 ?? null;
  if (hash === (point.muc?.sha256 ?? null)) return point;
  const ours = results(await session.record.readUndo(point));
  if (hash !== null && ours.includes(hash)) return point;
  if (ours.length > 0) {
    throw new WizardError('muc-moved', "Moodle's cache configuration was changed by somebody else since this run. It was not changed.", {
      nodes: [main],
      evidence: [`before the run ${point.muc?.sha256 ?? 'no file'}`, ...ours.map((r) => `published ${r}`), `found ${hash ?? 'no file'}`],
      remedies: [
        remedy`Undo that change in Moodle, then resume with apply … --resume or roll back with rollback --yes.`,
        remedy`Or discard that change: ${sh`sh ${breakGlassPath(point.site)}`} on ${main}, then rollback --yes.`,
      ],
    });
  }
  const { file } = live ?? {};
  const next: RestorePoint = {
    ...point,
    muc: file ? { sha256: file.sha256 ?? '', mode: file.mode ?? '660', owner: file.owner ?? '', group: file.group ?? '' } : null,
  };
  if (live) await session.record.writeMuc(next, live.content);
  await session.record.writePoint(next);
  return next;
}
