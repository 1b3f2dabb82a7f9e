/** Files of this machine that somebody else made, changed or planted: refused by name, never hung on, never followed. Needs root (chown, other users). */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAnswersText } from '../../../src/app/answers-source.js';
import { findSites } from '../../../src/app/find-sites.js';
import { assertStateDir, assertWritable, readPlan, writePrivate } from '../../../src/app/output.js';
import type { WizardError } from '../../../src/core/errors.js';
import { Redactor } from '../../../src/core/secret.js';
import { LocalFault } from '../../../src/local/fault.js';
import { readBounded, readTrusted, trustFault } from '../../../src/local/read.js';
import { appendTheirs, ensurePrivateDir, openAppend, replacePrivate } from '../../../src/local/write.js';
import { openJournal } from '../../../src/records/journal.js';
import { openRunLog } from '../../../src/records/run-log.js';

const NOBODY = 65534;
const ALICE = 54_321;
const BOB = 54_322;
const LIMIT = 1000;
const isRoot = process.geteuid?.() === 0;

let attempts = 0;
let dir: string;
const sudoUid = process.env['SUDO_UID'];

beforeEach(() => {
  delete process.env['SUDO_UID'];
  dir = mkdtempSync(join(tmpdir(), 'mcw-files-'));
  chmodSync(dir, 0o755);
});
afterEach(() => {
  if (sudoUid === undefined) delete process.env['SUDO_UID'];
  else process.env['SUDO_UID'] = sudoUid;
  rmSync(dir, { recursive: true, force: true });
});
afterAll(() => console.log(`${attempts} attempts with hostile local files, none got through`));

function refused(work: () => unknown): string {
  attempts += 1;
  try {
    work();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Error);
    return thrown instanceof LocalFault ? `${thrown.code}: ${thrown.why}` : (thrown as Error).message;
  }
  return expect.unreachable('it was taken');
}

function file(path: string, content = 'version: 1\n', { mode = 0o600, uid = 0 } = {}): string {
  writeFileSync(path, content);
  chmodSync(path, mode);
  chownSync(path, uid, uid);
  return path;
}

function folder(path: string, { mode = 0o755, uid = 0 } = {}): string {
  mkdirSync(path);
  chmodSync(path, mode);
  chownSync(path, uid, uid);
  return path;
}

const fifo = (path: string): string => {
  execFileSync('mkfifo', ['-m', '666', path]);
  return path;
};

async function socketAt(path: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(path, done));
  return server;
}

