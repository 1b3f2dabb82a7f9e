/** Files that change under the reader's hands: what is read is ours and whole, or it is refused. Needs root (chown, other users). */

import { type ChildProcess, spawn } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalFault } from '../../../src/local/fault.js';
import { readBounded, readTrusted } from '../../../src/local/read.js';
import { ALICE, attempt, fifo, file, isRoot, LIMIT, tellAttempts, workFolder } from './local-files.js';

let dir: string;
let end: () => void;
beforeEach(() => {
  ({ dir, end } = workFolder());
});
afterEach(() => end());
afterAll(tellAttempts);

describe.skipIf(!isRoot)('a file that is replaced while it is read', () => {
  /** Swaps two names for ever, as fast as it can. */
  function flipper(a: string, b: string): ChildProcess {
    const code = `const { renameSync } = require('node:fs'); const [a, b] = process.argv.slice(1); const t = a + '.t';
      process.stdout.write('go'); for (;;) { renameSync(a, t); renameSync(b, a); renameSync(t, b); }`;
    return spawn(process.execPath, ['-e', code, a, b], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  it.each([
    ['a file of another user', (path: string) => file(path, 'theirs', { uid: ALICE, mode: 0o644 })],
    [
      'a link to a file of another user',
      (path: string) => {
        symlinkSync(file(join(dir, 'target'), 'theirs', { uid: ALICE, mode: 0o644 }), path);
        return path;
      },
    ],
    ['a named pipe', fifo],
    [
      'a link to a device',
      (path: string) => {
        symlinkSync('/dev/zero', path);
        return path;
      },
    ],
  ])('by %s is read whole as ours, or refused', { timeout: 60_000 }, async (_name, plant) => {
    const ours = file(join(dir, 'a'), 'ours');
    const child = flipper(ours, plant(join(dir, 'b')));
    await new Promise((go) => child.stdout?.once('data', go));
    const seen = { ours: 0, refused: 0 };
    const until = Date.now() + 1500;
    try {
      while (Date.now() < until) {
        attempt();
        try {
          expect(readTrusted(ours, { limit: LIMIT }).toString()).toBe('ours');
          seen.ours += 1;
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LocalFault);
          seen.refused += 1;
        }
        try {
          // Trusts nobody, but must not hang and must not read a device.
          expect(['ours', 'theirs']).toContain(readBounded(ours, LIMIT).toString());
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LocalFault);
        }
      }
    } finally {
      child.kill('SIGKILL');
      await new Promise((gone) => child.once('exit', gone));
    }
    expect(seen.refused).toBeGreaterThan(0);
  });

  it('by a longer content in place is refused', () => {
    // What is appended between the two looks shows in size and time.
    const path = file(join(dir, 'a'), 'x'.repeat(100));
    const code = `const fs = require('node:fs'); process.stdout.write('go'); for (;;) fs.writeFileSync(process.argv[1], 'y'.repeat(1 + Math.floor(Math.random() * 200)));`;
    const child = spawn(process.execPath, ['-e', code, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const until = Date.now() + 1500;
    let count = 0;
    while (Date.now() < until) {
      count += 1;
      try {
        expect(new Set(readTrusted(path, { limit: LIMIT }).toString()).size).toBeLessThanOrEqual(1);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(LocalFault);
      }
    }
    attempt(count);
    child.kill('SIGKILL');
  });
});
