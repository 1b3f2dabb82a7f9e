/** Records as hostile files: restore points, journals, cards. Each fault is named, nothing crashes, nothing of another site is opened. */

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPlan } from '../../../src/app/output.js';
import { findUnfinished, formatJournal } from '../../../src/app/unfinished.js';
import { WizardError } from '../../../src/core/errors.js';
import type { RestorePoint, SiteBinding } from '../../../src/core/record.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { bindingFault, boundRecord } from '../../../src/records/bound-record.js';
import { openJournal, readJournal } from '../../../src/records/journal.js';
import { openSiteRecord, type SiteRecord } from '../../../src/records/site-record.js';
import { clusterNode } from '../survey/world.js';

let attempts = 0;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcw-records-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
afterAll(() => console.log(`${attempts} hostile records, none got through`));

const SHA = 'a'.repeat(64);
const POINT = {
  v: 1,
  id: '20260101T000000-abc',
  site: 'sitea',
  created: '2026-01-01T00:00:00Z',
  run: '20260101T000000-abc',
  by: 'root@main',
  state: 'applied',
  kind: 'apply',
  muc: { sha256: SHA, mode: '660', owner: 'www-data', group: 'www-data' },
  mucAfter: SHA,
  versionsHash: 'v',
  journal: '/root/j',
};

async function failure(work: () => unknown): Promise<WizardError> {
  attempts += 1;
  try {
    await work();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(WizardError);
    expect((thrown as WizardError).code).not.toBe('bug');
    return thrown as WizardError;
  }
  return expect.unreachable('it was taken');
}

