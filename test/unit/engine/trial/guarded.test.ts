/** Files on trial beside the MUC file: what restore points list, what a list may hold, and what the scripts on a node do with it. */

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, ChangeOf, StagePlan } from '../../../../src/core/change.js';
import type { Cluster } from '../../../../src/core/cluster.js';
import type { GuardedFile } from '../../../../src/core/guarded.js';
import type { RestorePoint } from '../../../../src/core/record.js';
import { breakGlassScript } from '../../../../src/engine/break-glass.js';
import { formatContents } from '../../../../src/engine/points.js';
import { trialOf } from '../../../../src/engine/trial/arm.js';
import { changedFiles, guardedList, withGuarded } from '../../../../src/engine/trial/guarded.js';
import { restorePoint, trialRecord } from '../../../../src/intake/records.js';
import { afterwardsOf } from '../../../../src/platform/guarded.js';
import { CLUSTER } from '../../survey/world.js';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const PATH = '/etc/nginx/sites-available/moodle';
const FILE: GuardedFile = { path: PATH, sha256: sha('before'), ours: [sha('ours')], writer: 'root', after: 'reload-nginx' };
const POINT: RestorePoint = {
  v: 1,
  id: '20260101T120000-abcdef',
  site: '459bd77a00a81a70',
  created: '2026-01-01T12:00:00.000Z',
  run: '20260101T120000-abcdef',
  by: 'root@main',
  state: 'open',
  kind: 'apply',
  muc: null,
  mucAfter: null,
  versionsHash: '',
  journal: '/x',
};
const arm = (node: string, files: readonly GuardedFile[], muc?: false): Change =>
  ({ kind: 'trial-arm', id: `trial-arm:${node}:x`, node, step: 's', files, ...(muc === undefined ? {} : { muc }) }) as unknown as Change;
const stage = (...changes: readonly Change[]): StagePlan => ({ stage: 's', changes, provisional: false });

describe('a restore point with other files', () => {
  it('lists each with its node, is read again, and says what it holds', () => {
    const point = withGuarded(POINT, stage(arm('web1', [FILE]), arm('web2', [FILE])));
    expect(point.files?.map((f) => f.node)).toEqual(['web1', 'web2']);
    expect(restorePoint.parse(JSON.parse(JSON.stringify(point)))).toEqual(point);
    expect(formatContents(point)).toBe('no cache configuration, 2 files on web1, web2');
    expect(formatContents({ ...POINT, muc: { sha256: sha('x'), mode: '660', owner: 'a', group: 'a' } })).toBe(`cache configuration ${sha('x').slice(0, 12)}`);
  });

  it('keeps the content of before the run when a resumed run finds its own', () => {
    const first = withGuarded(POINT, stage(arm('web1', [FILE])));
    const again = withGuarded(first, stage(arm('web1', [{ ...FILE, sha256: sha('ours'), ours: [sha('newer')] }])));
    expect(again.files).toEqual([{ ...FILE, node: 'web1', ours: [sha('ours'), sha('newer')] }]);
  });

  it('is as before without any, so records of version 0.1.0 are what they were', () => {
    expect(withGuarded(POINT, stage(arm('web1', [])))).toBe(POINT);
    expect(restorePoint.parse(POINT)).toEqual(POINT);
    expect(trialRecord.parse({ v: 1, id: 'a', nodes: ['main'] })).toEqual({ v: 1, id: 'a', by: '', armedAt: '', nodes: ['main'], endsAt: '' });
  });

  it('tells which of them the run wrote', () => {
    const point = withGuarded(POINT, stage(arm('web1', [FILE]), arm('web2', [FILE])));
    const change = { kind: 'file', id: 'file:web2:x', node: 'web2', path: PATH } as unknown as Change;
    expect(changedFiles(point, [{ change, undo: null }]).map((f) => f.node)).toEqual(['web2']);
  });
});

