/**
 * A process that is killed at any moment: at every effect of a whole run, before and after it, which includes every line of the journal. Taken up again, the
 * run ends as one that was never disturbed; rolled back, all is as it was before; never a lock that stays, never a thing made twice, nothing old left to serve.
 */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import { readJournal } from '../../../src/records/journal.js';
import { contextOf } from './fake-cluster/process.js';
import { type Kill, Killed, kills, World } from './fake-cluster/world.js';

// Thousands of journals, each line of them synced: in memory, where there is such a place.
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const NODES = ['main', 'web1', 'web2'];
const RESUME = { expected: null, allowIrreversible: true, resume: true, trial: { kind: 'none' } } as const;

let dir: string;
let world: World;

/** Runs a command in a process that may be killed. @returns true when it came to its end */
async function run(command: 'apply' | 'rollback', kill: Kill | null): Promise<boolean> {
  world.begin(kill);
  const context = contextOf(world, dir);
  try {
    await (command === 'apply' ? applyCommand(context, RESUME) : rollbackCommand(context, { to: null, mucOnly: false }));
  } catch (thrown) {
    if (!world.dead) throw thrown;
  }
  return !world.dead;
}

function fresh(): void {
  if (dir && existsSync(join(dir, 'runs'))) rmSync(join(dir, 'runs'), { recursive: true });
  world = new World(NODES);
}

/** Everything that the mappings moved has been emptied since the file was written last, on every node that has it. */
function expectNothingOld(): void {
  const emptied = world.emptiedSinceWrite();
  for (const id of ['core/string', 'core/config']) {
    expect(emptied).toContain(`main default_application ${id}`);
    expect(emptied).toContain(`main shared ${id}`);
  }
  for (const node of NODES) expect(emptied).toContain(`${node} own core/string`);
}

describe('a process killed at any moment', () => {
  let before: unknown;
  let after: unknown;
  let whole: readonly Kill[] = [];
  let back: readonly Kill[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(SCRATCH, 'mcw-crash-'));
    fresh();
    before = world.state();
    expect(await run('apply', null)).toBe(true);
    after = world.state();
    whole = kills(world.effects);
    expectNothingOld();
    const [journal] = readdirSync(join(dir, 'runs'));
    const lines = readJournal(join(dir, 'runs', journal ?? '', 'journal.jsonl')).length;
    expect(await run('rollback', null)).toBe(true);
    back = kills(world.effects);
    console.log(`crash matrix: ${lines} journal lines, ${whole.length / 2} effects; ${whole.length} kills of apply, ${back.length} of rollback`);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('has something to lose: packages, files, a unit, stores and mappings; and the undisturbed rollback brings all back', () => {
    expect(JSON.stringify(after)).not.toBe(JSON.stringify(before));
    for (const kind of ['package', 'file', 'directory', 'unit']) expect(JSON.stringify(after)).toContain(`"${kind} `);
    expect(whole.length).toBeGreaterThan(100);
    expect(world.state()).toEqual(before);
  });

  it('during apply, taken up again: ends as if nothing had happened', async () => {
    for (const kill of whole) {
      fresh();
      await run('apply', kill);
      expect(await run('apply', null)).toBe(true);
      expect(world.state(), `killed ${kill.when} effect ${kill.at}`).toEqual(after);
      expectNothingOld();
    }
  });

  it('during apply, rolled back: all is as it was before', async () => {
    for (const kill of whole) {
      fresh();
      await run('apply', kill);
      const live = world.history.some((h) => h.startsWith('write '));
      expect(await run('rollback', null)).toBe(true);
      expect(world.state(), `killed ${kill.when} effect ${kill.at}`).toEqual(before);
      if (live) expect(world.emptiedSinceWrite(), `killed ${kill.when} effect ${kill.at}`).toContain('main default_application core/config');
    }
  });

  it('during rollback, rolled back again: all is as it was before', async () => {
    for (const kill of back) {
      fresh();
      await run('apply', null);
      await run('rollback', kill);
      expect(await run('rollback', null)).toBe(true);
      expect(world.state(), `killed ${kill.when} effect ${kill.at}`).toEqual(before);
    }
  });

  it('twice or three times in a row, at random moments: still ends as if nothing had happened', async () => {
    const moment = fc.record({ at: fc.integer({ min: 1, max: whole.length / 2 }), when: fc.constantFrom('before' as const, 'after' as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { minLength: 2, maxLength: 3 }), async (moments) => {
        fresh();
        for (const kill of moments) await run('apply', kill);
        await run('apply', null);
        expect(world.state()).toEqual(after);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the cluster in memory', () => {
  it('does nothing for a process that is dead', () => {
    const dead = new World(NODES);
    dead.begin({ at: 1, when: 'after' });
    expect(() => dead.effect(() => dead.publish(Buffer.from('x')))).toThrow(Killed);
    expect(dead.muc.toString()).toBe('x');
    expect(() => dead.effect(() => dead.publish(Buffer.from('y')))).toThrow(Killed);
    expect(dead.muc.toString()).toBe('x');
  });
});
