import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ChangeOf } from '../../../src/core/change.js';
import type { WizardEvent } from '../../../src/core/events.js';
import { remedy } from '../../../src/core/remedy.js';
import { Secret } from '../../../src/core/secret.js';
import type { ApplyContext } from '../../../src/engine/handler.js';
import { directoryHandler } from '../../../src/engine/handlers/directory.js';
import { fileHandler, withSecrets } from '../../../src/engine/handlers/file.js';
import { parseLook } from '../../../src/engine/handlers/look.js';
import { packageHandler } from '../../../src/engine/handlers/package.js';
import { parseUnitState, unitHandler } from '../../../src/engine/handlers/unit.js';
import { type FakeExecutor, type FakeRule, fakeExecutor } from '../../../src/exec/fake.js';
import { clusterNode } from '../survey/world.js';
import { CLUSTER, facts } from './world.js';

const base = { node: 'cache1', step: 's', what: 'w', why: 'y', after: [], lane: 'parallel', risk: 'low', undo: remedy`u`, notifies: [] } as const;
const sha = (text: string) => createHash('sha256').update(text).digest('hex');

function context(rules: readonly FakeRule[], answers: ApplyContext['answers'] = null) {
  const executor: FakeExecutor = fakeExecutor(clusterNode('cache1', ['cache']), rules);
  const events: WizardEvent[] = [];
  const put: (readonly [string, string | null])[] = [];
  const of = {
    run: 'r',
    toolkitDir: '/kit',
    restorePoint: 'rp',
    cluster: CLUSTER,
    answers,
    facts: facts(),
    emit: (e: WizardEvent) => void events.push(e),
    signal: new AbortController().signal,
    executor: () => executor,
    secret: (name: string) => new Secret(name, 'pa"ss $& word'),
    keepBefore: async (_node: string, path: string) => `kept:${path}`,
    restoreFile: async (_node: string, path: string, id: string | null) => void put.push([path, id]),
  } as unknown as ApplyContext;
  return { of, executor, events, put };
}

const ABOVE = 'directory\t755\troot\troot\t/\ndirectory\t755\troot\troot\t/etc\n';
const DIR = `${ABOVE}directory\t755\troot\troot\t/etc/moodle-cluster-wizard\n`;
const look = (text: string): FakeRule => ({ when: 'apply-look.sh', answer: { stdout: text } });

const secretFile: ChangeOf<'file'> = {
  ...base,
  id: 'file:x',
  kind: 'file',
  path: '/etc/moodle-cluster-wizard/r.secret.conf',
  content: 'requirepass {{secret:pw}}\n',
  mode: 0o640,
  owner: 'root',
  group: 'redis',
  before: null,
  holdsSecret: true,
};
const plainFile: ChangeOf<'file'> = { ...secretFile, path: '/etc/moodle-cluster-wizard/r.conf', content: 'port 1\n', holdsSecret: false };
const FULL = 'requirepass "pa\\"ss $& word"\n';
const fileLine = (path: string, text: string, mode = '640') => `${DIR}file\t${mode}\troot\tredis\t${path}\nsha256\t${sha(text)}\n`;

