/** The scripts of templates/sh that need no root, run for real. */

import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseLook } from '../../../src/engine/handlers/look.js';
import { splitSimulations } from '../../../src/platform/simulate.js';

const script = (name: string) => fileURLToPath(new URL(`../../../templates/sh/${name}`, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'mcw-scripts-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile('sh', argv, (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }));
  });

describe('apply-look.sh', () => {
  it('tells every folder on the way, links as links, hashes of files', async () => {
    mkdirSync(join(dir, 'a b'));
    writeFileSync(join(dir, 'a b', 'f'), 'x');
    chmodSync(join(dir, 'a b', 'f'), 0o640);
    symlinkSync('f', join(dir, 'a b', 'l'));
    const file = parseLook((await run(script('apply-look.sh'), join(dir, 'a b', 'f'))).stdout);
    expect(file).toMatchObject({ kind: 'file', mode: '640', sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881' });
    expect(file.above[0]?.path).toBe('/');
    expect(file.above.at(-1)?.path).toBe(join(dir, 'a b'));
    const link = parseLook((await run(script('apply-look.sh'), join(dir, 'a b', 'l'))).stdout);
    expect(link).toMatchObject({ kind: 'link', sha256: null });
    const none = parseLook((await run(script('apply-look.sh'), join(dir, 'no', 'thing'))).stdout);
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
    await sleep(2500);
    expect(existsSync(join(jobs, 'three', 'rc'))).toBe(true);
    expect(await run(script('apply-job.sh'), jobs, 'three', 'true')).toMatchObject({ code: 3, stdout: 'done\nended with 3\n' });
  });
  it('takes no path for an id', async () => expect((await run(script('apply-job.sh'), jobs, '../x', 'true')).code).toBe(64));
});

describe('apply-simulate.sh', () => {
  it('is taken apart by package', () => {
    expect(splitSimulations('== a\nInst a (1 x)\n== b-1.2\nE: Unable\n')).toEqual({ a: '\nInst a (1 x)\n', 'b-1.2': '\nE: Unable\n' });
  });
});
