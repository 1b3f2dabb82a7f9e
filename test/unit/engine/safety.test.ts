/** What keeps a run from harming: stale plans and locks, torn records, secrets in what is kept and shown. */

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../src/app/output.js';
import { mucMoves } from '../../../src/caches/muc/moves.js';
import type { Change, StagePlan } from '../../../src/core/change.js';
import type { MucConfig } from '../../../src/core/facts.js';
import type { RestorePoint } from '../../../src/core/record.js';
import { Redactor } from '../../../src/core/secret.js';
import { chosenPoints } from '../../../src/engine/commands/rollback.js';
import { mucGuard } from '../../../src/engine/muc/guard.js';
import { parsePendingPurges } from '../../../src/engine/muc/pending-purges.js';
import { afterPublish } from '../../../src/engine/muc/resume.js';
import { isStale, newHolder } from '../../../src/engine/run/lock.js';
import { sameStage, sealPlan } from '../../../src/engine/run/planner.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { proxyEnvironment } from '../../../src/exec/ssh-connect.js';
import { holderOf } from '../../../src/intake/holder.js';
import { trialRecord } from '../../../src/intake/records.js';
import { openJournal } from '../../../src/records/journal.js';
import { openRunLog } from '../../../src/records/run-log.js';
import { openSiteRecord } from '../../../src/records/site-record.js';
import { createHeadlessFrontend } from '../../../src/ui/headless.js';
import { mucConfig } from '../advice/fixture.js';
import { clusterNode } from '../survey/world.js';

const SECRET = `pa'ss "w\\ord$x ü`;
const publish = (target: string, before: string | null, result: string | null) =>
  ({ kind: 'muc-publish', id: `muc-publish:main:${target}`, edits: [{ edit: 'remove-store', name: 'x', why: '' }], before, result }) as unknown as Change;
const gate = (kind: string, target: string) => ({ kind, id: `${kind}:*:${target}` }) as unknown as Change;
const stage = (changes: readonly Change[], provisional = false): StagePlan => ({ stage: 'muc', changes, provisional });
const ids = (changes: readonly Change[]) => changes.map((c) => c.id);

describe('a run that was cut off after a publish', () => {
  const whole = stage([
    publish('stores', 'h0', 'h1'),
    gate('prove', 'stores'),
    gate('empty', 'before'),
    publish('mappings', 'h1', 'h2'),
    gate('converge', 'mappings'),
    gate('settle', 'mappings'),
    gate('empty', 'after'),
  ]);

  it('owes everything up to the next publish, and all of it after the last', () => {
    expect(ids(afterPublish(whole, 'h1'))).toEqual(['prove:*:stores', 'empty:*:before']);
    expect(ids(afterPublish(whole, 'h2'))).toEqual(['converge:*:mappings', 'settle:*:mappings', 'empty:*:after']);
  });

  it('owes nothing where nothing of it is live', () => {
    expect(afterPublish(whole, 'h0')).toEqual([]);
    expect(afterPublish(whole, null)).toEqual([]);
    expect(afterPublish(stage([publish('stores', 'h0', null)]), null)).toEqual([]);
  });
});

describe('a stage planned again', () => {
  it('is another one when somebody else has written the file, even where its result was not known yet', () => {
    const approved = stage([publish('stores', 'h0', null), publish('mappings', null, null)], true);
    expect(sameStage(approved, stage([publish('stores', 'h0', 'h1'), publish('mappings', 'h1', 'h2')]), mucGuard)).toBe(true);
    expect(sameStage(approved, stage([publish('stores', 'hx', 'h1'), publish('mappings', 'h1', 'h2')]), mucGuard)).toBe(false);
  });

  it('is the same only with the same result where that was known', () => {
    expect(sameStage(stage([publish('stores', 'h0', 'h1')]), stage([publish('stores', 'h0', 'h9')]), mucGuard)).toBe(false);
  });
});

describe("somebody else's edit is told by name", () => {
  const config = (bend: Partial<MucConfig> = {}) => ({ state: 'ok', config: { ...mucConfig({}), ...bend } }) as const;

  it('new, changed and gone things, each in a line', () => {
    const theirs = { name: 'theirs', plugin: 'file', configuration: {}, default: false };
    expect(mucMoves(config(), config())).toEqual([]);
    expect(mucMoves(config(), config({ stores: [...mucConfig({}).stores, theirs] }))).toEqual(['store "theirs" was added']);
    expect(mucMoves(config({ definitionMappings: { 'core/string': ['a'] } }), config({ definitionMappings: { 'core/string': ['b'] } }))).toEqual([
      'the mapping of core/string changed',
    ]);
    expect(mucMoves(config(), config({ modeMappings: { 1: ['x'], 2: ['default_session'], 4: ['default_request'] } }))).toEqual([
      'the mapping of mode application changed',
    ]);
    expect(mucMoves(config(), { state: 'missing' })).toEqual(['the file was ok and is missing now']);
  });
});

