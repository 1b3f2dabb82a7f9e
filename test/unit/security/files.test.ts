/** Files of this machine that somebody else made or changed: refused by name, never hung on. Needs root (chown, other users). */

import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAnswersText } from '../../../src/app/answers-source.js';
import { findSites } from '../../../src/app/find-sites.js';
import { readPlan, writePrivate } from '../../../src/app/output.js';
import type { WizardError } from '../../../src/core/errors.js';
import { sh } from '../../../src/core/remedy.js';
import { readBounded, readTrusted, trustFault } from '../../../src/local/read.js';
import { ALICE, attempt, BOB, fifo, file, folder, isRoot, LIMIT, linkOfAlice, refused, tellAttempts, workFolder } from './local-files.js';

let dir: string;
let end: () => void;
beforeEach(() => {
  ({ dir, end } = workFolder());
});
afterEach(() => end());
afterAll(tellAttempts);

async function socketAt(path: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(path, done));
  return server;
}

/** Every way in which a file can be somebody else's doing; the name says what the refusal says. */
const PLANTED: readonly (readonly [string, RegExp, () => string])[] = [
  ['of another user', /belongs to another user \(uid 54321\)/, () => file(join(dir, 'a'), 'x', { uid: ALICE })],
  ['that the group may write', /other users can change it \(mode 660\)/, () => file(join(dir, 'a'), 'x', { mode: 0o660 })],
  ['that everybody may write', /other users can change it \(mode 666\)/, () => file(join(dir, 'a'), 'x', { mode: 0o666 })],
  [
    'in a folder of another user',
    /its folder .*\/home belongs to another user \(uid 54321\)/,
    () => file(join(folder(join(dir, 'home'), { uid: ALICE }), 'a')),
  ],
  [
    'in a folder that others may write',
    /other users can change its folder .*\/open \(mode 777\)/,
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
    /2 hard links/,
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
      linkOfAlice(join(dir, 'good'), join(sticky, 'way'));
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
      attempt();
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
    expect(fault?.remedies.join()).toContain(String(sh`chmod go-w -- ${path}`));
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
    attempt(2);
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
    attempt(2);
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
