import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveAnswers } from '../../../src/answers/save.js';
import type { Answers } from '../../../src/answers/schema.js';
import { findUnfinished, formatJournal, summarizeJournal } from '../../../src/app/unfinished.js';
import { processStart } from '../../../src/engine/run/lock.js';
import type { JournalFact, JournalLine } from '../../../src/records/journal.js';
import { ANSWERS } from '../ui/fixtures.js';

const lines = (...facts: readonly JournalFact[]): readonly JournalLine[] =>
  facts.map((fact, i) => ({ v: 1, seq: i + 1, t: `2026-11-22T18:04:1${i}.000Z`, run: 'r1', ...fact }));

const BEGIN: JournalFact = { ev: 'run.begin', command: 'apply', cluster: 'campus', site: 's1', restorePoint: 'r1', wizard: '0.1.0' };
const HALF = lines(
  BEGIN,
  { ev: 'plan.approved', hash: 'h', changes: ['package:web1:php-redis', 'package:web2:php-redis', 'muc-publish:main:stores'] },
  { ev: 'change.begin', change: 'package:web1:php-redis', node: 'web1' },
  { ev: 'change.done', change: 'package:web1:php-redis', node: 'web1' },
  { ev: 'change.begin', change: 'package:web2:php-redis', node: 'web2' },
);

describe('a run that ended in the middle', () => {
  it('is told by what was done, what failed and what is unknown', () => {
    expect(summarizeJournal(HALF)).toBe('1 of 3 changes completed. Outcome unknown: package:web2:php-redis.');
    expect(summarizeJournal([])).toContain('on the machine that ran it');
    const failed = lines(...HALF, { ev: 'change.failed', change: 'package:web2:php-redis', node: 'web2', detail: 'no space left' });
    expect(summarizeJournal(failed)).toBe('1 of 3 changes completed. Failed: package:web2:php-redis.');
    const resumed = lines(...HALF, { ev: 'change.skipped', change: 'package:web2:php-redis', node: 'web2' });
    expect(summarizeJournal(resumed)).toBe('2 of 3 changes completed.');
    expect(formatJournal(failed).at(-1)).toMatch(/^2026-11-22 18:04:15 {2}FAILED: package:web2:php-redis \(no space left\)$/);
  });
});

describe('looking for one on this machine', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mcw-unfinished-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function record(state: string, journal: readonly JournalLine[], answers: Answers = ANSWERS as unknown as Answers): void {
    const dir = join(root, 's1', 'restore-points', 'r1');
    mkdirSync(dir, { recursive: true });
    const file = join(root, 'journal.jsonl');
    writeFileSync(file, journal.map((l) => `${JSON.stringify(l)}\n`).join(''));
    writeFileSync(join(root, 's1', 'site.json'), JSON.stringify({ site: 's1', cluster: 'campus', dirroot: '/var/www/moodle', mucPath: '/m', wwwroot: 'w' }));
    writeFileSync(join(root, 's1', 'answers.yaml'), saveAnswers(answers));
    const point = { v: 1, id: 'r1', site: 's1', created: '2026-11-22T18:04:11Z', run: 'r1', by: 'deploy@main', state, kind: 'apply', muc: null, journal: file };
    writeFileSync(join(dir, 'meta.json'), JSON.stringify(point));
  }

  it('offers it with its answers, and names the passwords that must be typed', async () => {
    record('open', HALF);
    const found = await findUnfinished(root);
    expect(found).toMatchObject({ run: 'r1', cluster: 'campus', by: 'deploy@main', here: true, missingSecrets: ['redis1Password'] });
    expect(found?.answers?.cluster).toBe('campus');
    expect(found?.journal).toHaveLength(5);
  });

  it('tells apart the passwords that logging in needs', async () => {
    const ssh = { sudo: 'password: secret:sudoPassword' } as const;
    const [main, ...others] = ANSWERS.nodes;
    const own = others.map((n, i) => ({ ...n, ...(i === 0 ? { state: 'out' as const, ssh: { sudo: { password: 'secret:outPassword' } } } : {}) }));
    const source = 'env:MCW_TEST_NOT_SET';
    record('open', HALF, {
      ...ANSWERS,
      ssh,
      nodes: [main as (typeof own)[number], ...own],
      secrets: { ...ANSWERS.secrets, sudoPassword: source, outPassword: source },
    });
    const found = await findUnfinished(root);
    expect([...(found?.missingSecrets ?? [])].sort()).toEqual(['outPassword', 'redis1Password', 'sudoPassword']);
    expect(found?.missingLogins).toEqual(['sudoPassword']);
  });

  it.each(['applied', 'on-trial', 'rolled-back', 'muc-rolled-back'])('offers nothing of one that is %s', async (state) => {
    record(state, HALF);
    expect(await findUnfinished(root)).toBeNull();
  });

  it('offers a trial whose time is not over, and only that one', async () => {
    const trial = (id: string, left: number) =>
      writeFileSync(
        join(root, 's1', 'trial.json'),
        JSON.stringify({ v: 1, id, by: 'deploy@main', armedAt: '', nodes: [], endsAt: new Date(Date.now() + left).toISOString() }),
      );
    record('on-trial', HALF);
    trial('r1', 60_000);
    const found = await findUnfinished(root);
    expect(found).toMatchObject({ run: 'r1', here: true });
    expect(found?.trialEndsAt).toBeGreaterThan(Date.now());
    trial('r1', -1000);
    expect(await findUnfinished(root), 'the nodes have put it back').toBeNull();
    trial('r0', 60_000);
    expect(await findUnfinished(root), "another run's").toBeNull();
  });

  it('offers nothing while its process lives', async () => {
    record('open', lines({ ...BEGIN, pid: process.pid, processStart: processStart('self') } as JournalFact, ...HALF.slice(1)));
    expect(await findUnfinished(root)).toBeNull();
  });

  it('offers one that has ended, also from the wizard that ran it and is still open', async () => {
    const own = { ...BEGIN, pid: process.pid, processStart: processStart('self') } as JournalFact;
    record('failed', lines(own, ...HALF.slice(1), { ev: 'run.end', outcome: 'changed', exitCode: 4 } as JournalFact));
    expect(await findUnfinished(root)).toMatchObject({ run: 'r1' });
  });

  it('offers nothing where nothing is on record, or what is there is torn', async () => {
    expect(await findUnfinished(join(root, 'none'))).toBeNull();
    record('open', HALF);
    writeFileSync(join(root, 's1', 'restore-points', 'r1', 'meta.json'), '{"v":1,');
    expect(await findUnfinished(root)).toBeNull();
  });
});
