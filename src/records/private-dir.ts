/** Makes folders for records. */

import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder 0700, and those above it that are missing.
 * Step by step: Node's own recursive mkdir never ends where the system says "no such file" for ever, as below /proc.
 * @throws what mkdir(2) says
 */
export function makePrivateDir(path: string): void {
  const full = resolve(path);
  try {
    mkdirSync(full, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(full) === full) throw error;
    makePrivateDir(dirname(full));
    mkdirSync(full, { mode: 0o700 });
  }
}