const keys = (length: number) => `{${Array.from({ length }, (_, i) => `"k${i}":1`).join()}}`;
const millionKeys = () => keys(1_000_000);
const deep = () => `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

describe('a restore point', () => {
  const pointsOf = (folder: string, meta: string) =>
    openSiteRecord(fakeExecutor(clusterNode('main', ['main']), [{ when: 'site-record.sh points', answer: { stdout: `${folder}\t${meta}\n` } }]), '/kit').points(
      'sitea',
    );

  it('as it is written is read, also an old one and one with keys of a newer version', async () => {
    const { mucAfter: _m, ...old } = POINT;
    for (const point of [POINT, old, { ...POINT, later: { a: 1 } }]) {
      expect(await pointsOf(POINT.id, JSON.stringify(point))).toEqual([{ mucAfter: null, ...point }]);
    }
  });

  it.each([
    ['another id than its folder', { id: '20260101T000000-other' }],
    ['the site of another', { site: 'siteb' }],
    ['an id that climbs', { id: '../../../../etc' }],
    ['an id that is an option', { id: '--help' }],
    ['an id with a command', { id: 'a;id' }],
    ['an id that is a list', { id: ['x'] }],
    ['a run that climbs', { run: '../../x' }],
    ['an unknown state', { state: 'applied; rm' }],
    ['an unknown kind', { kind: 'evil' }],
    ['a mode with a command', { muc: { ...POINT.muc, mode: '660 /etc/shadow' } }],
    ['a hash with a command', { muc: { ...POINT.muc, sha256: '$(id)' } }],
    ['a journal with an escape', { journal: '/x\u001b[2J' }],
    ['a journal without end', { journal: `/${'x'.repeat(100_000)}` }],
    ['nodes that are no list', { notTakenBack: { length: 1e9 } }],
    ['a user with a command', { webUser: 'root;id' }],
    ['no version', { v: undefined }],
    ['a later version', { v: 2 }],
  ])('with %s is named', async (_name, change) => {
    const error = await failure(() => pointsOf(POINT.id, JSON.stringify({ ...POINT, ...change })));
    expect(error.message).toContain(`${POINT.id}/meta.json`);
    expect(error.remedies.length).toBeGreaterThan(0);
  });

  it.each([
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['a million keys', millionKeys()],
    ['two hundred thousand brackets', deep()],
    ['a prototype', '{"__proto__":{"id":"x","site":"sitea"}}'],
  ])('that is %s is named', async (_name, text) => {
    expect((await failure(() => pointsOf(POINT.id, text))).message).toContain('meta.json');
    expect(({} as Record<string, unknown>)['id']).toBeUndefined();
  });

  it('whose undo has another form is named, before any of it is run', async () => {
    const lines = [
      '{"change":{"id":1,"kind":"file","node":"main"},"undo":null}',
      '{"change":"x","undo":null}',
      '{"undo":null}',
      '[]',
      '{"change":{"id":"a","kind":"file","node":"m"},"undo":"rm"}',
    ];
    for (const line of lines) {
      const executor = fakeExecutor(clusterNode('main', ['main']), [{ when: 'site-record.sh read', answer: { stdout: `${line}\n` } }]);
      expect((await failure(() => openSiteRecord(executor, '/kit').readUndo(POINT as unknown as RestorePoint))).message).toContain('undo.jsonl');
    }
  });

  it('whose undo is damaged is not to be moved away: a rollback without it would undo nothing and report success', async () => {
    const executor = fakeExecutor(clusterNode('main', ['main']), [{ when: 'site-record.sh read', answer: { stdout: '[]\n' } }]);
    const { remedies } = await failure(() => openSiteRecord(executor, '/kit').readUndo(POINT as unknown as RestorePoint));
    expect(remedies.join('\n')).toContain('break-glass.sh');
    expect(remedies.join('\n')).not.toMatch(/\bmv\b/);
  });

  it("that others could change says how to make it root's alone", async () => {
    const answer = { code: 77, stderr: '/var/lib/x other users can change it (mode 777)\n' };
    const executor = fakeExecutor(clusterNode('main', ['main']), [{ when: 'site-record.sh', answer }]);
    const error = await failure(() => openSiteRecord(executor, '/kit').readUndo(POINT as unknown as RestorePoint));
    expect(error.evidence.join('\n')).toContain('other users can change it');
    expect(error.remedies.join('\n')).toMatch(/chown .*chmod /);
  });
});

describe('what a rollback takes from a record', () => {
  const read = (entry: object) =>
    openSiteRecord(
      fakeExecutor(clusterNode('main', ['main']), [{ when: 'site-record.sh read', answer: { stdout: `${JSON.stringify(entry)}\n` } }]),
      '/kit',
    ).readUndo(POINT as unknown as RestorePoint);
  const CONF = '/etc/moodle-cluster-wizard/redis1.conf';
  const DROP_IN = '/etc/systemd/system/moodle-muc-redis1.service.d';
  const file = (path: string, undo: object | null) => ({ change: { id: 'f', node: 'main', kind: 'file', path, content: '', holdsSecret: true }, undo });
  const folder = (path: string, undo: object | null) => ({ change: { id: 'd', node: 'main', kind: 'directory', path }, undo });
  const packages = (undo: object | null) => ({ change: { id: 'p', node: 'main', kind: 'package', packages: ['php-redis'] }, undo });

  it.each([
    ['a file that was not there', file(CONF, { before: null })],
    ['a file with its copy', file(CONF, { before: '87c10b2d0e1cb1f0e4f8e9ec' })],
    ['a folder that was made', folder(DROP_IN, { was: null, made: ['/etc/systemd/system', DROP_IN] })],
    ['a folder that was there', folder('/etc/moodle-cluster-wizard', { was: { mode: '755', owner: 'root', group: 'root' } })],
    ['packages', packages({ added: ['php8.2-redis', 'libstdc++6'], hadConfig: [] })],
    ['a unit', { change: { id: 'u', node: 'main', kind: 'unit', unit: 'php8.2-fpm.service' }, undo: { active: true, enabled: true } }],
  ])('%s, as a run writes it, is read', async (_name, entry) => {
    const copy = createHash('sha256').update(CONF).digest('hex').slice(0, 24);
    const text = JSON.stringify(entry).replace('87c10b2d0e1cb1f0e4f8e9ec', copy);
    expect(await read(JSON.parse(text))).toEqual([JSON.parse(text)]);
  });

  it.each([
    ['the file of another', file('/etc/shadow', { before: null })],
    ['a file beside ours', file('/etc/moodle-cluster-wizard/../shadow', { before: null })],
    ['a unit file of another', file('/etc/systemd/system/ssh.service', { before: null })],
    ['the copy of a place where others write', file(CONF, { before: '../../../../../tmp/evil' })],
    ['the copy of another file', file(CONF, { before: 'a'.repeat(24) })],
    ['no word about the copy', file(CONF, {})],
    ['the folder of another', folder('/etc', { was: { mode: '755', owner: 'root', group: 'root' } })],
    ['a mode for everybody', folder(DROP_IN, { was: { mode: '777', owner: 'root', group: 'root' } })],
    ['an owner that is an option', folder(DROP_IN, { was: { mode: '755', owner: '--reference=/x', group: 'root' } })],
    ['folders elsewhere', folder(DROP_IN, { was: null, made: ['/srv/empty'] })],
    ['packages that are options', packages({ added: ['-oDPkg::Pre-Invoke::=id'], hadConfig: [] })],
    ['packages that are no list', packages({ added: { length: 1 } })],
  ])('%s is refused before anything is done', async (_name, entry) => {
    expect((await failure(() => read(entry))).message).toContain('undo.jsonl');
  });
});

describe('a journal', () => {
  const line = (more: object) => JSON.stringify({ v: 1, seq: 1, t: '2026-01-01T00:00:00.000Z', run: 'r', ev: 'change.done', change: 'c', node: 'n', ...more });
  const put = (text: string) => {
    writeFileSync(join(dir, 'journal.jsonl'), text);
    return join(dir, 'journal.jsonl');
  };

  it.each([
    ['a list', '[1]'],
    ['null', 'null'],
    ['a million keys and no event', millionKeys()],
    ['no time', line({ t: undefined })],
    ['a time that is a number', line({ t: 1 })],
    ['an event that is an object', line({ ev: { toString: 'x' } })],
    ['a change that is a list', line({ change: ['x'] })],
    ['changes that are no list', line({ ev: 'plan.approved', changes: { length: 1e9 } })],
    ['a change without end', line({ change: 'x'.repeat(1_000_000) })],
    ['a prototype', '{"__proto__":{"ev":"run.end"},"v":1}'],
  ])('with a line that is %s is named with the line', async (_name, text) => {
    const file = put(`${line({})}\n${text}\n`);
    const error = await failure(() => readJournal(file));
    expect(error.message).toContain(`The journal ${file} is damaged: line 2:`);
  });

  it('with a hundred thousand keys beside those it needs is read, and shown as one line', () => {
    const file = put(`{"ev":"run.end","v":1,"seq":1,"t":"2026-01-01T00:00:00Z","run":"r","outcome":"changed","exitCode":0,${keys(100_000).slice(1)}\n`);
    attempts += 1;
    expect(formatJournal(readJournal(file))).toHaveLength(1);
  });

  it('that was torn by a power cut is read up to there', () => {
    expect(readJournal(put(`${line({})}\n{"v":1,"se`))).toHaveLength(1);
  });

  it('that a restore point names elsewhere is offered as nothing, whatever is there', async () => {
    const root = join(dir, 'sites');
    mkdirSync(join(root, 'sitea', 'restore-points', POINT.id), { recursive: true });
    writeFileSync(join(root, 'sitea', 'site.json'), JSON.stringify({ site: 'sitea', cluster: 'c', dirroot: '/w', mucPath: '/m', wwwroot: 'w' }));
    symlinkSync('/dev/zero', join(dir, 'device'));
    for (const journal of ['/etc/passwd', join(dir, 'device'), '/proc/kmsg', dir]) {
      attempts += 1;
      writeFileSync(join(root, 'sitea', 'restore-points', POINT.id, 'meta.json'), JSON.stringify({ ...POINT, state: 'open', journal }));
      expect((await findUnfinished(root))?.journal).toEqual([]);
    }
  });

  it('that is damaged is not written to', async () => {
    const state = join(dir, 'state');
    mkdirSync(join(state, 'runs', 'r'), { recursive: true, mode: 0o700 });
    writeFileSync(join(state, 'runs', 'r', 'journal.jsonl'), '[]\n', { mode: 0o600 });
    expect((await failure(() => openJournal(state, 'r', () => new Date(0)))).message).toContain('is damaged');
  });
});