describe('where the mark of a trial lies', () => {
  const balancer = { ...(CLUSTER.nodes[0] as Cluster['nodes'][number]), name: 'lb1', roles: ['load-balancer' as const] };
  const cluster: Cluster = { ...CLUSTER, nodes: [...CLUSTER.nodes, balancer] };
  const of = (point: RestorePoint, muc?: false) => trialOf(cluster, point, { muc } as Pick<ChangeOf<'trial-arm'>, 'muc'>);

  it('is beside the MUC file for the MUC file alone, as in version 0.1.0', () => {
    expect(of(POINT)).toEqual({ nodes: expect.arrayContaining(['main']) });
  });

  it('is on each node when nothing is shared, and main decides', () => {
    const point = withGuarded(POINT, stage(arm('lb1', [FILE], false)));
    expect(of(point, false)).toEqual({ nodes: ['main', 'lb1'], muc: false, fileNodes: ['lb1'], ownMarks: ['main', 'lb1'] });
  });

  it('is also on a node that has no data folder when others share theirs', () => {
    const point = withGuarded(POINT, stage(arm('lb1', [FILE])));
    expect(of(point)).toMatchObject({ fileNodes: ['lb1'], ownMarks: ['lb1'] });
  });
});

describe('what may be guarded', () => {
  it('is configuration of known services, each with its own action', () => {
    expect(afterwardsOf(PATH)).toBe('reload-nginx');
    expect(afterwardsOf('/etc/haproxy/haproxy.cfg')).toBe('reload-haproxy');
    for (const path of ['/etc/shadow', '/etc/nginx/../shadow', '/etc/nginx', 'etc/nginx/x', '/etc/nginxx/a', '/etc/nginx/a\nb'])
      expect(afterwardsOf(path)).toBeNull();
  });

  const list = (file: GuardedFile) => guardedList({ node: 'web1', files: [file], webUser: 'www-data', dataroot: '/data' });
  it('is written as one line a file', () => {
    expect(list(FILE)).toMatch(new RegExp(`^[0-9a-f]{24}\troot\treload-nginx\t${sha('before')}\t${sha('ours')}\t${PATH}\n$`));
    expect(list({ ...FILE, sha256: null, ours: [] })).toContain('\treload-nginx\t-\t-\t');
    expect(list({ ...FILE, path: '/data/x', writer: 'web-user', after: 'nothing' })).toContain('\twww-data\tnothing\t');
  });
  it.each([
    ['another file of the system', { ...FILE, path: '/etc/shadow' }],
    ['another action', { ...FILE, after: 'nothing' }],
    ['a file of the web user outside of its data folder', { ...FILE, writer: 'web-user', after: 'nothing' }],
    ['a file of the web user that a service follows', { ...FILE, path: '/data/x', writer: 'web-user' }],
    ['a hash that is none', { ...FILE, ours: ['x,y'] }],
  ] as const)('is not %s', (_what, file) => {
    expect(() => list(file as GuardedFile)).toThrow();
  });
});

describe('break-glass.sh of a run without a MUC file', () => {
  it('restores the files of main and names the command for the other nodes', () => {
    const script = breakGlassScript('templates', {
      node: 'main',
      site: POINT.site,
      run: POINT.id,
      muc: '',
      sha256: '',
      mode: '',
      user: '',
      unit: '',
      dirroot: '/var/www/moodle',
      cachedir: '',
      php: 'php',
      fileNodes: ['main', 'web1'],
    });
    expect(script).toContain(`restore=/var/lib/moodle-cluster-wizard/before/${POINT.id}/restore.sh\nhere=1\nothers=web1\n`);
    expect(spawnSync('dash', ['-n'], { input: script }).status).toBe(0);
  });
});

// Folders above must be root's alone, which those for temporary files are not.
const base = process.getuid?.() === 0 ? mkdtempSync(join(homedir(), '.mcw-guarded-')) : '';
afterAll(() => base !== '' && rmSync(base, { recursive: true, force: true }));