describe('files', () => {
  it('get their secrets at the last moment, quoted', () => expect(withSecrets(context([]).of, secretFile)).toBe(FULL));
  it('of unknown format take no secret', () => expect(() => withSecrets(context([]).of, { ...secretFile, path: '/etc/other.ini' })).toThrow('/etc/other.ini'));
  it.each([
    ['absent', `${DIR}absent\t-\t-\t-\t${secretFile.path}\n`, null, 'before'],
    ['absent, but one was expected', `${DIR}absent\t-\t-\t-\t${secretFile.path}\n`, 'a'.repeat(64), 'other'],
    ['as wanted', fileLine(secretFile.path, FULL), null, 'after'],
    ['as wanted, with another mode', fileLine(secretFile.path, FULL, '644'), null, 'before'],
    ['there, with another secret', fileLine(secretFile.path, 'x'), 'secret', 'before'],
    ['there, of a plan of an earlier version', fileLine(secretFile.path, 'x'), sha('x'), 'before'],
    ['there, but none was expected', fileLine(secretFile.path, 'y'), null, 'other'],
    ['a link', `${DIR}link\t777\troot\troot\t${secretFile.path}\n`, null, 'other'],
  ])('%s', async (_name, text, before, state) => {
    const same = { when: 'same-content.sh', answer: { stdout: text.includes(sha(FULL)) ? 'same\n' : 'other\n' } };
    expect(await fileHandler.inspect(context([look(text), same]).of, { ...secretFile, before })).toBe(state);
  });
  it('are written with owner and mode, and never below folders of others', async () => {
    const good = context([look(`${DIR}absent\t-\t-\t-\t${secretFile.path}\n`)]);
    await fileHandler.apply(good.of, secretFile);
    expect(good.executor.files.get(secretFile.path)).toMatchObject({ content: FULL, mode: 0o640, group: 'redis' });
    for (const folder of ['directory\t777\troot\troot', 'directory\t755\twww-data\troot', 'link\t777\troot\troot']) {
      const bad = context([look(`${ABOVE}${folder}\t/etc/moodle-cluster-wizard\nabsent\t-\t-\t-\t${secretFile.path}\n`)]);
      await expect(fileHandler.apply(bad.of, secretFile)).rejects.toMatchObject({ code: 'not-allowed' });
      expect(bad.executor.files.size).toBe(0);
    }
  });
  it('are put back, and the service that runs with them restarts', async () => {
    const c = context([
      look(fileLine(plainFile.path, 'port 1\n')),
      { when: 'is-active', answer: { code: 0 } },
      { when: 'restart moodle-muc-r.service', answer: {} },
    ]);
    await fileHandler.undo?.(c.of, plainFile, { before: 'id1' });
    expect(c.put).toEqual([[plainFile.path, 'id1']]);
    expect(c.executor.calls.at(-1)?.line).toBe('systemctl restart moodle-muc-r.service');
  });
  it('changed since by others are left', async () => {
    const c = context([look(fileLine(plainFile.path, 'mine'))]);
    await fileHandler.undo?.(c.of, plainFile, { before: null });
    expect(c.put).toEqual([]);
    expect(c.events[0]).toMatchObject({ type: 'notice', level: 'warning' });
  });
  it('gone already need no undo', async () => {
    const c = context([look(`${DIR}absent\t-\t-\t-\t${plainFile.path}\n`)]);
    await fileHandler.undo?.(c.of, plainFile, { before: null });
    expect(c.put).toEqual([]);
  });
});

describe('folders', () => {
  const change: ChangeOf<'directory'> = { ...base, id: 'd', kind: 'directory', path: '/var/cache/a/b', mode: 0o750, owner: 'www-data', group: 'www-data' };
  const nothing =
    'directory\t755\troot\troot\t/\ndirectory\t755\troot\troot\t/var\ndirectory\t755\troot\troot\t/var/cache\nabsent\t-\t-\t-\t/var/cache/a\nabsent\t-\t-\t-\t/var/cache/a/b\n';
  it('remember the parents they needed', async () => {
    expect(await directoryHandler.capture(context([look(nothing)]).of, change)).toEqual({ was: null, made: ['/var/cache/a', '/var/cache/a/b'] });
  });
  it('are not made below dataroot', async () => {
    const c = context([look(nothing)]);
    await expect(directoryHandler.apply(c.of, { ...change, node: 'web1', path: '/mnt/data/x' })).rejects.toMatchObject({ code: 'not-allowed' });
  });
  it('that are not empty stay', async () => {
    const there = nothing.replaceAll('absent\t-\t-\t-', 'directory\t755\troot\troot');
    const c = context([look(there), { when: 'rmdir', answer: { code: 1 } }]);
    await directoryHandler.undo?.(c.of, change, { was: null, made: ['/var/cache/a', '/var/cache/a/b'] });
    expect(c.executor.calls.filter((x) => x.line.startsWith('rmdir')).map((x) => x.line)).toEqual(['rmdir -- /var/cache/a/b']);
    expect(c.events[0]).toMatchObject({ type: 'notice' });
  });
});

