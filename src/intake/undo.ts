/**
 * What an undo entry may make root do. A copied or edited record must not reach beyond what a run can have made: the wizard's own files, folders and units,
 * and packages, which are shown to the person who approves the rollback.
 */

import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Change, ChangeOf } from '../core/change.js';
import type { UndoEntry } from '../core/record.js';
import { afterwardsOf } from '../platform/guarded.js';
import { isOwnFile, isOwnFolder } from '../platform/managed-paths.js';
import { absolutePath, list, octalMode, userName } from './types.js';

export const packageName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+._:~-]{0,199}$/, 'must be the name of a package');

/** The copy that a node keeps of a file: named by the file's path, so that no entry can name the copy of another. */
export function copyId(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 24);
}

/** From the folder itself up to the root. */
function isAtOrAbove(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

const closedMode = octalMode.refine((mode) => (Number.parseInt(mode, 8) & 0o022) === 0, 'must not be writable for others');

function fileData(path: string): z.ZodType {
  return z.looseObject({ before: z.literal(copyId(path), 'must be the copy of this file').nullable() });
}

function folderData(path: string): z.ZodType {
  return z.looseObject({
    was: z.looseObject({ mode: closedMode, owner: userName, group: userName }).nullable(),
    made: list(
      absolutePath.refine((folder) => isAtOrAbove(folder, path), 'must be the folder itself or one above it'),
      100,
    ).exactOptional(),
  });
}

const packageData = z.looseObject({ added: list(packageName, 5000), hadConfig: list(packageName, 5000).exactOptional() });
const unitData = z.looseObject({ active: z.boolean(), enabled: z.boolean() });

/** Configuration of a service. Only content can tell whether it is what the run wrote, and that of a file with a secret is not compared. */
function serviceFile({ path, holdsSecret }: ChangeOf<'file'>): z.ZodType | string {
  if (afterwardsOf(path) === null) return `"${path}" is not a file that the wizard changes`;
  return holdsSecret ? `"${path}" is not a file that the wizard writes a secret into` : fileData(path);
}

function dataOf(change: Change): z.ZodType | string | null {
  switch (change.kind) {
    case 'file':
      return isOwnFile(change.path) ? fileData(change.path) : serviceFile(change);
    case 'directory':
      return isOwnFolder(change.path) ? folderData(change.path) : `"${change.path}" is not a folder of the wizard`;
    case 'package':
      return packageData;
    case 'unit':
      return unitData;
    default:
      return null;
  }
}

/** Why an entry of the record is refused; null when a run of this wizard can have written it. Pure. */
export function undoFault({ change, undo }: UndoEntry): string | null {
  const shape = dataOf(change);
  if (typeof shape === 'string') return shape;
  if (shape === null) return null;
  const read = shape.safeParse(undo);
  return read.success ? null : (read.error.issues.map((i) => `undo.${i.path.join('.')}: ${i.message}`)[0] ?? 'undo has an unexpected form');
}
