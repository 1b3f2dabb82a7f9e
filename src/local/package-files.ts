/** The files of this package: templates, help, package.json. A user who can change them can change the program itself, so they need no check. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @throws Error when the installation is incomplete */
export function readPackageFile(path: string | URL): Buffer {
  return readFileSync(path);
}

export function hasPackageFile(path: string | URL): boolean {
  return existsSync(path);
}

/** Regular files below a folder of this package, relative to it. */
export function packageFilesBelow(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1));
}
