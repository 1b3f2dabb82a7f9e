/** Where this package lies and which version it is; light, since `--help` and `--version` need it. */

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasPackageFile, readPackageFile } from '../local/package-files.js';

function findPackageDir(from: string): string {
  let dir = from;
  while (!hasPackageFile(join(dir, 'templates', 'sh', 'site-record.sh'))) {
    if (dir === dirname(dir)) throw new Error(`cannot find the folder templates/ of this package above ${from}`);
    dir = dirname(dir);
  }
  return dir;
}

/** The folder that holds templates/ and package.json, bundled or not. */
export const PACKAGE_DIR = findPackageDir(dirname(fileURLToPath(import.meta.url)));

export const TEMPLATES_DIR = join(PACKAGE_DIR, 'templates');

/** This package's version. */
export function packageVersion(): string {
  return (JSON.parse(readPackageFile(join(PACKAGE_DIR, 'package.json')).toString('utf8')) as { version: string }).version;
}
