/** Nodes left out after a run has begun: the run goes on and goes back without them, and says so. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WizardEvent } from '../../../src/core/events.js';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import type { CommandContext } from '../../../src/engine/commands/types.js';
import { contextOf } from './fake-cluster/process.js';
import { kills, World } from './fake-cluster/world.js';

const OPTIONS = { expected: null, allowIrreversible: true, resume: true, trial: { kind: 'none' } } as const;
const BACK = { to: null, mucOnly: false } as const;
const REASON = 'its disk is full';

let dir: string;
let world: World;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcw-left-out-'));
  world = new World(['main', 'web1', 'web2']);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A process that goes on without web2: any connection to it is a bug. */
function withoutWeb2(events: WizardEvent[] = []): CommandContext {
  world.begin(null);
  const context = contextOf(world, dir);
  const { cluster, executor, bridge } = context.session;
  const never = (node: string) => {
    if (node === 'web2') throw new Error('there is no connection to web2');
  };
  return {
    ...context,
    frontend: { ...context.frontend, emit: (event) => events.push(event) },
    session: {
      ...context.session,
      cluster: { ...cluster, nodes: cluster.nodes.map((n) => (n.name === 'web2' ? { ...n, state: 'out' as const, exclusionReason: REASON } : n)) },
      executor: (node) => {
        never(node);
        return executor(node);
      },
      bridge: (node) => {
        never(node);
        return bridge(node);
      },
    },
  };
}

const again = () => {
  world.begin(null);
  return contextOf(world, dir);
};

describe('a node left out after the run', () => {
  it('keeps the way back open there, named with its reason; with it again, all is as before', async () => {
    const before = world.state();
    await applyCommand(again(), OPTIONS);
    const there = () => world.system.filter((c) => c.node === 'web2').length;
    expect(there()).toBeGreaterThan(0);
    const first = await rollbackCommand(withoutWeb2(), BACK);
    expect(first).toMatchObject({ outcome: 'changed', exitCode: 5 });
    expect(first.message).toContain(`web2 (${REASON})`);
    expect(there()).toBeGreaterThan(0);
    expect(world.muc.toString()).toBe(before['muc']);
    expect(await rollbackCommand(again(), BACK)).toMatchObject({ outcome: 'changed', exitCode: 0 });
    expect(world.state()).toEqual(before);
  });

  it('is in nobody’s way: the others take a new run, and what is still to be taken back is told', async () => {
    await applyCommand(again(), OPTIONS);
    await rollbackCommand(withoutWeb2(), BACK);
    const fresh = { ...OPTIONS, resume: false };
    await expect(applyCommand(again(), fresh)).rejects.toMatchObject({ code: 'run-unfinished' });
    const events: WizardEvent[] = [];
    expect(await applyCommand(withoutWeb2(events), fresh)).toMatchObject({ outcome: 'changed', exitCode: 0 });
    expect(events).toContainEqual(expect.objectContaining({ type: 'notice', level: 'warning', message: expect.stringMatching(/on web2 are not rolled back/) }));
    expect(await rollbackCommand(withoutWeb2(), BACK)).toMatchObject({ outcome: 'changed', exitCode: 0 });
  });

  it('is nothing to wait for when the run has changed nothing there', async () => {
    await applyCommand(withoutWeb2(), OPTIONS);
    const result = await rollbackCommand(withoutWeb2(), BACK);
    expect(result).toMatchObject({ outcome: 'changed', exitCode: 0 });
    expect(result.message).toContain(`Excluded, nothing was changed or verified there: web2 (${REASON})`);
  });
});

describe('a run killed at any moment', () => {
  it('is gone on with without web2, which is told, also what was owed there', async () => {
    await applyCommand(again(), OPTIONS);
    const moments = kills(world.effects);
    let owed = 0;
    for (const kill of moments) {
      world = new World(['main', 'web1', 'web2']);
      world.begin(kill);
      await applyCommand(contextOf(world, dir), OPTIONS).catch(() => undefined);
      const events: WizardEvent[] = [];
      const result = await applyCommand(withoutWeb2(events), OPTIONS);
      expect(result.exitCode, JSON.stringify(kill)).toBe(0);
      if (result.outcome === 'changed') expect(result.message).toContain(`web2 (${REASON})`);
      if (events.some((e) => e.type === 'notice' && e.node === 'web2' && e.message.includes('not made there'))) owed += 1;
    }
    expect(owed).toBeGreaterThan(0);
  });
});