/** Every way in which a file can be somebody else's doing; the name says what the refusal says. */
const PLANTED: readonly (readonly [string, RegExp, () => string])[] = [
  ['of another user', /belongs to another user \(uid 54321\)/, () => file(join(dir, 'a'), 'x', { uid: ALICE })],
  ['that the group may write', /can be changed by others \(mode 660\)/, () => file(join(dir, 'a'), 'x', { mode: 0o660 })],
  ['that everybody may write', /can be changed by others \(mode 666\)/, () => file(join(dir, 'a'), 'x', { mode: 0o666 })],
  [
    'in a folder of another user',
    /its folder .*\/home belongs to another user \(uid 54321\)/,
    () => file(join(folder(join(dir, 'home'), { uid: ALICE }), 'a')),
  ],
  [
    'in a folder that others may write',
    /its folder .*\/open can be changed by others \(mode 777\)/,
    () => file(join(folder(join(dir, 'open'), { mode: 0o777 }), 'a')),
  ],
  [
    'far below a folder of another user',
    /its folder .*\/home belongs to another user/,
    () => file(join(folder(join(folder(join(folder(join(dir, 'home'), { uid: ALICE }), 'b')), 'c')), 'a')),
  ],
  [
    'of another user in a sticky folder',
    /belongs to another user \(uid 54321\)/,
    () => file(join(folder(join(dir, 'tmp'), { mode: 0o1777 }), 'a'), 'x', { uid: ALICE }),
  ],
  [
    'with a second name in a sticky folder',
    /one of 2 names of the same file/,
    () => {
      const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
      linkSync(file(join(dir, 'ours')), join(sticky, 'a'));
      return join(sticky, 'a');
    },
  ],
  [
    'below a folder of another user in a sticky folder',
    /tmp\/theirs belongs to another user/,
    () => file(join(folder(join(folder(join(dir, 'tmp'), { mode: 0o1777 }), 'theirs'), { uid: ALICE }), 'a')),
  ],
  [
    'that is a link',
    /it is a symbolic link/,
    () => {
      symlinkSync(file(join(dir, 'real')), join(dir, 'a'));
      return join(dir, 'a');
    },
  ],
  [
    'that is a link to nothing',
    /it is a symbolic link/,
    () => {
      symlinkSync(join(dir, 'nothing'), join(dir, 'a'));
      return join(dir, 'a');
    },
  ],
  [
    'behind a link to a folder of another user',
    /its folder .*\/home belongs to another user/,
    () => {
      file(join(folder(join(dir, 'home'), { uid: ALICE }), 'a'));
      symlinkSync(join(dir, 'home'), join(dir, 'way'));
      return join(dir, 'way', 'a');
    },
  ],
  [
    'behind a link that another user made in a sticky folder',
    /belongs to another user/,
    () => {
      const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
      file(join(folder(join(dir, 'good')), 'a'));
      execFileSync('setpriv', [`--reuid=${ALICE}`, `--regid=${ALICE}`, '--clear-groups', 'ln', '-s', join(dir, 'good'), join(sticky, 'way')]);
      return join(sticky, 'way', 'a');
    },
  ],
  ['that is a named pipe', /it is a named pipe, not a regular file/, () => fifo(join(dir, 'a'))],
  ['that is a folder', /it is a folder, not a regular file/, () => folder(join(dir, 'a'))],
  ['that is a device', /it is a device, not a regular file/, () => '/dev/zero'],
  [
    'that is larger than anything of its kind',
    /it is larger than \d+ bytes/,
    () => {
      // Sparse: it takes no room.
      truncateSync(file(join(dir, 'a'), ''), 1024 ** 4);
      return join(dir, 'a');
    },
  ],
  ['that is a descriptor of a process', /which is a symbolic link|not a regular file|does not exist/, () => '/proc/self/fd/0'],
];