describe('a lock', () => {
  const own = newHolder('r', () => new Date(0));

  it('of this process is not stale; of another machine with our name it is never taken for ours', () => {
    expect(isStale(own)).toBe(false);
    expect(isStale({ ...own, pid: 2 ** 30, machine: 'another' })).toBe(false);
    expect(isStale({ ...own, pid: 2 ** 30 })).toBe(true);
  });

  it('from before this machine started is stale, whatever process has its id now', () => {
    expect(isStale({ ...own, boot: 'before' })).toBe(true);
    expect(isStale({ ...own, boot: 'before', host: 'elsewhere' })).toBe(false);
  });

  it('holds what the web user wrote as harmless text and numbers', () => {
    const planted = holderOf({ token: 't', user: '\u001b[2Jroot\n', host: hostname(), pid: '../../etc', processStart: 1, since: 'x'.repeat(500) });
    expect(planted).toMatchObject({ user: '?[2Jroot?', pid: 0, processStart: '' });
    expect(planted?.since).toHaveLength(120);
    expect(holderOf('text')).toBeNull();
  });
});

describe('restore points', () => {
  const point = (id: string, state: RestorePoint['state']) => ({ id, state, kind: 'apply' }) as RestorePoint;

  it('whose MUC file is back are left to a full rollback, and done for a MUC-only one', () => {
    const points = [point('a', 'muc-rolled-back')];
    expect(ids(chosenPoints(points, null) as never)).toEqual(['a']);
    expect(chosenPoints(points, null, true)).toEqual([]);
    expect(chosenPoints(points, 'a', true)).toEqual([]);
  });

  it('are read in spite of a line that a power cut tore', async () => {
    const whole = JSON.stringify({ change: { id: 'empty:web1:after', kind: 'empty', node: 'web1' }, undo: null });
    const executor = fakeExecutor(clusterNode('main', ['main']), [
      { when: 'site-record.sh read', answer: { stdout: `${whole}\n{"change":{"id":"b"\n${whole}\n` } },
    ]);
    expect(await openSiteRecord(executor, '/kit').readUndo({ site: 's', id: 'r' } as RestorePoint)).toHaveLength(2);
  });

  it('that are damaged are named, not passed over', async () => {
    const point = {
      v: 1,
      id: '20260101T000000-a',
      site: 's',
      created: '2026-01-01T00:00:00Z',
      run: '20260101T000000-a',
      by: 'root@main',
      state: 'applied',
      kind: 'apply',
      muc: null,
      mucAfter: null,
      versionsHash: '',
      journal: '/root/journal.jsonl',
    };
    for (const torn of ['', '{"id":']) {
      const executor = fakeExecutor(clusterNode('main', ['main']), [
        { when: 'site-record.sh points', answer: { stdout: `20260101T000000-a\t${JSON.stringify(point)}\n20260102T000000-b\t${torn}\n` } },
        { when: 'site-record.sh read', answer: { stdout: torn } },
      ]);
      const record = openSiteRecord(executor, '/kit');
      await expect(record.points('s')).rejects.toMatchObject({ code: 'change-failed', message: expect.stringContaining('20260102T000000-b/meta.json') });
      await expect(record.readJson('s', 'trial.json', trialRecord)).rejects.toMatchObject({
        code: 'change-failed',
        message: expect.stringContaining('s/trial.json'),
      });
    }
  });

  it('put back only the very file that they were made of', async () => {
    const image = (content: string) =>
      openSiteRecord(
        fakeExecutor(clusterNode('main', ['main']), [{ when: 'site-record.sh read64', answer: { stdout: Buffer.from(content).toString('base64') } }]),
        '/kit',
      ).readMuc({ site: 's', id: 'r', muc: { sha256: createHash('sha256').update('<?php').digest('hex') } } as RestorePoint);
    expect((await image('<?php')).toString()).toBe('<?php');
    await expect(image('<?p')).rejects.toMatchObject({ code: 'change-failed', message: expect.stringContaining('does not match its checksum') });
  });
});