describe.runIf(base !== '')('on a node', () => {
  let dir = '';
  let conf = '';
  let record = '';
  beforeEach(() => {
    dir = mkdtempSync(join(base, 'case-'));
    conf = join(dir, 'etc', 'site.conf');
    record = join(dir, 'before', 'run1');
    mkdirSync(join(dir, 'etc'));
    writeFileSync(conf, 'before', { mode: 0o640 });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const line = (path: string, before: string, ours: string, writer = 'root') => `${sha(path).slice(0, 24)}\t${writer}\tnothing\t${before}\t${ours}\t${path}\n`;
  const keep = (list: string) => spawnSync('sh', ['templates/sh/guarded-keep.sh', record, ''], { input: list, encoding: 'utf8' });
  const restore = (...args: readonly string[]) => spawnSync('sh', [join(record, 'restore.sh'), ...args], { encoding: 'utf8' });
  const LIST = () => line(conf, sha('before'), sha('ours'));

  it('a changed file is restored with its owner and mode, by one script that stands alone; twice is as once', () => {
    expect(keep(LIST()).stdout).toBe('');
    writeFileSync(conf, 'ours');
    chmodSync(conf, 0o600);
    expect(restore()).toMatchObject({ status: 0, stdout: `restored: ${conf}\n` });
    expect(readFileSync(conf, 'utf8')).toBe('before');
    expect(statSync(conf).mode & 0o777).toBe(0o640);
    expect(restore()).toMatchObject({ status: 0, stdout: '' });
    expect(readdirSync(join(dir, 'etc'))).toEqual(['site.conf']);
  });

  it('a file that was not there is removed', () => {
    const made = join(dir, 'etc', 'made.conf');
    expect(keep(line(made, '-', sha('ours'))).stdout).toBe('');
    writeFileSync(made, 'ours');
    expect(restore().status).toBe(0);
    expect(existsSync(made)).toBe(false);
  });

  it("somebody else's version stays, or is kept beside with --force", () => {
    keep(LIST());
    writeFileSync(conf, 'theirs');
    expect(restore()).toMatchObject({ status: 3, stdout: expect.stringContaining('left as it is') });
    expect(readFileSync(conf, 'utf8')).toBe('theirs');
    expect(restore('--force').status).toBe(0);
    expect(readFileSync(conf, 'utf8')).toBe('before');
    expect(readFileSync(join(record, `aside.${sha('theirs')}`), 'utf8')).toBe('theirs');
  });

  it('the first copy is the one of before the run, also when it is kept again with the file of the run in place', () => {
    keep(LIST());
    writeFileSync(conf, 'ours');
    expect(keep(LIST()).status).toBe(0);
    expect(restore().status).toBe(0);
    expect(readFileSync(conf, 'utf8')).toBe('before');
  });

  it.each([
    ['its folder can be written by others', () => chmodSync(join(dir, 'etc'), 0o777), 'everybody can write'],
    ['it is a link', () => (rmSync(conf), symlinkSync('/etc/hostname', conf)), 'not the file that the plan was made for'],
    ['it has another content', () => writeFileSync(conf, 'other'), 'not the file that the plan was made for'],
    ['its folder is gone', () => rmSync(join(dir, 'etc'), { recursive: true }), 'does not exist'],
  ])('nothing is guarded where %s', (_when, make, why) => {
    make();
    const result = keep(LIST());
    expect(result).toMatchObject({ status: 1, stdout: expect.stringContaining(why) });
    expect(existsSync(join(record, 'guarded'))).toBe(false);
  });

  it('root follows no link that is planted afterwards, and writes into no folder that others can change', () => {
    keep(LIST());
    const target = join(dir, 'target');
    writeFileSync(target, 'untouched');
    rmSync(conf);
    symlinkSync(target, conf);
    expect(restore('--force').status).toBe(0);
    expect(lstatSync(conf).isFile()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe('untouched');
    writeFileSync(conf, 'ours');
    chmodSync(join(dir, 'etc'), 0o777);
    expect(restore('--force')).toMatchObject({ status: 1, stdout: expect.stringContaining('everybody can write') });
    expect(readFileSync(conf, 'utf8')).toBe('ours');
  });

  it('an action that is not in the list is refused, never run', () => {
    const script = `. templates/sh/as-user.sh; . templates/sh/guarded-file.sh; guard_after 'touch ${dir}/pwned'; guard_after '$(touch ${dir}/pwned)'`;
    expect(execFileSync('sh', ['-c', `${script}; :`], { encoding: 'utf8' })).toContain('unknown action');
    expect(existsSync(join(dir, 'pwned'))).toBe(false);
  });

  it('the library leaves the variables of the script that sources it alone', () => {
    keep(LIST());
    const names = 'id writer after before ours path now want dir mode owner group user';
    const script = `user=www-data; for n in ${names}; do eval "$n=mine"; done
      . templates/sh/as-user.sh; . templates/sh/guarded-file.sh
      guard_rehearse ${record}; guard_restore ${record} all ''; guard_afterwards ${record}
      for n in ${names}; do eval "[ \\"\\$$n\\" = mine ] || echo changed $n"; done`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8', cwd: resolve('.') })).toBe('');
  });
});