describe.skipIf(!isRoot)('a file that decides what root does', () => {
  it.each(PLANTED)('%s is refused by the reader', (_name, why, make) => {
    const path = make();
    expect(refused(() => readTrusted(path, { limit: LIMIT }))).toMatch(why);
  });

  it.each(PLANTED)('%s is refused as answers and as a plan, exit 2, with the file and a remedy', (_name, why, make) => {
    const path = make();
    for (const read of [() => readAnswersText(path), () => readPlan(path)]) {
      attempts += 1;
      let error: WizardError | null = null;
      try {
        read();
      } catch (thrown) {
        error = thrown as WizardError;
      }
      expect(error?.exitCode, String(error)).toBe(2);
      if (error?.code === 'file-untrusted') expect(error.message).toMatch(why);
      expect(error?.message).toContain(path);
      expect(error?.remedies.length).toBeGreaterThan(0);
    }
  });

  it('that is a socket is refused', async () => {
    const server = await socketAt(join(dir, 'a'));
    expect(refused(() => readTrusted(join(dir, 'a'), { limit: LIMIT }))).toContain('it is a socket');
    await new Promise((done) => server.close(done));
  });

  it('has remedies that stay one word however it is named', () => {
    const path = file(join(dir, "a'; id; '\n$(id)"), 'x', { mode: 0o666 });
    const fault = trustFault(path);
    expect(fault?.remedies.join()).toContain(`chmod go-w -- '${path.replaceAll("'", "'\\''")}'`);
  });

  it('is taken when it is ours, also through folders that are links of root and in a sticky folder', () => {
    expect(readTrusted(file(join(dir, 'a'), 'ours'), { limit: LIMIT }).toString()).toBe('ours');
    symlinkSync(dir, join(dir, 'way'));
    expect(readTrusted(join(dir, 'way', 'a'), { limit: LIMIT }).toString()).toBe('ours');
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    expect(readTrusted(file(join(sticky, 'a'), 'ours'), { limit: LIMIT }).toString()).toBe('ours');
    symlinkSync('a', join(dir, 'link'));
    expect(readTrusted(join(dir, 'link'), { limit: LIMIT, followLast: true }).toString()).toBe('ours');
  });

  it("is taken from the home of the person who called sudo, and from nobody else's", () => {
    const home = folder(join(dir, 'alice'), { uid: ALICE, mode: 0o700 });
    const own = file(join(home, 'answers.yaml'), 'hers', { uid: ALICE });
    refused(() => readTrusted(own, { limit: LIMIT }));
    process.env['SUDO_UID'] = String(ALICE);
    expect(readAnswersText(own)).toBe('hers');
    writePrivate(join(home, 'plan.json'), '{}');
    expect(lstatSync(join(home, 'plan.json')).mode & 0o777).toBe(0o600);
    for (const other of [String(BOB), '', '-1', '0x0', `${ALICE} 1`]) {
      process.env['SUDO_UID'] = other;
      expect(refused(() => readAnswersText(own))).toContain('belongs to another user');
    }
  });

  it('of root is taken by a login user, and one of a third person is not; SUDO_UID counts for root only', () => {
    const script = `import { readTrusted } from ${JSON.stringify(join(import.meta.dirname, '../../../src/local/read.ts'))};
      try { console.log(readTrusted(process.argv[2], { limit: 1000 }).toString()); } catch (e) { console.log('refused: ' + e.why); }`;
    const code = file(join(dir, 'read.mts'), script, { mode: 0o644 });
    const as = (path: string, env: Record<string, string> = {}) =>
      execFileSync(process.execPath, ['--import', 'tsx', code, path], {
        env: { PATH: process.env['PATH'], HOME: dir, ...env },
        uid: ALICE,
        gid: ALICE,
        cwd: join(import.meta.dirname, '../../..'),
        encoding: 'utf8',
      }).trim();
    // Where the checkout lies in a folder that only root can enter, another user cannot run it.
    if (!canRun(ALICE)) return;
    chmodSync(dir, 0o755);
    expect(as(file(join(dir, 'a'), 'of root', { mode: 0o644 }))).toBe('of root');
    expect(as(file(join(dir, 'b'), 'own', { uid: ALICE }))).toBe('own');
    expect(as(file(join(dir, 'c'), 'of bob', { uid: BOB, mode: 0o644 }))).toContain('refused: it belongs to another user');
    expect(as(join(dir, 'c'), { SUDO_UID: String(BOB) })).toContain('refused: it belongs to another user');
    attempts += 2;
  });
});

/** True when another user can start node on this checkout. */
function canRun(uid: number): boolean {
  try {
    execFileSync(process.execPath, ['--import', 'tsx', '-e', ''], { uid, gid: uid, cwd: join(import.meta.dirname, '../../..'), stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

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
        attempts += 1;
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
    attempts += count;
    child.kill('SIGKILL');
  });
});

