import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { RestorePoint } from '../../../src/core/record.js';
import { fillBreakGlass } from '../../../src/engine/break-glass.js';
import { chosenPoints } from '../../../src/engine/commands/rollback.js';
import { isStale } from '../../../src/engine/run/lock.js';

describe('which restore points a rollback takes', () => {
  const point = (id: string, state: RestorePoint['state'], kind: RestorePoint['kind'] = 'apply') => ({ id, state, kind }) as RestorePoint;
  const points = [point('a', 'rolled-back'), point('b', 'applied'), point('c', 'applied'), point('d', 'open', 'safety')];

  it('takes the newest apply that is not rolled back; never a safety copy', () => {
    expect(chosenPoints(points, null).map((p) => p.id)).toEqual(['c']);
    expect(chosenPoints([points[0] as RestorePoint, points[3] as RestorePoint], null)).toEqual([]);
  });

  it('takes all down to the one named, newest first', () => {
    expect(chosenPoints(points, 'b').map((p) => p.id)).toEqual(['c', 'b']);
  });

  it('has nothing to do for one that is rolled back, and names one that is not there', () => {
    expect(chosenPoints(points, 'a')).toEqual([]);
    expect(() => chosenPoints(points, 'x')).toThrow('"x"');
  });
});

describe('a stale lock', () => {
  const holder = { token: 't', run: 'r', user: 'root', host: hostname(), pid: 1, processStart: '1', since: '' };
  it('is only one whose process is gone on this very machine', () => {
    expect(isStale({ ...holder, pid: 2 ** 30 })).toBe(true);
    expect(isStale({ ...holder, pid: 2 ** 30, host: 'elsewhere' })).toBe(false);
    expect(isStale({ ...holder, pid: 2 ** 30, processStart: '' })).toBe(false);
  });
});

describe('the break-glass script', () => {
  it('quotes every value for the shell and misses none', () => {
    expect(fillBreakGlass('a=@@MUC@@', { MUC: "/d/it's $(x)" })).toBe("a='/d/it'\\''s $(x)'");
    expect(() => fillBreakGlass('@@NOPE@@', {})).toThrow('NOPE');
  });
});
