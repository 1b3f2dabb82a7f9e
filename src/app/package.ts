/** Where this package lies and which version it is; light, since `--help` and `--version` need it. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findPackageDir(from: string): string {
  let dir = from;
  while (!existsSync(join(dir, 'templates', 'sh', 'site-record.sh'))) {
    if (dir === dirname(dir)) throw new Error(`the folder templates/ of this package was not found above ${from}`);
    dir = dirname(dir);
  }
  return dir;
}

/** The folder that holds templates/ and package.json, bundled or not. */
export const PACKAGE_DIR = findPackageDir(dirname(fileURLToPath(import.meta.url)));

export const TEMPLATES_DIR = join(PACKAGE_DIR, 'templates');

/** This package's version. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(PACKAGE_DIR, 'package.json'), 'utf8')) as { version: string }).version;
}
