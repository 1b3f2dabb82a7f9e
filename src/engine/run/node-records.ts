/** Before-images on the nodes themselves: root only, never below dataroot. */

import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
import type { Executor } from '../../exec/executor.js';
import { lastLines } from '../../exec/sudo.js';
import { copyId } from '../../intake/undo.js';
import { afterwardsOf } from '../../platform/guarded.js';
import { beforeDir } from '../../records/paths.js';

/** Keeps a copy of a file in the node record. @returns its id, or null when there is no such file */
export async function keepBefore(executor: Executor, toolkitDir: string, restorePoint: string, path: string): Promise<string | null> {
  const id = copyId(path);
  const result = await executor.run({ argv: ['sh', `${toolkitDir}/sh/record-keep.sh`, beforeDir(restorePoint), id, path] }, { as: 'root' });
  if (result.code === 0) return result.stdout.trim() === 'absent' ? null : id;
  throw new WizardError('not-allowed', `Cannot keep a copy of ${path} on ${executor.node.name} before changing it.`, {
    nodes: [executor.node.name],
    evidence: lastLines(result.stderr),
    remedies: [remedy`Free space under ${beforeDir(restorePoint)} on ${executor.node.name}.`],
  });
}

/**
 * Restores a kept copy, or removes a file that was not there. Configuration that is not the wizard's own is removed only where the node itself has on record
 * that it was not there. @throws WizardError `change-failed`
 */
export async function restoreFile(executor: Executor, toolkitDir: string, restorePoint: string, path: string, id: string | null): Promise<void> {
  const copy = id ?? (afterwardsOf(path) === null ? '-' : `absent:${copyId(path)}`);
  const result = await executor.run({ argv: ['sh', `${toolkitDir}/sh/record-restore.sh`, beforeDir(restorePoint), copy, path] }, { as: 'root' });
  if (result.code === 0) return;
  throw new WizardError('change-failed', `Cannot restore ${path} on ${executor.node.name}.`, {
    nodes: [executor.node.name],
    evidence: lastLines(result.stderr),
    remedies: [
      id === null
        ? remedy`Check ${path} on ${executor.node.name} and remove it by hand: it did not exist before the run.`
        : remedy`The copy is ${beforeDir(restorePoint)}/${id} on ${executor.node.name}: restore it by hand.`,
    ],
  });
}
