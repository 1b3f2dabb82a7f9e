/** A person who goes stage by stage: asked before each later stage, and a No leaves what was done for --resume or rollback. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Plan } from '../../../src/core/change.js';
import { asWizardError } from '../../../src/core/errors.js';
import type { Situation } from '../../../src/core/events.js';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import { contextOf } from './fake-cluster/process.js';
import { World } from './fake-cluster/world.js';

const OPTIONS = { expected: null, allowIrreversible: true, resume: true, trial: { kind: 'none' } } as const;

let dir: string;
let world: World;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcw-by-stage-'));
  world = new World(['main', 'web1', 'web2']);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Applies; `go` says yes or no before each later stage. */
async function apply(go: (plan: Plan) => boolean) {
  world.begin(null);
  const asked: { readonly situation: Situation; readonly left: readonly string[] }[] = [];
  const context = contextOf(world, dir);
  const approve = (plan: Plan, _ids: readonly string[], situation: Situation = 'first') => {
    asked.push({ situation, left: plan.stages.filter((s) => s.changes.length > 0).map((s) => s.stage) });
    return Promise.resolve(situation !== 'as-approved' || go(plan));
  };
  const error = await applyCommand({ ...context, frontend: { ...context.frontend, approve } }, OPTIONS).then(
    () => null,
    (thrown: unknown) => asWizardError(thrown),
  );
  return { asked, error };
}

it('is asked before every later stage, with what is left then', async () => {
  const { asked, error } = await apply(() => true);
  expect(error).toBeNull();
  const [first, ...later] = asked;
  expect(first).toMatchObject({ situation: 'first' });
  expect(later.length).toBeGreaterThan(0);
  for (const [i, one] of later.entries()) expect(one).toEqual({ situation: 'as-approved', left: first?.left.slice(i + 1) });
});

it('a No begins nothing of the stage; --resume ends as if nothing had been, rollback brings all back', async () => {
  const before = world.state();
  await apply(() => true);
  const whole = world.state();
  world = new World(['main', 'web1', 'web2']);
  const { error } = await apply(() => false);
  expect(error).toMatchObject({ code: 'cancelled', outcome: 'changed' });
  expect(error?.message).toMatch(/^The stage "\w+" was not started because you declined it/);
  expect(error?.remedies.join(' ')).toMatch(/--resume.*rollback/);
  const { error: none } = await apply(() => true);
  expect(none).toBeNull();
  expect(world.state()).toEqual(whole);
  world.begin(null);
  await rollbackCommand(contextOf(world, dir), { to: null, mucOnly: false });
  expect(world.state()).toEqual(before);
});