describe('a plan', () => {
  it.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['stages of another form', '{"version":1,"hash":"x","stages":[null]}'],
    ['changes of another form', '{"version":1,"hash":"x","stages":[{"changes":[1]}]}'],
    ['an id that is no text', '{"version":1,"hash":"x","stages":[{"changes":[{"id":{}}]}]}'],
    ['a million keys', millionKeys()],
  ])('that is %s is refused in words', async (_name, text) => {
    const file = join(dir, 'plan.json');
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    const error = await failure(() => readPlan(file));
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain('it is not a plan of this wizard');
  });
});

describe('the record of another site', () => {
  const A = { dirroot: '/var/www/a', webUser: 'web-a' };
  const B = { dirroot: '/var/www/b', webUser: 'web-b' };
  const card = (bound: object) => JSON.stringify({ site: 'sitea', cluster: 'c', mucPath: '/data/a/muc/config.php', wwwroot: 'w', ...bound });

  /** The record of site A as the main node holds it, and what was asked of it. */
  function recordOf(json: string, now: SiteBinding) {
    const asked: string[] = [];
    const executor = fakeExecutor(clusterNode('main', ['main']), [
      { when: 'site.json', answer: { stdout: json } },
      { when: 'site-record.sh', answer: { stdout: '' } },
    ]);
    const spied = {
      ...executor,
      run: (...args: Parameters<typeof executor.run>) => {
        asked.push(args[0].argv.slice(2).join(' '));
        return executor.run(...args);
      },
    };
    return { record: boundRecord(openSiteRecord(spied, '/kit'), () => now), asked };
  }

  const point = POINT as unknown as RestorePoint;
  const CALLS: readonly (readonly [string, (r: SiteRecord) => Promise<unknown>])[] = [
    ['writeCard', (r) => r.writeCard({ site: 'sitea', cluster: 'c', dirroot: '/x', mucPath: '/m', wwwroot: 'w' })],
    ['points', (r) => r.points('sitea')],
    ['writePoint', (r) => r.writePoint(point)],
    ['reserve', (r) => r.reserve('sitea')],
    ['dropPoints', (r) => r.dropPoints('sitea', ['x'])],
    ['writeMuc', (r) => r.writeMuc(point, Buffer.from('x'))],
    ['readMuc', (r) => r.readMuc(point)],
    ['appendUndo', (r) => r.appendUndo(point, { change: { id: 'a', kind: 'settle', node: 'm' } as never, undo: null })],
    ['readUndo', (r) => r.readUndo(point)],
    ['writeFile', (r) => r.writeFile('sitea', 'x', 'y')],
    ['readFile', (r) => r.readFile('sitea', 'x')],
    ['readJson', (r) => r.readJson('sitea', 'x', undefined as never)],
    ['readBytes', (r) => r.readBytes('sitea', 'x')],
    ['removeFile', (r) => r.removeFile('sitea', 'x')],
    ['audit', (r) => r.audit('sitea', {})],
  ];

  it.each(CALLS)('is not opened: %s', async (_name, call) => {
    const { record, asked } = recordOf(card({ ...A }), B);
    const error = await failure(() => call(record));
    expect(error).toMatchObject({ code: 'record-differs', exitCode: 2 });
    for (const value of ['sitea', A.dirroot, B.dirroot, 'web-a', 'web-b']) expect(error.message).toContain(value);
    expect(error.remedies.join()).toContain('rm -- /var/lib/moodle-cluster-wizard/sites/sitea/site.json');
    // Nothing but the card was asked for.
    expect(asked).toEqual([expect.stringContaining('site.json')]);
  });

  it('covers every call that a record has', () => {
    const { record } = recordOf(card(A), A);
    expect(['list', ...CALLS.map(([name]) => name)].sort()).toEqual(Object.keys(record).sort());
  });

  it('is told by the folder and by the user, each alone; a slash at the end is no difference', () => {
    expect(bindingFault(A, { ...A, webUser: 'web-b' })).toContain('web user');
    expect(bindingFault(A, { ...A, dirroot: '/var/www/b' })).toContain('Moodle folder');
    expect(bindingFault({ dirroot: '/var/www/a/' }, A)).toBeNull();
    expect(bindingFault({ dirroot: '/var/www/a', webUser: 'web-a' }, { dirroot: '/var/www/a', webUser: null })).toBeNull();
  });

  it('of an older version, which names no user, and one without a card are opened by the site', async () => {
    for (const json of [card({ dirroot: A.dirroot }), card(A)]) expect(await recordOf(json, A).record.points('sitea')).toEqual([]);
  });

  it('with a damaged card is not opened', async () => {
    for (const json of ['{}', 'null', '[', card({ dirroot: 1 })]) {
      expect((await failure(() => recordOf(json, A).record.points('sitea'))).message).toContain('site.json');
    }
  });

  it('gives no restore point to publish that was made of another', async () => {
    for (const bound of [{ dirroot: B.dirroot }, { dirroot: A.dirroot, webUser: 'web-b' }]) {
      const { record, asked } = recordOf(card(A), A);
      const error = await failure(() => record.readMuc({ ...point, ...bound }));
      expect(error.message).toContain(`Restore point ${POINT.id} belongs to another site`);
      expect(asked.filter((a) => a.includes('read64'))).toEqual([]);
    }
  });
});