describe('units', () => {
  const change: ChangeOf<'unit'> = { ...base, id: 'u', kind: 'unit', unit: 'moodle-muc-r.service', action: 'start', enable: true };
  const show = (active: string, file: string): FakeRule => ({
    when: 'systemctl show',
    answer: { stdout: `LoadState=loaded\nActiveState=${active}\nUnitFileState=${file}\n` },
  });
  it('are read', () =>
    expect(parseUnitState('LoadState=not-found\nActiveState=inactive\nUnitFileState=\n')).toEqual({ known: false, active: false, enabled: false }));
  it('that run and are enabled are done', async () => {
    expect(await unitHandler.inspect(context([show('active', 'enabled')]).of, change)).toBe('after');
    expect(await unitHandler.inspect(context([show('active', 'disabled')]).of, change)).toBe('before');
    expect(await unitHandler.inspect(context([show('active', 'enabled')]).of, { ...change, action: 'restart' })).toBe('before');
  });
  it('that do not start fail with their own last words', async () => {
    const c = context([
      { when: 'daemon-reload', answer: {} },
      { when: 'enable', answer: {} },
      { when: 'systemctl start', answer: { code: 1, stderr: 'Job failed' } },
      { when: 'journalctl', answer: { stdout: 'Could not create server TCP listening socket 10.0.0.51:6390' } },
    ]);
    await expect(unitHandler.apply(c.of, change)).rejects.toMatchObject({
      code: 'change-failed',
      evidence: ['Job failed', 'Could not create server TCP listening socket 10.0.0.51:6390'],
    });
  });
  it('go back to what they were', async () => {
    const c = context([show('active', 'enabled'), { when: /systemctl (stop|disable)/, answer: {} }]);
    await unitHandler.undo?.(c.of, change, { active: false, enabled: false });
    expect(c.executor.calls.slice(1).map((x) => x.line)).toEqual(['systemctl stop moodle-muc-r.service', 'systemctl disable --quiet moodle-muc-r.service']);
  });
  it('that ran before still run', async () => {
    const c = context([show('active', 'enabled')]);
    await unitHandler.undo?.(c.of, change, { active: true, enabled: true });
    expect(c.executor.calls).toHaveLength(1);
  });
});

