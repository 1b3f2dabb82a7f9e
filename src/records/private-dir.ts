/** Makes folders for records. */

import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder 0700, and those above it that are missing.
 * Step by step: Node's own recursive mkdir never ends where the system says "no such file" for ever, as below /proc.
 * @throws what mkdir(2) says, or an Error for a folder in which others could plant a link for us to write through
 */
export function makePrivateDir(path: string): void {
  const full = resolve(path);
  try {
    mkdirSync(full, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      assertPrivate(full);
      return;
    }
    if (code !== 'ENOENT' || dirname(full) === full) throw error;
    makePrivateDir(dirname(full));
    mkdirSync(full, { mode: 0o700 });
  }
}

function assertPrivate(path: string): void {
  const { uid, mode } = statSync(path);
  const own = [0, process.getuid?.() ?? 0, Number(process.env['SUDO_UID'] ?? 0)];
  if (!own.includes(uid)) throw new Error(`the folder ${path} belongs to another user`);
  if ((mode & 0o022) !== 0) throw new Error(`the folder ${path} can be written to by others`);
}
