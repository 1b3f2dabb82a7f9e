/** A rollback of configuration files: what it could not restore is never a success, and a forged record removes nothing that the run did not put there. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeOf } from '../../../src/core/change.js';
import type { RestorePoint } from '../../../src/core/record.js';
import { type BreakGlassInput, breakGlassScript } from '../../../src/engine/break-glass.js';
import { keepBefore, restoreFile } from '../../../src/engine/run/node-records.js';
import { restoreGuarded } from '../../../src/engine/trial/guarded.js';
import type { Cmd, Executor } from '../../../src/exec/executor.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { copyId, undoFault } from '../../../src/intake/undo.js';
import { beforeDir } from '../../../src/records/paths.js';
import { CLUSTER, clusterNode } from '../survey/world.js';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

// Folders above must be root's alone, which those for temporary files are not.
const base = process.getuid?.() === 0 ? mkdtempSync(join(homedir(), '.mcw-restore-')) : '';
afterAll(() => base !== '' && rmSync(base, { recursive: true, force: true }));

describe.runIf(base !== '')('on a node', () => {
  let etc = '';
  let conf = '';
  let record = '';
  beforeEach(() => {
    const dir = mkdtempSync(join(base, 'case-'));
    [etc, record] = [join(dir, 'etc'), join(dir, 'before')];
    conf = join(etc, 'site.conf');
    mkdirSync(etc);
    writeFileSync(conf, 'before');
    const list = `${sha(conf).slice(0, 24)}\troot\tnothing\t${sha('before')}\t${sha('ours')}\t${conf}\n`;
    expect(spawnSync('sh', ['templates/sh/guarded-keep.sh', record, ''], { input: list }).status).toBe(0);
    writeFileSync(conf, 'ours');
  });
  const restore = (...args: readonly string[]) => spawnSync('sh', [join(record, 'restore.sh'), ...args], { encoding: 'utf8' });

  it('a file whose folder others can write to by now is not restored, and that is no success', () => {
    chmodSync(etc, 0o777);
    expect(restore()).toMatchObject({ status: 1, stdout: expect.stringContaining('could not restore') });
    chmodSync(etc, 0o755);
    expect(restore()).toMatchObject({ status: 0, stdout: `restored: ${conf}\n` });
  });

  it('a file whose folder is unreachable is not restored, and that is no success', () => {
    const away = `${etc}.away`;
    spawnSync('mv', [etc, away]);
    expect(restore()).toMatchObject({ status: 1, stdout: expect.stringContaining('could not restore') });
    spawnSync('mv', [away, etc]);
    expect(restore().status).toBe(0);
    expect(readFileSync(conf, 'utf8')).toBe('before');
  });

  it('what was left once is not taken for left when it is restored later', () => {
    writeFileSync(conf, 'theirs');
    expect(restore().status).toBe(3);
    writeFileSync(conf, 'ours');
    expect(restore().status).toBe(0);
  });

  it('the wizard runs the script of a record only while root alone can change it', async () => {
    const executor = (name: string) =>
      ({
        node: { name },
        run: async ({ argv: [program = '', ...args] }: Cmd) => {
          const { status, stdout, stderr } = spawnSync(program, [...args.map((arg) => arg.replaceAll(beforeDir('r1'), record))], { encoding: 'utf8' });
          return { code: status ?? -1, stdout, stderr, ms: 1 };
        },
      }) as unknown as Executor;
    const input = { cluster: CLUSTER, emit: () => {}, toolkitDir: resolve('templates'), executor };
    const point = { id: 'r1', files: [{ node: 'main' }] } as unknown as RestorePoint;
    chmodSync(record, 0o777);
    await expect(restoreGuarded(input, point)).rejects.toMatchObject({
      code: 'change-failed',
      evidence: [expect.stringContaining('other users can change it')],
    });
    expect(readFileSync(conf, 'utf8')).toBe('ours');
    chmodSync(record, 0o700);
    await restoreGuarded(input, point);
    expect(readFileSync(conf, 'utf8')).toBe('before');
  });

  it('break-glass.sh restores the files also where the copy of the cache configuration is lost', () => {
    const input: BreakGlassInput = {
      node: 'main',
      site: 'sitea',
      run: '20260101T000000-abc',
      muc: join(etc, 'muc.php'),
      sha256: 'a'.repeat(64),
      mode: '660',
      user: 'nobody',
      fileNodes: ['main', 'web1'],
      unit: '',
      dirroot: '/nowhere',
      cachedir: '/nowhere',
      php: 'php',
    };
    const script = breakGlassScript('templates', input).replace(/^restore=.*$/m, `restore=${join(record, 'restore.sh')}`);
    const ended = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(ended).toMatchObject({
      status: 2,
      stdout: expect.stringContaining(`restored: ${conf}`),
      stderr: expect.stringContaining('muc.php was not restored'),
    });
    expect(ended.stdout).toContain('On web1, as root:');
    expect(ended.stdout).not.toContain('reload PHP');
    expect(readFileSync(conf, 'utf8')).toBe('before');
    // Without files nothing was changed, and that is what it says.
    const without = breakGlassScript('templates', { ...input, fileNodes: [] });
    expect(spawnSync('sh', ['-c', without], { encoding: 'utf8' })).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('a forged record', () => {
  const PATH = '/etc/nginx/nginx.conf';
  const file = (path: string, holdsSecret: boolean) =>
    ({ id: 'x', kind: 'file', node: 'web1', path, content: 'x', holdsSecret }) as unknown as ChangeOf<'file'>;

  it('cannot have configuration of a service removed or restored without a look at its content', () => {
    expect(undoFault({ change: file(PATH, true), undo: { before: null } })).toContain('file that the wizard writes a secret into');
    expect(undoFault({ change: file(PATH, false), undo: { before: null } })).toBeNull();
    expect(undoFault({ change: file(PATH, false), undo: { before: copyId('/etc/shadow') } })).not.toBeNull();
    expect(undoFault({ change: file('/etc/shadow', false), undo: { before: null } })).not.toBeNull();
  });

  it('cannot have it removed where the node has no record of the run; files of the wizard go as in version 0.1.0', async () => {
    const asked: string[] = [];
    const executor = fakeExecutor(clusterNode('web1', ['web']), [{ when: 'record-', answer: { stdout: 'absent\n' } }]);
    const node = { ...executor, run: (...call: Parameters<typeof executor.run>) => (asked.push(call[0].argv.join(' ')), executor.run(...call)) };
    expect(await keepBefore(node, '/kit', 'r1', PATH)).toBeNull();
    await restoreFile(node, '/kit', 'r1', PATH, null);
    await restoreFile(node, '/kit', 'r1', '/etc/moodle-cluster-wizard/redis1.conf', null);
    expect(asked[1]).toMatch(new RegExp(` absent:${copyId(PATH)} ${PATH}$`));
    expect(asked[2]).toMatch(/ - \/etc\/moodle-cluster-wizard\/redis1\.conf$/);
  });
});
