/**
 * The same as in crash-matrix.test.ts, with the mappings on trial: a process killed at every effect of a run that arms, moves, watches and keeps; with and
 * without the nodes' own way back having come before the next command.
 */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import { confirmCommand, revertCommand } from '../../../src/engine/commands/trial.js';
import type { CommandContext } from '../../../src/engine/commands/types.js';
import { contextOf } from './fake-cluster/process.js';
import { expire } from './fake-cluster/trial.js';
import { type Kill, kills, World } from './fake-cluster/world.js';

const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const NODES = ['main', 'web1', 'web2'];
const OPTIONS = { expected: null, allowIrreversible: true, resume: true } as const;
const COMMANDS = {
  // No time to wait in: one look at everything, then kept.
  apply: (c: CommandContext) => applyCommand(c, { ...OPTIONS, trial: { kind: 'wait', seconds: 0 } }),
  'apply to confirm': (c: CommandContext) => applyCommand(c, { ...OPTIONS, trial: { kind: 'confirm', seconds: 60 } }),
  confirm: confirmCommand,
  revert: revertCommand,
  rollback: (c: CommandContext) => rollbackCommand(c, { to: null, mucOnly: false }),
} as const;

let dir: string;
let world: World;
let last: Kill | null = null;

/** Runs a command in a process that may be killed. @returns true when it came to its end */
async function run(command: keyof typeof COMMANDS, kill: Kill | null = null): Promise<boolean> {
  last = kill ?? last;
  world.begin(kill);
  try {
    await COMMANDS[command](contextOf(world, dir));
  } catch (thrown) {
    if (!world.dead) throw new Error(`${command} after ${JSON.stringify(last)}`, { cause: thrown });
  }
  return !world.dead;
}

function fresh(): void {
  if (existsSync(join(dir, 'runs'))) rmSync(join(dir, 'runs'), { recursive: true });
  world = new World(NODES);
}

describe('a process killed at any moment of a run with a trial', () => {
  let before: unknown;
  let after: unknown;
  let whole: readonly Kill[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(SCRATCH, 'mcw-crash-'));
    fresh();
    before = world.state();
    expect(await run('apply')).toBe(true);
    after = world.state();
    // What comes before is in crash-matrix.test.ts.
    whole = kills(world.effects).filter((kill) => kill.at >= world.trial.began - 2);
    console.log(`crash matrix with a trial: ${whole.length} kills`);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('undisturbed: kept, and nothing of the trial is left; rolled back, all is as before', async () => {
    expect(after).toMatchObject({ trial: ['none'] });
    expect(await run('rollback')).toBe(true);
    expect(world.state()).toEqual(before);
  });

  for (const [when, meanwhile] of [
    ['at once', () => {}],
    ['when the nodes have put back by themselves', () => expire(world)],
  ] as const) {
    it(`taken up again ${when}: ends as if nothing had happened`, async () => {
      for (const kill of whole) {
        fresh();
        await run('apply', kill);
        meanwhile();
        // All is done but the watching: apply then leaves it to a person.
        const waits = world.trial.mark === 'armed' && [...world.points.values()].some((p) => p.state === 'on-trial');
        expect(await run(waits ? 'confirm' : 'apply'), `killed ${kill.when} effect ${kill.at}`).toBe(true);
        const now = world.state() as { readonly points: readonly string[] };
        expect({ ...now, points: now.points.filter((p) => p !== 'muc-rolled-back') }, `killed ${kill.when} effect ${kill.at}`).toEqual(after);
      }
    });

    it(`rolled back ${when}: all is as it was before`, async () => {
      for (const kill of whole) {
        fresh();
        await run('apply', kill);
        meanwhile();
        expect(await run('rollback'), `killed ${kill.when} effect ${kill.at}`).toBe(true);
        expect(world.state(), `killed ${kill.when} effect ${kill.at}`).toEqual(before);
      }
    });
  }

  it('left alone: once mappings are live under the trial and nobody has kept them, the nodes bring the file back', async () => {
    for (const kill of whole) {
      fresh();
      const first = world.muc.toString();
      await run('apply', kill);
      const open = world.trial.armed.size === NODES.length && world.trial.mark === 'armed';
      expire(world);
      if (open) expect(world.muc.toString(), `killed ${kill.when} effect ${kill.at}`).toBe(first);
    }
  });

  it('during confirm: kept by the next confirm, or put back whole by the nodes; never half', async () => {
    fresh();
    await run('apply to confirm');
    await run('confirm');
    const kept = world.state();
    for (const kill of kills(world.effects)) {
      fresh();
      await run('apply to confirm');
      await run('confirm', kill);
      expire(world);
      // Says that there is no trial when the first one came far enough.
      await run('confirm').catch(() => {});
      const now = world.state() as { readonly muc: string };
      const back = now.muc === (before as { readonly muc: string }).muc;
      if (!back) expect(now, `killed ${kill.when} effect ${kill.at}`).toEqual(kept);
      else expect(now, `killed ${kill.when} effect ${kill.at}`).toMatchObject({ lock: null, owed: false, trial: ['none'] });
    }
  });

  it('during revert: put back by the next revert, or by the nodes', async () => {
    fresh();
    const first = world.muc.toString();
    await run('apply to confirm');
    await run('revert');
    expect(world.muc.toString()).toBe(first);
    const effects = world.effects;
    for (const again of [true, false]) {
      for (const kill of kills(effects)) {
        fresh();
        await run('apply to confirm');
        await run('revert', kill);
        if (again) await run('revert').catch(() => {});
        else expire(world);
        expect(world.muc.toString(), `killed ${kill.when} effect ${kill.at}`).toBe(first);
        if (again) expect(world.state(), `killed ${kill.when} effect ${kill.at}`).toMatchObject({ lock: null, trial: ['none'] });
      }
    }
  });
});
