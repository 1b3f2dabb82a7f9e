/** Which records go and which never do, for any history of runs. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { PointState, RestorePoint } from '../../../src/core/record.js';
import { isFinished, newestOpenPoint } from '../../../src/engine/points.js';
import { pointsToDrop, RETENTION } from '../../../src/engine/run/retention.js';
import { sweepStateDir } from '../../../src/records/state-retention.js';

const NOW = new Date('2026-11-28T12:00:00Z');
const DAY = 86_400_000;
const STATES: readonly PointState[] = ['open', 'applied', 'failed', 'muc-rolled-back', 'rolled-back', 'rollback-failed'];

const history = fc
  .array(
    fc.record({
      age: fc.integer({ min: 0, max: 900 }),
      state: fc.constantFrom(...STATES),
      kind: fc.constantFrom('apply' as const, 'safety' as const, 'repair' as const),
      mucAfter: fc.constantFrom(null, 'live', 'other'),
    }),
    { maxLength: 80 },
  )
  .map((entries) =>
    [...entries]
      .sort((a, b) => b.age - a.age)
      .map((e, i) => ({ ...e, id: `p${String(i).padStart(3, '0')}`, created: new Date(NOW.getTime() - e.age * DAY).toISOString() }) as unknown as RestorePoint),
  );

describe('restore points beyond the retention', () => {
  it('go, but never the newest, the one rollback takes, an unfinished one or the one that is live', () => {
    fc.assert(
      fc.property(history, (points) => {
        const dropped = new Set(pointsToDrop(points, 'live', NOW));
        for (const point of dropped) {
          expect(point).not.toBe(points.at(-1));
          expect(point.id).not.toBe(newestOpenPoint(points)?.id);
          // A rollback's safety copy has no end of its own.
          expect(point.kind === 'safety' || isFinished(point)).toBe(true);
          expect(point.mucAfter).not.toBe('live');
        }
        const left = points.filter((p) => !dropped.has(p));
        const free = left.filter(
          (p) => p !== points.at(-1) && p.id !== newestOpenPoint(points)?.id && (p.kind === 'safety' || isFinished(p)) && p.mucAfter !== 'live',
        );
        expect(free.length).toBeLessThanOrEqual(RETENTION.points);
        for (const point of free) expect(NOW.getTime() - Date.parse(point.created)).toBeLessThanOrEqual(RETENTION.days * DAY);
      }),
    );
  });

  it('of a short, young history all stay', () => {
    const points = Array.from({ length: RETENTION.points }, (_, i) => ({
      id: `p${i}`,
      state: 'rolled-back',
      kind: 'apply',
      created: NOW.toISOString(),
      mucAfter: null,
    }));
    expect(pointsToDrop(points as unknown as RestorePoint[], null, NOW)).toEqual([]);
  });
});

describe('journals and logs', () => {
  let dir = '';
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('go when they are old or too many; what is not finished, still needed or not ours stays', () => {
    dir = mkdtempSync(join(tmpdir(), 'mcw-state-'));
    const run = (name: string, ev: string) => {
      mkdirSync(join(dir, 'runs', name), { recursive: true });
      writeFileSync(join(dir, 'runs', name, 'journal.jsonl'), `${JSON.stringify({ v: 1, seq: 1, t: NOW.toISOString(), run: name, ev })}\n`);
    };
    run('20250101T000000-old1', 'run.end');
    run('20250102T000000-need', 'run.end');
    run('20261101T000000-cut1', 'change.begin');
    run('20261102T000000-over', 'run.end');
    run('20261103T000000-new1', 'run.end');
    run('mine', 'run.end');
    mkdirSync(join(dir, 'logs'));
    for (const log of ['2024-01-01.jsonl', '2026-11-27.jsonl', '2026-11-28.jsonl', 'notes.txt']) writeFileSync(join(dir, 'logs', log), '');
    sweepStateDir(dir, { keep: new Set(['20250102T000000-need']), journals: 1, olderThan: new Date('2026-01-01') });
    expect(readdirSync(join(dir, 'runs')).sort()).toEqual(['20250102T000000-need', '20261101T000000-cut1', '20261103T000000-new1', 'mine']);
    expect(readdirSync(join(dir, 'logs')).sort()).toEqual(['2026-11-28.jsonl', 'notes.txt']);
  });

  it('of a folder that is not there are no trouble', () => {
    sweepStateDir('/nonexistent', { keep: new Set(), journals: 1, olderThan: NOW });
    expect(existsSync('/nonexistent')).toBe(false);
  });
});
