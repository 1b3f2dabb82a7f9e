/** The scripts of templates/sh that need no root, run for real. */

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parseLook } from '../../../src/engine/handlers/look.js';
import { newHolder } from '../../../src/engine/run/lock.js';
import { readProof } from '../../../src/engine/run/lock-proof.js';
import { parseSpace } from '../../../src/engine/run/space.js';
import { splitSimulations } from '../../../src/platform/simulate.js';

const script = (name: string) => fileURLToPath(new URL(`../../../templates/sh/${name}`, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'mcw-scripts-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const runWith = (stdin: string, ...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile('sh', argv, (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }));
    // A script that does not read ends before we have written.
    child.stdin?.on('error', () => {}).end(stdin);
  });
const run = (...argv: string[]) => runWith('', ...argv);

describe('apply-look.sh', () => {
  it('tells every folder on the way, links as links, hashes of files', async () => {
    mkdirSync(join(dir, 'a b'));
    writeFileSync(join(dir, 'a b', 'f'), 'x');
    chmodSync(join(dir, 'a b', 'f'), 0o640);
    symlinkSync('f', join(dir, 'a b', 'l'));
    const file = parseLook('here', join(dir, 'a b', 'f'), (await run(script('apply-look.sh'), join(dir, 'a b', 'f'))).stdout);
    expect(file).toMatchObject({ kind: 'file', mode: '640', sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881' });
    expect(file.above[0]?.path).toBe('/');
    expect(file.above.at(-1)?.path).toBe(join(dir, 'a b'));
    const link = parseLook('here', join(dir, 'a b', 'l'), (await run(script('apply-look.sh'), join(dir, 'a b', 'l'))).stdout);
    expect(link).toMatchObject({ kind: 'link', sha256: null });
    const none = parseLook('here', join(dir, 'no', 'thing'), (await run(script('apply-look.sh'), join(dir, 'no', 'thing'))).stdout);
    expect([none.kind, none.above.at(-1)?.kind]).toEqual(['absent', 'absent']);
  });
});

describe('apply-job.sh', () => {
  const jobs = join(dir, 'jobs');
  it('tells all output once and passes the code on', async () => {
    const result = await run(script('apply-job.sh'), jobs, 'one', 'sh', '-c', 'echo a; sleep 1; echo b >&2; exit 7');
    expect(result.code).toBe(7);
    expect(result.stdout).toBe('a\nb\nended with 7\n');
    expect(readdirSync(jobs)).toEqual([]);
  });
  it('joins the same job instead of starting it again', async () => {
    const mark = join(dir, 'count');
    const start = () => run(script('apply-job.sh'), jobs, 'two', 'sh', '-c', `echo x >>${mark}; sleep 1; wc -l <${mark}`);
    const first = start();
    await sleep(300);
    await Promise.all([first, run(script('apply-job.sh'), jobs, 'two', 'true')]);
    expect((await run('-c', `wc -l <${mark}`)).stdout.trim()).toBe('1');
  });
  it('outlives who asked, and keeps its result for who asks next', async () => {
    const asker = spawn('sh', [script('apply-job.sh'), jobs, 'three', 'sh', '-c', 'sleep 2; echo done; exit 3'], { stdio: ['ignore', 'pipe', 'pipe'] });
    await sleep(500);
    asker.kill('SIGKILL');
    await vi.waitFor(() => expect(existsSync(join(jobs, 'three', 'rc'))).toBe(true), { timeout: 20_000 });
    expect(await run(script('apply-job.sh'), jobs, 'three', 'true')).toMatchObject({ code: 3, stdout: 'done\nended with 3\n' });
  });
  it('takes no path for an id', async () => expect((await run(script('apply-job.sh'), jobs, '../x', 'true')).code).toBe(64));
});

describe('apply-simulate.sh', () => {
  it('is taken apart by package', () => {
    expect(splitSimulations('== a\nInst a (1 x)\n== b-1.2\nE: Unable\n', ['a', 'b-1.2', 'c'])).toEqual({ a: '\nInst a (1 x)\n', 'b-1.2': '\nE: Unable\n' });
  });
});

describe('lock-proof.sh', () => {
  const own = newHolder('r', () => new Date(0));
  const ask = async (bend: Partial<typeof own> = {}) => {
    const { pid, processStart, machine, boot } = { ...own, ...bend };
    const { stdout } = await run(script('lock-proof.sh'), String(pid), processStart, machine ?? '-', boot ?? '-');
    return readProof(stdout, { pid, host: 'web1' }, 'web1')?.state ?? stdout.trim();
  };
  // Where a machine has no id of its own nothing can be proven, and nothing is claimed.
  const proves = existsSync('/etc/machine-id');

  it('knows the very process by its id and start, a machine by its id, a start by its boot id', async () => {
    expect(await ask()).toBe(proves ? 'alive' : 'unknown');
    expect(await ask({ pid: 2 ** 22 + 1 })).toBe(proves ? 'gone' : 'unknown');
    expect(await ask({ processStart: '1' })).toBe(proves ? 'gone' : 'unknown');
    expect(await ask({ boot: 'before' })).toBe(proves ? 'gone' : 'unknown');
    expect(await ask({ machine: 'another' })).toBe(proves ? 'other-machine' : 'unknown');
    expect(await ask({ pid: 0 })).toBe('unknown');
  });
});

describe('record-sweep.sh and free-space.sh', () => {
  it('remove what is named and nothing else', async () => {
    for (const id of ['20260101T000000-a', '20260102T000000-b']) mkdirSync(join(dir, 'rec', 'before', id), { recursive: true });
    expect((await run(script('record-sweep.sh'), join(dir, 'rec'), '20260101T000000-a', 'never-there')).code).toBe(0);
    expect(readdirSync(join(dir, 'rec', 'before'))).toEqual(['20260102T000000-b']);
    expect((await run(script('record-sweep.sh'), join(dir, 'rec'), '../before')).code).toBe(64);
    expect(readdirSync(join(dir, 'rec', 'before'))).toEqual(['20260102T000000-b']);
  });

  it('tell the room for a folder that is not there yet', async () => {
    const [space, ...none] = parseSpace((await run(script('free-space.sh'), join(dir, 'not', 'there'))).stdout);
    expect(none).toEqual([]);
    expect(space).toMatchObject({ path: join(dir, 'not', 'there'), readOnly: false });
    expect(space?.kb).toBeGreaterThan(0);
  });
});

describe('site-record.sh', () => {
  const record = (...args: string[]) => run(script('site-record.sh'), args[0] ?? '', join(dir, 'root'), ...args.slice(1));
  it('keeps what was there when the content does not arrive whole', async () => {
    const write = (content: string, whole: string) =>
      runWith(`${createHash('sha256').update(whole).digest('hex')}\n${content}`, script('site-record.sh'), 'write', join(dir, 'root'), 's1', 'a/b.json');
    expect((await write('{"a":1}', '{"a":1}')).code).toBe(0);
    for (const torn of ['', '{"a":']) {
      const { code, stderr } = await write(torn, '{"a":2}');
      expect([code, stderr]).toEqual([69, 'the content of a/b.json did not arrive complete; the file is unchanged\n']);
    }
    expect((await runWith('', script('site-record.sh'), 'write', join(dir, 'root'), 's1', 'a/b.json')).code, 'nothing arrived at all').toBe(69);
    expect((await record('read', 's1', 'a/b.json')).stdout).toBe('{"a":1}');
    expect(readdirSync(join(dir, 'root', 'sites', 's1', 'a'))).toEqual(['b.json']);
  });
  it('drops restore points whole, and sets room aside once', async () => {
    for (const id of ['20260101T000000-a', '20260102T000000-b']) {
      mkdirSync(join(dir, 'root', 'sites', 's1', 'restore-points', id), { recursive: true });
      writeFileSync(join(dir, 'root', 'sites', 's1', 'restore-points', id, 'meta.json'), JSON.stringify({ id }));
    }
    expect((await record('drop', 's1', '20260101T000000-a', 'not-there')).code).toBe(0);
    expect((await record('points', 's1')).stdout.trim()).toBe('20260102T000000-b\t{"id":"20260102T000000-b"}');
    expect(readdirSync(join(dir, 'root', 'sites', 's1', 'restore-points'))).toEqual(['20260102T000000-b']);
    expect((await record('drop', 's1', '..')).code).toBe(64);
    expect((await record('reserve', 's1')).code).toBe(0);
    expect((await run('-c', `stat -c %s ${join(dir, 'root', 'sites', 's1', 'reserve')}`)).stdout.trim()).toBe('1048576');
  });
});

describe('wait-jobs.sh', () => {
  it('names what still runs, and waits for its end', async () => {
    const jobs = join(dir, 'jobs');
    const job = (id: string, pid: number, ended: boolean) => {
      mkdirSync(join(jobs, id), { recursive: true });
      writeFileSync(join(jobs, id, 'pid'), String(pid));
      if (ended) writeFileSync(join(jobs, id, 'rc'), '0');
    };
    const child = spawn('sleep', ['2']);
    job('a', child.pid ?? 0, false);
    job('b', process.pid, true);
    job('c', 4_000_000, false);
    expect((await run(script('wait-jobs.sh'), jobs, '0')).stdout).toBe('a\n');
    expect((await run(script('wait-jobs.sh'), jobs, '60')).stdout).toBe('');
    expect((await run(script('wait-jobs.sh'), join(dir, 'none'), '60')).stdout).toBe('');
  });
});

describe('cache-traces.sh', () => {
  it('tells which definitions have entries in a file store, laid out as Moodle does', async () => {
    const store = join(dir, 'store');
    mkdirSync(join(store, 'core_string', 'ab'), { recursive: true });
    mkdirSync(join(store, 'core_config'), { recursive: true });
    writeFileSync(join(store, 'core_string', 'ab', 'key.cache'), 'x');
    writeFileSync(join(store, 'core_config', '.lastpurged'), '');
    const { stdout } = await run(script('cache-traces.sh'), store, 'core_string', 'core_config', 'core_none', '../etc');
    expect(stdout).toMatch(/^core_string\t\d{10}\n$/);
  });
});