describe('packages', () => {
  const change: ChangeOf<'package'> = { ...base, id: 'p', kind: 'package', packages: ['redis-server'], keepStopped: ['redis-server.service'] };
  const simulated = 'Inst redis-tools (7 x [amd64])\nInst redis-server (7 x [amd64])\n';
  const none: FakeRule = { when: 'dpkg-query', answer: { code: 1 } };

  it('remember what comes new with them, and what had left its configuration', async () => {
    const c = context([
      { when: 'apt-get -s', answer: { stdout: simulated } },
      { when: 'dpkg-query', answer: { code: 1, stdout: 'rc  redis-tools\n' } },
    ]);
    expect(await packageHandler.capture(c.of, change)).toEqual({ added: ['redis-tools', 'redis-server'], hadConfig: ['redis-tools'] });
  });
  it('are looked for again after an update of the lists', async () => {
    const c = context([
      { when: 'apt-get -s', answer: { code: 100, stderr: 'E: Unable to locate package redis-server\n' }, times: 1 },
      { when: 'update', answer: {} },
      { when: 'apt-get -s', answer: { stdout: simulated } },
      none,
    ]);
    expect(await packageHandler.capture(c.of, change)).toMatchObject({ added: ['redis-tools', 'redis-server'] });
  });
  it('that do not exist end with their name', async () => {
    const c = context([
      { when: 'apt-get -s', answer: { code: 100, stderr: 'E: Unable to locate package redis-server\n' } },
      { when: 'update', answer: {} },
    ]);
    await expect(packageHandler.capture(c.of, change)).rejects.toMatchObject({ code: 'package-missing', exitCode: 7 });
  });
  it('that take something away are refused before anything is done', async () => {
    const c = context([{ when: 'apt-get -s', answer: { stdout: `${simulated}Remv valkey-server [8]\n` } }]);
    await expect(packageHandler.apply(c.of, change)).rejects.toMatchObject({ code: 'package-refused' });
    expect(c.executor.calls).toHaveLength(1);
  });
  it('are installed as a job, with the units that must not start', async () => {
    const c = context([
      { when: 'apt-get -s', answer: { stdout: simulated } },
      { when: 'apply-job.sh', answer: {} },
      { when: 'dpkg-query', answer: { stdout: 'ii  redis-server\n' } },
    ]);
    expect(await packageHandler.apply(c.of, change)).toContain('redis-server 7');
    expect(c.executor.calls[1]?.line).toMatch(
      /apply-job\.sh \/var\/lib\/moodle-cluster-wizard\/jobs [0-9a-f]{16} sh \/kit\/sh\/apply-install\.sh apt redis-server\.service redis-server$/,
    );
  });
  it('whose outcome nobody knows are not called failed', async () => {
    const c = context([{ when: 'apt-get -s', answer: { stdout: simulated } }, { when: 'apply-job.sh', answer: { code: 75 } }, none]);
    await expect(packageHandler.apply(c.of, change)).rejects.toMatchObject({ code: 'outcome-unknown' });
  });
  it('begun by an attempt that was cut off are joined', async () => {
    const c = context([
      { when: /^test -d/, answer: { code: 0 } },
      { when: 'apply-job.sh', answer: {} },
      { when: 'dpkg-query', answer: { stdout: 'ii  redis-server\n' } },
    ]);
    expect(await packageHandler.inspect(c.of, change)).toBe('after');
    expect(c.executor.calls[1]?.line).toMatch(/apply-job\.sh .* true$/);
  });

  const undo = { added: ['redis-tools', 'redis-server'], hadConfig: [] };
  const installed: FakeRule = { when: 'dpkg-query', answer: { stdout: 'ii  redis-server\nii  redis-tools\n' } };
  const idle: FakeRule = { when: 'is-active', answer: { code: 3 } };
  it('go again, and only what came with them', async () => {
    const c = context([
      installed,
      idle,
      { when: 'apt-get -s', answer: { stdout: 'Remv redis-server [7]\nRemv redis-tools [7]\n' } },
      { when: 'apply-remove.sh', answer: {} },
    ]);
    await packageHandler.undo?.(c.of, change, undo);
    expect(c.executor.calls.at(-1)?.line).toContain('apply-remove.sh apt purge redis-tools redis-server');
  });
  it('stay where something else needs them by now', async () => {
    const c = context([
      installed,
      idle,
      { when: /apt-get -s .* redis-tools redis-server$/, answer: { stdout: 'Remv redis-server [7]\nRemv redis-tools [7]\nRemv other [1]\n' } },
      { when: /-- redis-tools$/, answer: { stdout: 'Remv other [1]\nRemv redis-tools [7]\n' } },
      { when: /-- redis-server$/, answer: { stdout: 'Remv redis-server [7]\n' } },
      { when: 'apply-remove.sh', answer: {} },
    ]);
    await packageHandler.undo?.(c.of, change, undo);
    expect(c.executor.calls.at(-1)?.line).toMatch(/apply-remove\.sh apt purge redis-server$/);
    expect(c.events[0]).toMatchObject({ type: 'notice', message: expect.stringContaining('redis-tools') });
  });
  it('stay where their own unit is in use by now', async () => {
    const c = context([installed, { when: 'is-active', answer: { code: 0 } }]);
    await packageHandler.undo?.(c.of, change, undo);
    expect(c.executor.calls).toHaveLength(2);
  });
  it('that are gone already need no undo', async () => {
    const c = context([none, idle]);
    await packageHandler.undo?.(c.of, change, undo);
    expect(c.executor.calls).toHaveLength(2);
  });
});

describe('the look at a path', () => {
  it('must be whole', () => {
    expect(() => parseLook('web1', '/a', '')).toThrow();
    expect(() => parseLook('web1', '/a', 'file\t644\troot\troot\n')).toThrow('cannot read');
  });
});
