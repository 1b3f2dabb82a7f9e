/** What the tests of hostile local files share: a folder for each test, files of other users, and the count of attempts. */

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { LocalFault } from '../../../src/local/fault.js';

export const NOBODY = 65534;
export const ALICE = 54_321;
export const BOB = 54_322;
export const LIMIT = 1000;
/** Files of other users can be made by root only. */
export const isRoot = process.geteuid?.() === 0;

let attempts = 0;

/** Counts attacks. */
export function attempt(count = 1): void {
  attempts += count;
}

export const tellAttempts = (): void => console.log(`${attempts} attempts with hostile local files, none got through`);

/** What the refusal says. Fails the test when there is none. */
export function refused(work: () => unknown): string {
  attempt();
  try {
    work();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Error);
    return thrown instanceof LocalFault ? `${thrown.code}: ${thrown.why}` : (thrown as Error).message;
  }
  return expect.unreachable('it was taken');
}

/** A folder for one test, and the environment without sudo; `end` puts both back. */
export function workFolder(): { readonly dir: string; readonly end: () => void } {
  const sudoUid = process.env['SUDO_UID'];
  delete process.env['SUDO_UID'];
  const dir = mkdtempSync(join(tmpdir(), 'mcw-files-'));
  chmodSync(dir, 0o755);
  return {
    dir,
    end: () => {
      if (sudoUid === undefined) delete process.env['SUDO_UID'];
      else process.env['SUDO_UID'] = sudoUid;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function file(path: string, content = 'version: 1\n', { mode = 0o600, uid = 0 } = {}): string {
  writeFileSync(path, content);
  chmodSync(path, mode);
  chownSync(path, uid, uid);
  return path;
}

export function folder(path: string, { mode = 0o755, uid = 0 } = {}): string {
  mkdirSync(path);
  chmodSync(path, mode);
  chownSync(path, uid, uid);
  return path;
}

export function fifo(path: string): string {
  execFileSync('mkfifo', ['-m', '666', path]);
  return path;
}

/** A link that Alice makes. */
export function linkOfAlice(target: string, path: string): void {
  execFileSync('setpriv', [`--reuid=${ALICE}`, `--regid=${ALICE}`, '--clear-groups', 'ln', '-s', target, path]);
}
