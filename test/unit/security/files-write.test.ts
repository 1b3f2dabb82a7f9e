/** What others planted where this machine's files are to be written: refused by name, never followed. Needs root (chown, other users). */

import { spawn } from 'node:child_process';
import { chownSync, existsSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertStateDir, assertWritable, writePrivate } from '../../../src/app/output.js';
import { Redactor } from '../../../src/core/secret.js';
import { LocalFault } from '../../../src/local/fault.js';
import { appendTheirs, ensurePrivateDir, openAppend, replacePrivate } from '../../../src/local/write.js';
import { openJournal } from '../../../src/records/journal.js';
import { openRunLog } from '../../../src/records/run-log.js';
import { ALICE, attempt, fifo, file, folder, isRoot, linkOfAlice, NOBODY, refused, tellAttempts, workFolder } from './local-files.js';

let dir: string;
let end: () => void;
beforeEach(() => {
  ({ dir, end } = workFolder());
});
afterEach(() => end());
afterAll(tellAttempts);

/** What is planted where something is to be written; `victim` must be as it was. */
const IN_THE_WAY: readonly (readonly [string, (at: string, victim: string) => void])[] = [
  ['a link to a file of root', (at, victim) => symlinkSync(victim, at)],
  ['a link to nothing', (at) => symlinkSync(join(dir, 'made-by-us'), at)],
  ['a link to a folder', (at) => symlinkSync(dir, at)],
  ['a named pipe', (at) => void fifo(at)],
  ['a file of another user', (at) => void file(at, 'theirs', { uid: ALICE, mode: 0o666 })],
  ['a folder', (at) => void folder(at, { uid: ALICE })],
];

