/** The package as users get it: packed, installed without install scripts, run on the main host by the oldest Node that is promised. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { answersText, labFor, PASSWORD, putAnswers, quickRelease } from './support.js';

describe('the packed program', () => {
  let lab: Lab;
  let scratch: string;

  beforeAll(async () => {
    lab = await labFor({ release: quickRelease() });
    scratch = mkdtempSync(join(tmpdir(), 'mcw-package-'));
    execFileSync('npm', ['pack', '--pack-destination', scratch], { stdio: 'ignore' });
    const tarball = readdirSync(scratch).find((name) => name.endsWith('.tgz'));
    execFileSync(
      'npm',
      ['install', '--global', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', join(scratch, 'prefix'), join(scratch, tarball ?? 'none')],
      { stdio: 'ignore' },
    );
    const files = execFileSync('tar', ['-C', join(scratch, 'prefix'), '-cz', '.'], { maxBuffer: 512 * 1024 * 1024 });
    await lab.hosts.main.exec('mkdir -p /opt/packed && base64 -d | tar -xz -C /opt/packed', { stdin: files.toString('base64') });
  });
  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await lab?.down();
  });

  it('installs the program, its templates and its papers, and no other package', () => {
    const modules = join(scratch, 'prefix', 'lib', 'node_modules');
    expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['moodle-cluster-wizard']);
    expect(readdirSync(join(modules, 'moodle-cluster-wizard')).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'templates']);
  });

  it('tells its version and plans, with Node 20.19', async () => {
    expect(await lab.hosts.main.must('node --version')).toMatch(/^v20\.19\./);
    expect((await lab.hosts.main.must('/opt/packed/bin/moodle-cluster-wizard --version')).trim()).toMatch(/^\d+\.\d+\.\d+$/);
    await putAnswers(lab, answersText('redis'));
    const plan = await lab.hosts.main.exec(['/opt/packed/bin/moodle-cluster-wizard', 'plan', '--answers', '/root/answers.yaml'], {
      env: { REDIS_PASSWORD: PASSWORD, HOME: '/root' },
      timeoutMs: 300_000,
    });
    expect(plan.code, plan.stderr).toBe(10);
  });
});
