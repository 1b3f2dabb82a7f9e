/** A stage without a guard, end to end: applied, killed at each effect and resumed, rolled back; nothing of Moodle's cache configuration is touched. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { planCommand } from '../../../src/engine/commands/plan.js';
import { statusCommand } from '../../../src/engine/commands/records.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import { guardsOf } from '../../../src/engine/guards.js';
import { HANDLERS } from '../../../src/engine/handlers/index.js';
import { UNDONE_BY } from '../../../src/engine/run/undo-plan.js';
import { readJournal } from '../../../src/records/journal.js';
import { PLAIN, STAGE } from './fake-cluster/plain-track.js';
import { ANSWERS, contextOf } from './fake-cluster/process.js';
import { type Kill, kills, World } from './fake-cluster/world.js';

const NODES = ['main', 'web1', 'web2'];
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const FIRST = { expected: null, allowIrreversible: false, resume: false, trial: { kind: 'none' } } as const;
const RESUME = { ...FIRST, resume: true } as const;

let dir: string;
let world: World;

beforeEach(() => {
  dir = mkdtempSync(join(SCRATCH, 'mcw-plain-'));
  world = new World(NODES);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const context = (kill: Kill | null = null) => {
  world.begin(kill);
  return contextOf(world, dir, { track: PLAIN, answers: ANSWERS });
};

/** @returns true when the command came to its end before it was killed */
async function apply(kill: Kill | null = null): Promise<boolean> {
  try {
    await applyCommand(context(kill), RESUME);
  } catch (thrown) {
    if (!world.dead) throw thrown;
  }
  return !world.dead;
}

async function rollback(kill: Kill | null = null): Promise<boolean> {
  try {
    await rollbackCommand(context(kill), { to: null, mucOnly: false });
  } catch (thrown) {
    if (!world.dead) throw thrown;
  }
  return !world.dead;
}

it('is planned with its restore point, applied as changed, and then there is nothing to do', async () => {
  expect(guardsOf(PLAIN.titles)).toEqual([]);
  const { plan } = await planCommand(context());
  expect(plan.stages.map((s) => [s.stage, s.changes.map((c) => c.kind)])).toEqual([[STAGE, ['restore-point', 'file', 'file', 'file']]]);
  const muc = world.muc.toString();
  const result = await applyCommand(context(), FIRST);
  expect(result).toMatchObject({ outcome: 'changed', exitCode: 0 });
  expect([...world.points.values()]).toMatchObject([{ id: result.restorePoint, kind: 'apply', state: 'applied', mucAfter: null }]);
  expect(world.undo.get(result.restorePoint ?? '')?.every((entry) => entry.stage === STAGE)).toBe(true);
  expect(readJournal([...world.points.values()][0]?.journal ?? '').at(-1)).toMatchObject({ ev: 'run.end', outcome: 'changed', exitCode: 0 });
  expect(world.system.map((c) => c.node).sort()).toEqual(NODES);
  expect(world.muc.toString()).toBe(muc);
  expect(world.files.has('break-glass.sh')).toBe(false);
  expect(await applyCommand(context(), FIRST)).toMatchObject({ outcome: 'unchanged', exitCode: 0 });
  expect((await statusCommand(context())).message).not.toContain('break-glass');
});

it('asked for a trial, has none to conclude', async () => {
  expect(await applyCommand(context(), { ...FIRST, trial: { kind: 'wait', seconds: 0 } })).toMatchObject({ outcome: 'changed', exitCode: 0 });
  expect(world.state()).toMatchObject({ trial: ['none'], points: [] });
});

it('is rolled back change by change, shown before by its stage', async () => {
  const before = world.state();
  await apply();
  const shown: unknown[] = [];
  const { frontend, ...rest } = context();
  const approve = async (plan: Parameters<typeof frontend.approve>[0]) => {
    shown.push(plan.stages.map((s) => [s.stage, s.changes.length]));
    return true;
  };
  expect(await rollbackCommand({ ...rest, frontend: { ...frontend, approve } }, { to: null, mucOnly: false })).toMatchObject({
    outcome: 'changed',
    exitCode: 0,
  });
  expect(shown).toEqual([[[STAGE, 3]]]);
  expect(world.state()).toEqual(before);
  expect(world.system).toEqual([]);
});

it('killed at any effect and resumed, ends as if it had not been; rolled back, all is as before', async () => {
  const before = world.state();
  await apply();
  const after = world.state();
  const moments = kills(world.effects);
  expect(moments.length).toBeGreaterThan(40);
  for (const kill of moments) {
    const at = `killed ${kill.when} effect ${kill.at}`;
    world = new World(NODES);
    await apply(kill);
    expect(await apply(), at).toBe(true);
    expect(world.state(), at).toEqual(after);
    world = new World(NODES);
    await apply(kill);
    expect(await rollback(), at).toBe(true);
    expect(world.state(), at).toEqual(before);
  }
});

it('its rollback killed at any effect, and run again: all is as before', async () => {
  const before = world.state();
  await apply();
  await rollback();
  for (const kill of kills(world.effects)) {
    world = new World(NODES);
    await apply();
    await rollback(kill);
    expect(await rollback(), `killed ${kill.when} effect ${kill.at}`).toBe(true);
    expect(world.state(), `killed ${kill.when} effect ${kill.at}`).toEqual(before);
  }
});

it('what the plan of a rollback shows is what it does: kinds that are undone by themselves are those with an undo', () => {
  for (const [kind, handler] of Object.entries(HANDLERS)) expect([kind, UNDONE_BY[handler.kind] === 'itself']).toEqual([kind, handler.undo !== undefined]);
});
