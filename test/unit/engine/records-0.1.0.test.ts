/**
 * Restore points, undo lists and journals as version 0.1.0 wrote them, taken up by this version: `status`, `rollback` and `apply --resume`.
 * That version recorded no stage with an undo entry, and its restore points had no sequence number and no binding to a site.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Plan } from '../../../src/core/change.js';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { statusCommand } from '../../../src/engine/commands/records.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import { restorePoint, stagePlan, trialRecord, undoEntry } from '../../../src/intake/records.js';
import { readJournal } from '../../../src/records/journal.js';
import { contextOf } from './fake-cluster/process.js';
import { type Kill, kills, World } from './fake-cluster/world.js';

const NODES = ['main', 'web1', 'web2'];
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const RESUME = { expected: null, allowIrreversible: true, resume: true } as const;

let dir: string;
let world: World;

beforeEach(() => {
  dir = mkdtempSync(join(SCRATCH, 'mcw-0.1.0-'));
  world = new World(NODES);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const without = (value: object, ...keys: readonly string[]) => Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

/** Rewrites what is on record into what version 0.1.0 wrote, and reads it as this version reads it from a disk. */
function asVersion010(): void {
  for (const [id, point] of world.points) {
    const old = without(point, 'seq', 'dirroot', 'webUser', 'files', 'notTakenBack');
    world.points.set(id, restorePoint.parse(JSON.parse(JSON.stringify(old))));
    if (!existsSync(point.journal)) continue;
    const lines = readFileSync(point.journal, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const journal = lines.map((line) => JSON.stringify(without(JSON.parse(line) as object, 'pid', 'processStart')));
    writeFileSync(point.journal, `${journal.join('\n')}\n`, { mode: 0o600 });
    expect(readJournal(point.journal)).toHaveLength(lines.length);
  }
  for (const [id, entries] of world.undo) {
    const old = entries.map(({ change, undo }) => ({ change: without(change, 'muc', 'files'), undo }));
    world.undo.set(
      id,
      old.map((entry) => undoEntry.parse(JSON.parse(JSON.stringify(entry)))),
    );
  }
  for (const [name, content] of world.files) {
    const json = () => JSON.parse(content.toString()) as object;
    if (name.endsWith('muc-stage.json')) world.files.set(name, Buffer.from(JSON.stringify(stagePlan.parse(json()))));
    if (name === 'trial.json') world.files.set(name, Buffer.from(JSON.stringify(trialRecord.parse(without(json(), 'muc', 'fileNodes')))));
  }
}

/** Applies in a process that may be killed, with a trial that is kept at once or none. */
async function apply(kill: Kill | null, trial: 'none' | 'wait'): Promise<void> {
  world.begin(kill);
  await applyCommand(contextOf(world, dir), { ...RESUME, trial: trial === 'none' ? { kind: 'none' } : { kind: 'wait', seconds: 0 } }).catch(
    (thrown: unknown) => {
      if (!world.dead) throw thrown;
    },
  );
}

/** The plan that a rollback shows, and the rollback itself. */
async function rollback(): Promise<Plan | null> {
  world.begin(null);
  const { frontend, ...rest } = contextOf(world, dir);
  let shown: Plan | null = null;
  const approve = async (plan: Plan) => {
    shown = plan;
    return true;
  };
  await rollbackCommand({ ...rest, frontend: { ...frontend, approve } }, { to: null, mucOnly: false });
  return shown;
}

const status = () => {
  world.begin(null);
  return statusCommand(contextOf(world, dir));
};

it('a finished run: status names it, its rollback is shown by the stages of its steps, and all is as before', async () => {
  const before = world.state();
  await apply(null, 'none');
  asVersion010();
  expect(await status()).toMatchObject({ exitCode: 0, data: { unfinished: false, mucChangedSince: false } });
  const plan = await rollback();
  expect(plan?.stages.map((s) => s.stage)).toEqual(['muc', 'modules', 'services']);
  expect(world.state()).toEqual(before);
});

it.each(['none', 'wait'] as const)(
  'a run cut off, trial %s: status says so; rolled back, all is as before; resumed, it ends as if it had not been',
  async (trial) => {
    const before = world.state();
    await apply(null, trial);
    const after = world.state();
    // Every seventh moment; every single one is in the crash tests.
    const moments = kills(world.effects).filter((_, i) => i % 7 === 3);
    let unfinished = 0;
    for (const kill of moments) {
      const at = `killed ${kill.when} effect ${kill.at}`;
      world = new World(NODES);
      await apply(kill, trial);
      asVersion010();
      if ((await status()).exitCode === 10) unfinished += 1;
      await rollback();
      expect(world.state(), at).toEqual(before);
      // On trial with all proofs done, a person decides: that is no run to resume.
      world = new World(NODES);
      await apply(kill, trial);
      if ([...world.points.values()].some((p) => p.state === 'on-trial')) continue;
      asVersion010();
      await apply(null, trial);
      const { points, ...state } = world.state() as { readonly points: readonly string[] };
      expect({ ...state, points: points.filter((p) => p !== 'muc-rolled-back') }, at).toEqual(after);
    }
    expect(unfinished).toBeGreaterThan(2);
  },
);