describe.skipIf(!isRoot)('a file that is written', () => {
  it.each(IN_THE_WAY)('where another user planted %s: refused, nothing followed, nothing left', (_name, plant) => {
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    const victim = file(join(dir, 'victim'), 'precious');
    const at = join(sticky, 'out');
    plant(at, victim);
    const before = lstatSync(at);
    for (const write of [() => assertWritable(at), () => writePrivate(at, 'x'), () => replacePrivate(at, 'x'), () => openAppend(at)]) refused(write);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(lstatSync(at).ino).toBe(before.ino);
    expect(existsSync(join(dir, 'made-by-us'))).toBe(false);
    expect(readdirSync(sticky)).toEqual(['out']);
  });

  it.each([
    ['of another user', { uid: ALICE }],
    ['that others may write', { mode: 0o777 }],
    ['that the group may write', { mode: 0o775 }],
  ] as const)('in a folder %s is refused', (_name, how) => {
    const at = join(folder(join(dir, 'd'), how), 'out');
    expect(refused(() => writePrivate(at, 'x'))).toMatch(/its folder .*\/d( belongs to another user| \(mode)/);
    refused(() => assertWritable(at));
    expect(readdirSync(join(dir, 'd'))).toEqual([]);
  });

  it('below a link of another user is refused, and behind one of root is written', () => {
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    const good = folder(join(dir, 'good'));
    linkOfAlice(good, join(sticky, 'way'));
    refused(() => writePrivate(join(sticky, 'way', 'out'), 'x'));
    expect(readdirSync(good)).toEqual([]);
    symlinkSync(good, join(dir, 'own'));
    writePrivate(join(dir, 'own', 'out'), 'x');
    expect(readFileSync(join(good, 'out'), 'utf8')).toBe('x');
  });

  it('is whole, 0600 and replaces only what is ours, also in a sticky folder', () => {
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    writePrivate(join(sticky, 'out'), 'first');
    writePrivate(join(sticky, 'out'), 'second');
    expect(readFileSync(join(sticky, 'out'), 'utf8')).toBe('second');
    expect(lstatSync(join(sticky, 'out')).mode & 0o777).toBe(0o600);
    expect(readdirSync(sticky)).toEqual(['out']);
  });

  it('is never written elsewhere while links appear and go under its name', { timeout: 60_000 }, async () => {
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    const victim = file(join(dir, 'victim'), 'precious', { mode: 0o644 });
    const code = `const fs = require('node:fs'); process.setgid(${ALICE}); process.setuid(${ALICE}); const [at, victim] = process.argv.slice(1);
      process.stdout.write('go'); for (;;) { try { fs.symlinkSync(victim, at); } catch {} try { fs.unlinkSync(at); } catch {} }`;
    const child = spawn(process.execPath, ['-e', code, join(sticky, 'out'), victim], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((go) => child.stdout?.once('data', go));
    const until = Date.now() + 1500;
    let written = 0;
    while (Date.now() < until) {
      attempt();
      try {
        replacePrivate(join(sticky, 'out'), 'ours');
        written += 1;
        rmSync(join(sticky, 'out'), { force: true });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(LocalFault);
      }
    }
    child.kill('SIGKILL');
    await new Promise((gone) => child.once('exit', gone));
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(lstatSync(victim).uid).toBe(0);
    expect(written).toBeGreaterThan(0);
  });
});

describe.skipIf(!isRoot)('journals, logs and known hosts', () => {
  const now = () => new Date('2026-11-28T11:30:00Z');

  it.each([
    ['of another user', { uid: ALICE }],
    ['that others may write', { mode: 0o777 }],
  ] as const)('a state folder %s is refused, before and at the journal', (_name, how) => {
    const state = folder(join(dir, 'state'), how);
    expect(refused(() => assertStateDir(state))).toMatch(/folder .*state( belongs to another user| \(mode)/);
    expect(refused(() => openJournal(state, 'r', now))).toContain('Cannot write the journal');
    openRunLog(state, new Redactor(), now).write({ a: 1 });
    expect(readdirSync(state)).toEqual([]);
  });

  it('a state folder that is a planted link, or lies behind one, is refused', () => {
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    const good = folder(join(dir, 'good'), { mode: 0o700 });
    linkOfAlice(good, join(sticky, 'state'));
    refused(() => assertStateDir(join(sticky, 'state')));
    refused(() => openJournal(join(sticky, 'state'), 'r', now));
    refused(() => openJournal(join(sticky, 'state', 'deeper'), 'r', now));
    openRunLog(join(sticky, 'state'), new Redactor(), now).write({ a: 1 });
    expect(readdirSync(good)).toEqual([]);
  });

  it.each(IN_THE_WAY)('a journal and a log where there is %s are not written', (_name, plant) => {
    const victim = file(join(dir, 'victim'), 'precious');
    const state = folder(join(dir, 'state'), { mode: 0o700 });
    for (const part of ['runs', 'runs/r', 'logs']) folder(join(state, part), { mode: 0o700 });
    plant(join(state, 'runs', 'r', 'journal.jsonl'), victim);
    plant(join(state, 'logs', '2026-11-28.jsonl'), victim);
    refused(() => openJournal(state, 'r', now));
    openRunLog(state, new Redactor(), now).write({ a: 1 });
    attempt();
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(existsSync(join(dir, 'made-by-us'))).toBe(false);
  });

  it('known_hosts is added to through a link of our own, not through one of another user', () => {
    const real = file(join(dir, 'real'), 'a\n');
    symlinkSync(real, join(dir, 'known_hosts'));
    appendTheirs(join(dir, 'known_hosts'), 'b\n');
    expect(readFileSync(real, 'utf8')).toBe('a\nb\n');
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    linkOfAlice(real, join(sticky, 'known_hosts'));
    refused(() => appendTheirs(join(sticky, 'known_hosts'), 'c\n'));
    expect(readFileSync(real, 'utf8')).toBe('a\nb\n');
  });

  it('folders are made 0700, and one that appears in the meantime is looked at like any other', () => {
    expect(ensurePrivateDir(join(dir, 'a', 'b', 'c'))).toBe(join(dir, 'a', 'b', 'c'));
    expect(lstatSync(join(dir, 'a', 'b')).mode & 0o777).toBe(0o700);
    renameSync(join(dir, 'a', 'b'), join(dir, 'moved'));
    symlinkSync(join(dir, 'moved'), join(dir, 'a', 'b'));
    expect(ensurePrivateDir(join(dir, 'a', 'b', 'c'))).toBe(join(dir, 'moved', 'c'));
    chownSync(join(dir, 'moved'), NOBODY, NOBODY);
    refused(() => ensurePrivateDir(join(dir, 'a', 'b', 'c')));
  });
});