describe('what others could reach', () => {
  it('a state folder that others can write to takes no journal', () => {
    const dir = mkdtempSync(join(tmpdir(), 'mcw-state-'));
    mkdirSync(join(dir, 'runs'));
    chmodSync(join(dir, 'runs'), 0o777);
    expect(() => openJournal(dir, 'r', () => new Date(0))).toThrow('other users can change');
    rmSync(dir, { recursive: true });
  });

  it('a ProxyCommand sees an agent and a home, and no secret', () => {
    expect(proxyEnvironment({ REDIS_PASSWORD: SECRET, SSH_AUTH_SOCK: '/a', HOME: '/root' })).toEqual({ SSH_AUTH_SOCK: '/a', HOME: '/root' });
  });
});

describe('what is owed', () => {
  it('is read by definition; a line of the break-glass script means everything', () => {
    const owed = { store: 's', definition: 'core/config', why: 'w' };
    expect(parsePendingPurges(`${JSON.stringify(owed)}\n`)).toEqual({ items: [owed], everything: false });
    expect(parsePendingPurges(`${JSON.stringify(owed)}\nMon Nov 23 20:44:46 UTC 2026\n`)).toEqual({ items: [owed], everything: true });
  });
});

describe('a plan file', () => {
  it('that was changed after it was made is refused: what it shows must be what it runs', () => {
    const dir = mkdtempSync(join(tmpdir(), 'mcw-plan-'));
    const plan = sealPlan({
      cluster: 'c',
      siteId: 's',
      stages: [stage([publish('stores', 'h0', 'h1')])],
      findings: [],
      advice: { provisional: false, summary: '', options: [], services: [], modes: [], definitions: [] },
    });
    const path = join(dir, 'plan.json');
    writeFileSync(path, JSON.stringify(plan));
    expect(readPlan(path).hash).toBe(plan.hash);
    writeFileSync(path, JSON.stringify(plan).replace('h1', 'h2'));
    expect(() => readPlan(path)).toThrow('changed after it was created');
    rmSync(dir, { recursive: true });
  });
});

describe('secrets', () => {
  const redactor = new Redactor();
  redactor.add(SECRET);
  const forms = [
    SECRET,
    JSON.stringify(SECRET),
    `'${SECRET.replaceAll("'", "'\\''")}'`,
    `'pa\\'ss "w\\\\ord$x ü'`,
    encodeURIComponent(SECRET),
    `"pa'ss \\"w\\\\ord$x \\xc3\\xbc"`,
    Buffer.from(SECRET).toString('base64'),
  ];

  it.each(forms)('are masked in text as %s', (form) => {
    expect(redactor.redact(`before ${form} after`)).not.toMatch(/pa.?'ss|cGEnc3|ord/);
  });

  it('do not break JSON that is shown or kept, when a password is a number or a word of it', () => {
    const numeric = new Redactor();
    for (const value of ['1234', 'true', 'null', 'version']) numeric.add(value);
    const lines: string[] = [];
    const frontend = createHeadlessFrontend({
      command: 'status',
      format: 'json',
      yes: false,
      allowIrreversible: false,
      verbose: false,
      out: (l) => lines.push(l),
      err: () => {},
      redact: (t) => numeric.redact(t),
    });
    frontend.finish({ result: { port: 1234, on: true, none: null, text: 'x 1234 y' } });
    const shown = JSON.parse(lines.join('\n')) as { version: number; result: unknown };
    expect(shown.version).toBe(1);
    expect(shown.result).toEqual({ port: 1234, on: true, none: null, text: 'x [hidden] y' });

    const dir = mkdtempSync(join(tmpdir(), 'mcw-log-'));
    const log = openRunLog(dir, numeric, () => new Date(0));
    log.write({ ms: 1234, command: 'echo 1234' });
    expect(JSON.parse(readFileSync(log.file, 'utf8'))).toMatchObject({ ms: 1234, command: 'echo [hidden]' });
    rmSync(dir, { recursive: true });
  });

  it('are masked in the journal, also in the words of an error', () => {
    const dir = mkdtempSync(join(tmpdir(), 'mcw-journal-'));
    const journal = openJournal(
      dir,
      'r',
      () => new Date(0),
      (text) => redactor.redact(text),
    );
    journal.write({ ev: 'change.failed', change: 'x', node: 'n', detail: `it said ${SECRET}` });
    journal.close();
    expect(readFileSync(journal.file, 'utf8')).toContain('it said [hidden]');
    rmSync(dir, { recursive: true });
  });
});