describe('a file that is only looked into', () => {
  it.each([
    ['a named pipe', () => fifo(join(dir, 'a'))],
    ['a folder', () => folder(join(dir, 'a'))],
    ['a device that never ends', () => '/dev/zero'],
    ['a terminal', () => '/dev/tty'],
    [
      'a link to a device',
      () => {
        symlinkSync('/dev/zero', join(dir, 'a'));
        return join(dir, 'a');
      },
    ],
    [
      'a sparse file of a terabyte',
      () => {
        truncateSync(file(join(dir, 'a'), ''), 1024 ** 4);
        return join(dir, 'a');
      },
    ],
    [
      'a link to itself',
      () => {
        symlinkSync(join(dir, 'a'), join(dir, 'a'));
        return join(dir, 'a');
      },
    ],
  ] as readonly (readonly [string, () => string])[])('neither hangs nor floods when it is %s', (_name, make) => {
    const path = make();
    const began = Date.now();
    refused(() => readBounded(path, LIMIT));
    expect(Date.now() - began).toBeLessThan(1000);
  });

  it('may be one of /proc, whose size the system tells as 0, up to the limit', () => {
    expect(readBounded('/proc/self/stat', 65_536).length).toBeGreaterThan(10);
    expect(refused(() => readBounded('/proc/self/mountinfo', 10))).toContain('too-large');
  });

  it('a site of which config.php or version.php is a named pipe is found without waiting for it', () => {
    const site = folder(join(dir, 'site'));
    mkdirSync(join(site, 'lib'));
    file(join(site, 'lib', 'setup.php'), '<?php');
    file(join(site, 'version.php'), "<?php\n$release  = '4.5.6 (Build: x)';\n");
    fifo(join(site, 'config.php'));
    const conf = folder(join(dir, 'nginx'));
    fifo(join(conf, 'a.conf'));
    file(join(conf, 'b.conf'), `server {\n  root ${site};\n}\n`);
    attempts += 2;
    const began = Date.now();
    expect(findSites([conf], [site])).toEqual([]);
    rmSync(join(site, 'config.php'));
    file(join(site, 'config.php'), "<?php\n$CFG->wwwroot = 'https://a.example';\n");
    rmSync(join(site, 'version.php'));
    fifo(join(site, 'version.php'));
    expect(findSites([conf], [site])).toEqual([]);
    expect(Date.now() - began).toBeLessThan(2000);
  });
});

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
    expect(refused(() => writePrivate(at, 'x'))).toMatch(/its folder .*\/d (belongs to another user|can be changed by others)/);
    refused(() => assertWritable(at));
    expect(readdirSync(join(dir, 'd'))).toEqual([]);
  });

  it('below a link of another user is refused, and behind one of root is written', () => {
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    const good = folder(join(dir, 'good'));
    execFileSync('setpriv', [`--reuid=${ALICE}`, `--regid=${ALICE}`, '--clear-groups', 'ln', '-s', good, join(sticky, 'way')]);
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
      attempts += 1;
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
    expect(refused(() => assertStateDir(state))).toMatch(/folder .*state (belongs to another user|can be changed by others)/);
    expect(refused(() => openJournal(state, 'r', now))).toContain('Cannot write the journal');
    openRunLog(state, new Redactor(), now).write({ a: 1 });
    expect(readdirSync(state)).toEqual([]);
  });

  it('a state folder that is a planted link, or lies behind one, is refused', () => {
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    const good = folder(join(dir, 'good'), { mode: 0o700 });
    execFileSync('setpriv', [`--reuid=${ALICE}`, `--regid=${ALICE}`, '--clear-groups', 'ln', '-s', good, join(sticky, 'state')]);
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
    attempts += 1;
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(existsSync(join(dir, 'made-by-us'))).toBe(false);
  });

  it('known_hosts is added to through a link of our own, not through one of another user', () => {
    const real = file(join(dir, 'real'), 'a\n');
    symlinkSync(real, join(dir, 'known_hosts'));
    appendTheirs(join(dir, 'known_hosts'), 'b\n');
    expect(readFileSync(real, 'utf8')).toBe('a\nb\n');
    const sticky = folder(join(dir, 'tmp'), { mode: 0o1777 });
    execFileSync('setpriv', [`--reuid=${ALICE}`, `--regid=${ALICE}`, '--clear-groups', 'ln', '-s', real, join(sticky, 'known_hosts')]);
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

describe('the rule that keeps it so', () => {
  it('no source outside src/local loads the file system, by whatever name or way', () => {
    const root = join(import.meta.dirname, '../../../src');
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => /\.tsx?$/.test(f) && !f.startsWith('local/'));
    expect(sources.length).toBeGreaterThan(100);
    const opens = sources.filter((f) =>
      /['"](node:)?fs(\/promises)?['"]|process\.binding|getBuiltinModule|write-file-atomic/.test(readFileSync(join(root, f), 'utf8')),
    );
    expect(opens).toEqual([]);
  });
});
