import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../../src/core/cluster.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { buildKit, ensureKit, enter, installWebToken, readKit, removeWebToken, webTokenHash } from '../../../src/survey/kit.js';
import { tar } from '../../../src/survey/tar.js';

const NODE: ClusterNode = {
  name: 'web1',
  host: '10.0.0.21',
  roles: ['web'],
  webPort: 80,
  state: 'in',
  ssh: { hostKeys: 'known_hosts', sudo: { kind: 'auto' } },
};
const KIT = buildKit([
  { path: 'survey/enter.sh', content: Buffer.from('ENTER') },
  { path: 'survey/install-kit.sh', content: Buffer.from('INSTALL') },
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
    const kit = buildKit([
      { path: 'a/b/c.txt', content: Buffer.from('hello\n') },
      { path: 'a/big', content: big },
      { path: 'empty', content: Buffer.alloc(0) },
    ]);
    const unpacked = spawnSync('tar', ['-xf', '-', '-C', dir], { input: kit.archive });
    expect(unpacked.stderr.toString()).toBe('');
    expect(unpacked.status).toBe(0);
    expect(readFileSync(join(dir, 'a/big')).equals(big)).toBe(true);
    expect(spawnSync('sha256sum', ['-c', '--status', 'SHA256SUMS'], { cwd: dir }).status).toBe(0);
  });

  it('refuses paths that would leave its folder or do not fit', () => {
    for (const path of ['../x', '/x', 'a/../x', 'x'.repeat(101)]) expect(() => tar([{ path, content: Buffer.alloc(0) }])).toThrow();
  });

  it('is named after its content', () => {
    const one = buildKit([{ path: 'a', content: Buffer.from('1') }]);
    expect(buildKit([{ path: 'a', content: Buffer.from('1') }]).hash).toBe(one.hash);
    expect(buildKit([{ path: 'a', content: Buffer.from('2') }]).hash).not.toBe(one.hash);
    expect(one.dir).toBe(`/var/lib/moodle-cluster-wizard/kit/${one.hash}`);
  });

  it('holds the scripts of this package', () => {
    const kit = readKit('templates');
    expect(kit.enter).toContain('exit 44');
    expect(kit.install).toContain('tar -xf');
  });
});

describe('entering a node', () => {
  it('takes one round trip when the kit is there', async () => {
    const executor = fakeExecutor(NODE, [{ when: 'ENTER', answer: { stdout: 'ok' } }]);
    const result = await enter(executor, KIT, { token: 'secret token', args: ['x'], stdin: '{}' });
    expect(result.stdout).toBe('ok');
    expect(executor.calls).toHaveLength(1);
    expect(executor.calls[0]).toMatchObject({ options: { as: 'root' }, cmd: { stdin: '{}' } });
    expect(executor.calls[0]?.cmd.argv.slice(2)).toEqual(['ENTER', 'mcw-survey', KIT.hash, KIT.sums, webTokenHash('secret token'), 'x']);
    expect(JSON.stringify(executor.calls[0]?.cmd)).not.toContain('secret token');
  });

  it('installs the kit and asks again when it is not', async () => {
    const executor = fakeExecutor(NODE, [
      { when: 'ENTER', answer: { code: 44 }, times: 1 },
      { when: 'INSTALL', answer: {} },
      { when: 'ENTER', answer: {} },
    ]);
    expect(await ensureKit(executor, { templatesDir: '/none', kit: KIT })).toBe(KIT.dir);
    expect(executor.calls.map((c) => c.cmd.argv[2])).toEqual(['ENTER', 'INSTALL', 'ENTER']);
    expect(executor.calls[1]?.cmd.stdin).toBe(KIT.archive);
  });

  it('says why it cannot', async () => {
    const full = fakeExecutor(NODE, [
      { when: 'ENTER', answer: { code: 44 } },
      { when: 'INSTALL', answer: { code: 46, stderr: 'the kit did not arrive whole\n' } },
    ]);
    await expect(ensureKit(full, { templatesDir: '/none', kit: KIT })).rejects.toMatchObject({
      code: 'change-failed',
      nodes: ['web1'],
      message: expect.stringContaining('did not arrive whole'),
    });
    const changed = fakeExecutor(NODE, [
      { when: 'ENTER', answer: { code: 44 } },
      { when: 'INSTALL', answer: {} },
    ]);
    await expect(ensureKit(changed, { templatesDir: '/none', kit: KIT })).rejects.toMatchObject({ code: 'change-failed' });
    const token = fakeExecutor(NODE, [{ when: 'ENTER', answer: { code: 45 } }]);
    await expect(installWebToken(token, 't', { templatesDir: '/none', kit: KIT })).rejects.toMatchObject({ code: 'change-failed' });
  });

  it('takes the token away by its hash', async () => {
    const executor = fakeExecutor(NODE, [{ when: 'rm -f', answer: {} }]);
    await removeWebToken(executor, 'secret token');
    expect(executor.calls[0]?.line).toBe(`rm -f -- /var/lib/moodle-cluster-wizard/run/web-token-${webTokenHash('secret token').slice(0, 12)}`);
  });
});
