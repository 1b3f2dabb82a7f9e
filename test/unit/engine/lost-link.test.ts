/** A link that is lost when the work is over: what was done stays what is reported, whatever the lock and the records meet afterwards. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WizardError } from '../../../src/core/errors.js';
import type { WizardEvent } from '../../../src/core/events.js';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import type { CommandContext } from '../../../src/engine/commands/types.js';
import type { MoodleBridge } from '../../../src/moodle/bridge-api.js';
import { readJournal } from '../../../src/records/journal.js';
import type { SiteRecord } from '../../../src/records/site-record.js';
import { contextOf } from './fake-cluster/process.js';
import { World } from './fake-cluster/world.js';

const OPTIONS = { expected: null, allowIrreversible: true, resume: false, trial: { kind: 'none' } } as const;
const lost = async (): Promise<never> => {
  throw new WizardError('link-lost', 'The link to main was lost.', { nodes: ['main'] });
};

let dir: string;
let world: World;
let events: WizardEvent[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcw-lost-link-'));
  world = new World(['main', 'web1', 'web2']);
  events = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A process in which some calls to main are lost. */
function losing(bridge: Partial<MoodleBridge>, record: Partial<SiteRecord> = {}): CommandContext {
  world.begin(null);
  const context = contextOf(world, dir);
  const { session } = context;
  return {
    ...context,
    frontend: { ...context.frontend, emit: (event) => events.push(event) },
    session: { ...session, bridge: (node) => ({ ...session.bridge(node), ...bridge }), record: { ...session.record, ...record } },
  };
}

const warnings = () => events.flatMap((e) => (e.type === 'notice' && e.level === 'warning' ? [e.message] : []));
/** The last line of the newest journal. */
const lastLine = () => {
  const files = [...world.points.values()].map((p) => p.journal);
  return readJournal(files.at(-1) ?? '').at(-1);
};

describe('the link to main is lost while the lock is released', () => {
  it('after work that succeeded: changed, exit 0, and the lock that stays is reported', async () => {
    const result = await applyCommand(losing({ unlock: lost }), OPTIONS);
    expect(result).toMatchObject({ outcome: 'changed', exitCode: 0 });
    expect(lastLine()).toMatchObject({ ev: 'run.end', outcome: 'changed', exitCode: 0 });
    expect(warnings().join('\n')).toContain('was not released: The link to main was lost.');
    expect(world.lock).not.toBeNull();
  });

  it('after work that was reverted: reverted, with its own error and remedies', async () => {
    const refusing: Partial<MoodleBridge> = {
      unlock: lost,
      proveWeb: () => Promise.reject(new WizardError('verify-failed', 'not ready', { nodes: ['web1'] })),
    };
    const end = await applyCommand(losing(refusing), OPTIONS).catch((e: unknown) => e);
    expect(end).toMatchObject({ code: 'verify-failed', outcome: 'reverted' });
    expect((end as WizardError).remedies.length).toBeGreaterThan(0);
    expect(lastLine()).toMatchObject({ ev: 'run.end', outcome: 'reverted' });
  });

  it('after a rollback: changed, and the cluster is as before', async () => {
    const before = world.config;
    await applyCommand(losing({}), OPTIONS);
    const result = await rollbackCommand(losing({ unlock: lost }), { to: null, mucOnly: false });
    expect(result).toMatchObject({ outcome: 'changed', exitCode: 0 });
    expect(world.config).toEqual(before);
  });
});

describe('the link to main is lost while the end of a run is recorded', () => {
  it('after a rollback of what failed: its own error stays, and the outcome is unknown', async () => {
    const proveWeb = () => Promise.reject(new WizardError('verify-failed', 'not ready', { nodes: ['web1'] }));
    const writePoint: SiteRecord['writePoint'] = async (point) => (point.state === 'failed' && point.mucAfter === null ? lost() : undefined);
    const end = await applyCommand(losing({ proveWeb }, { writePoint }), OPTIONS).catch((e: unknown) => e);
    expect(end).toMatchObject({ code: 'verify-failed', outcome: 'unknown', others: [{ code: 'link-lost' }] });
    expect((end as WizardError).remedies.length).toBeGreaterThan(0);
  });

  it('after work that succeeded: changed, with run.end, and verify is named', async () => {
    let audits = 0;
    const audit: SiteRecord['audit'] = async () => {
      audits += 1;
      if (audits > 1) await lost();
    };
    const result = await applyCommand(losing({}, { audit }), OPTIONS);
    expect(result).toMatchObject({ outcome: 'changed', exitCode: 0 });
    expect(lastLine()).toMatchObject({ ev: 'run.end', outcome: 'changed', exitCode: 0 });
    expect(warnings().join('\n')).toContain('moodle-cluster-wizard verify');
  });

  it('right after the run has begun: unknown, never unchanged', async () => {
    const end = await applyCommand(losing({}, { audit: lost }), OPTIONS).catch((e: unknown) => e);
    expect(end).toMatchObject({ code: 'link-lost', outcome: 'unknown' });
    expect(lastLine()).toMatchObject({ ev: 'run.end', outcome: 'unknown', exitCode: 3 });
  });
});
