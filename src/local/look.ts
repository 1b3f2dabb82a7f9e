/** Reads this machine's folders without opening a file: names, existence, free space. */

import { existsSync, lstatSync, opendirSync, realpathSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** More names than any folder that is read here has legitimately. */
const MAX_NAMES = 20_000;

/** Names in a folder, sorted; none where it cannot be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return mustNamesIn(folder);
  } catch {
    return [];
  }
}

/** The same. @throws what opendir(3) says */
export function mustNamesIn(folder: string): readonly string[] {
  const dir = opendirSync(folder);
  try {
    const names: string[] = [];
    for (let entry = dir.readSync(); entry !== null && names.length < MAX_NAMES; entry = dir.readSync()) names.push(entry.name);
    return names.sort();
  } finally {
    dir.closeSync();
  }
}

/** True when the name exists, also as a dangling link. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** True for a regular file, links followed. */
export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

/** The path without links; null when it leads nowhere. */
export function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** Removes a file or a folder with all in it; a link is removed, never followed. */
export function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Free space on the file system of a path, or of the nearest folder above it that exists. Bytes in KiB; null inodes: it has no limit of them. */
export function roomAt(path: string): { readonly at: string; readonly kb: number; readonly inodes: number | null } {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const { bavail, bsize, ffree, files } = statfsSync(at);
  return { at, kb: Math.floor((bavail * bsize) / 1024), inodes: files === 0 ? null : ffree };
}
