import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../../src/core/cluster.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { tar } from '../../../src/survey/tar.js';
import { bootstrap, buildToolkit, ensureToolkit, installWebToken, readToolkit, removeWebToken, webTokenHash } from '../../../src/survey/toolkit.js';

const NODE: ClusterNode = {
  name: 'web1',
  host: '10.0.0.21',
  roles: ['web'],
  webPort: 80,
  state: 'in',
  ssh: { hostKeys: 'known_hosts', sudo: { kind: 'auto' } },
};
const TOOLKIT = buildToolkit([
  { path: 'survey/bootstrap.sh', content: Buffer.from('BOOTSTRAP') },
  { path: 'survey/install-toolkit.sh', content: Buffer.from('INSTALL') },
  { path: 'bridge/bridge.php', content: Buffer.from('<?php') },
]);

describe('the archive', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'mcw-tar-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('is one that tar unpacks and whose list of hashes holds', () => {
    const big = Buffer.alloc(1537, 0xfe);
    const toolkit = buildToolkit([
      { path: 'a/b/c.txt', content: Buffer.from('hello\n') },
      { path: 'a/big', content: big },
      { path: 'empty', content: Buffer.alloc(0) },
    ]);
    const unpacked = spawnSync('tar', ['-xf', '-', '-C', dir], { input: toolkit.archive });
    expect(unpacked.stderr.toString()).toBe('');
    expect(unpacked.status).toBe(0);
    expect(readFileSync(join(dir, 'a/big')).equals(big)).toBe(true);
    expect(spawnSync('sha256sum', ['-c', '--status', 'SHA256SUMS'], { cwd: dir }).status).toBe(0);
  });

  it('refuses paths that would leave its folder or do not fit', () => {
    for (const path of ['../x', '/x', 'a/../x', 'x'.repeat(101)]) expect(() => tar([{ path, content: Buffer.alloc(0) }])).toThrow();
  });

  it('is named after its content', () => {
    const one = buildToolkit([{ path: 'a', content: Buffer.from('1') }]);
    expect(buildToolkit([{ path: 'a', content: Buffer.from('1') }]).hash).toBe(one.hash);
    expect(buildToolkit([{ path: 'a', content: Buffer.from('2') }]).hash).not.toBe(one.hash);
    expect(one.dir).toBe(`/var/lib/moodle-cluster-wizard/kit/${one.hash}`);
  });

  it('holds the scripts of this package', () => {
    const toolkit = readToolkit('templates');
    expect(toolkit.bootstrap).toContain('exit 44');
    expect(toolkit.install).toContain('tar -xf');
  });
});

describe('entering a node', () => {
  it('takes one round trip when the toolkit is installed', async () => {
    const executor = fakeExecutor(NODE, [{ when: 'BOOTSTRAP', answer: { stdout: 'ok' } }]);
    const result = await bootstrap(executor, TOOLKIT, { token: 'secret token', args: ['x'], stdin: '{}' });
    expect(result.stdout).toBe('ok');
    expect(executor.calls).toHaveLength(1);
    expect(executor.calls[0]).toMatchObject({ options: { as: 'root' }, cmd: { stdin: '{}' } });
    expect(executor.calls[0]?.cmd.argv.slice(2)).toEqual(['BOOTSTRAP', 'mcw-survey', TOOLKIT.hash, TOOLKIT.sums, webTokenHash('secret token'), 'x']);
    expect(JSON.stringify(executor.calls[0]?.cmd)).not.toContain('secret token');
  });

  it('installs the toolkit and runs again when it is missing', async () => {
    const executor = fakeExecutor(NODE, [
      { when: 'BOOTSTRAP', answer: { code: 44 }, times: 1 },
      { when: 'INSTALL', answer: {} },
      { when: 'BOOTSTRAP', answer: {} },
    ]);
    expect(await ensureToolkit(executor, { templatesDir: '/none', toolkit: TOOLKIT })).toBe(TOOLKIT.dir);
    expect(executor.calls.map((c) => c.cmd.argv[2])).toEqual(['BOOTSTRAP', 'INSTALL', 'BOOTSTRAP']);
    expect(executor.calls[1]?.cmd.stdin).toBe(TOOLKIT.archive);
  });

  it('says why it cannot', async () => {
    const full = fakeExecutor(NODE, [
      { when: 'BOOTSTRAP', answer: { code: 44 } },
      { when: 'INSTALL', answer: { code: 46, stderr: 'the toolkit did not arrive complete\n' } },
    ]);
    await expect(ensureToolkit(full, { templatesDir: '/none', toolkit: TOOLKIT })).rejects.toMatchObject({
      code: 'change-failed',
      nodes: ['web1'],
      message: expect.stringContaining('did not arrive complete'),
    });
    const changed = fakeExecutor(NODE, [
      { when: 'BOOTSTRAP', answer: { code: 44 } },
      { when: 'INSTALL', answer: {} },
    ]);
    await expect(ensureToolkit(changed, { templatesDir: '/none', toolkit: TOOLKIT })).rejects.toMatchObject({ code: 'change-failed' });
    const token = fakeExecutor(NODE, [{ when: 'BOOTSTRAP', answer: { code: 45 } }]);
    await expect(installWebToken(token, 't', { templatesDir: '/none', toolkit: TOOLKIT })).rejects.toMatchObject({ code: 'change-failed' });
  });

  it('takes the token away by its hash', async () => {
    const executor = fakeExecutor(NODE, [{ when: 'rm -f', answer: {} }]);
    await removeWebToken(executor, 'secret token');
    expect(executor.calls[0]?.line).toBe(`rm -f -- /var/lib/moodle-cluster-wizard/run/web-token-${webTokenHash('secret token').slice(0, 12)}`);
  });
});
