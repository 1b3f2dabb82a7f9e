/** A track that no file of src knows, killed at every effect: resumed it ends as one that was not disturbed, rolled back as if nothing had been. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import { WORK } from '../../track/work.js';
import { contextOf } from './fake-cluster/process.js';
import { type Kill, kills, World } from './fake-cluster/world.js';

// Hundreds of journals, each line of them synced: in memory, where there is such a place.
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const APPLY = { expected: null, allowIrreversible: false, resume: true, trial: { kind: 'none' } } as const;

let dir: string;
let world: World;
let before: unknown;
let after: unknown;
let whole: readonly Kill[];
let back: readonly Kill[];

const fresh = () => {
  world = new World(['main', 'web1', 'web2']);
};

async function run(command: 'apply' | 'rollback', kill: Kill | null = null): Promise<boolean> {
  world.begin(kill);
  const context = contextOf(world, dir, WORK);
  try {
    await (command === 'apply' ? applyCommand(context, APPLY) : rollbackCommand(context, { to: null, mucOnly: false }));
  } catch (thrown) {
    if (!world.dead) throw thrown;
  }
  return !world.dead;
}

beforeAll(async () => {
  dir = mkdtempSync(join(SCRATCH, 'mcw-crash-track-'));
  fresh();
  before = world.state();
  await run('apply');
  after = world.state();
  whole = kills(world.effects);
  await run('rollback');
  back = kills(world.effects);
  expect(world.state()).toEqual(before);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('during apply, resumed', async () => {
  expect(whole.length).toBeGreaterThan(20);
  for (const kill of whole) {
    fresh();
    await run('apply', kill);
    expect(await run('apply')).toBe(true);
    expect(world.state(), `killed ${kill.when} effect ${kill.at}`).toEqual(after);
  }
});

it('during apply, rolled back', async () => {
  for (const kill of whole) {
    fresh();
    await run('apply', kill);
    await run('rollback').catch(() => false);
    expect(world.state(), `killed ${kill.when} effect ${kill.at}`).toEqual(before);
  }
});

it('during rollback, rolled back again', async () => {
  for (const kill of back) {
    fresh();
    await run('apply');
    await run('rollback', kill);
    expect(await run('rollback')).toBe(true);
    expect(world.state(), `killed ${kill.when} effect ${kill.at}`).toEqual(before);
  }
});
