/** A track of one step that no file of src knows: planned, applied, checked, reported and rolled back, in memory. (Killed at every effect: test/unit/engine/crash-test-track.test.ts.) */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answers } from '../../../src/answers/schema.js';
import { chosenTrack, forTrack } from '../../../src/app/chosen-track.js';
import { refuseMissing } from '../../../src/app/missing-answers.js';
import { chosenSteps } from '../../../src/app/steps-filter.js';
import type { Plan } from '../../../src/core/change.js';
import type { Check } from '../../../src/core/check.js';
import { activeNodes } from '../../../src/core/cluster.js';
import { asWizardError } from '../../../src/core/errors.js';
import type { WizardEvent } from '../../../src/core/events.js';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { planCommand } from '../../../src/engine/commands/plan.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import { verifyCommand } from '../../../src/engine/commands/verify.js';
import { renderReport } from '../../../src/ui/text/index.js';
import { caches } from '../../../steps/caches/track.js';
import { MARKER_FILE } from '../../track/steps/marker/1-marker.js';
import { marker } from '../../track/steps/marker/track.js';
import { ANSWERS, WORK } from '../../track/work.js';
import { contextOf, ANSWERS as OF_CACHES } from '../engine/fake-cluster/process.js';
import { World } from '../engine/fake-cluster/world.js';
import { CLUSTER } from '../steps-system/world.js';

const APPLY = { expected: null, allowIrreversible: false, resume: true, trial: { kind: 'none' } } as const;

let dir: string;
let world: World;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcw-test-track-'));
  world = new World(['main', 'web1', 'web2']);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A context and what it emits. */
function at() {
  world.begin(null);
  const context = contextOf(world, dir, WORK);
  const events: WizardEvent[] = [];
  const shown: Plan[] = [];
  const emit = (event: WizardEvent) => void events.push(event);
  const approve = (plan: Plan) => {
    shown.push(plan);
    return Promise.resolve(true);
  };
  return { context: { ...context, frontend: { ...context.frontend, emit, approve }, session: { ...context.session, emit } }, events, shown };
}

const written = () => world.system.flatMap((c) => (c.kind === 'file' ? [`${c.node} ${c.path} ${c.content}`] : []));

describe('the test track', () => {
  it('plans a file on every node, in its own stage, and nothing of caches', async () => {
    const { plan } = await planCommand(at().context, { steps: undefined, trial: true });
    expect(plan.stages.map((s) => s.stage)).toEqual(['markers']);
    const changes = plan.stages.flatMap((s) => s.changes);
    expect(new Set(changes.map((c) => c.kind))).toEqual(new Set(['restore-point', 'directory', 'file']));
    expect(changes.flatMap((c) => (c.kind === 'file' ? [c.node] : []))).toEqual(activeNodes(CLUSTER).map((n) => n.name));
    const report = renderReport(plan).join('\n');
    expect(report).toContain(`Write ${MARKER_FILE}`);
    expect(report).toContain('The former file is restored, or the file is removed.');
  });

  it('applies, checks every node, has nothing left to do, and rolls back', async () => {
    const before = world.state();
    await applyCommand(at().context, APPLY);
    expect(written()).toContain(`web1 ${MARKER_FILE} campus production\nResponsible: ada\n`);
    const { context, events } = at();
    await verifyCommand(context).catch((thrown: unknown) => expect(asWizardError(thrown).code).toBe(''));
    const checks = events.flatMap((e): readonly Check[] => (e.type === 'check' && e.check.step === 'marker.files' ? [e.check] : []));
    expect(checks.length).toBeGreaterThan(2);
    expect(new Set(checks.map((c) => c.status))).toEqual(new Set(['passed']));
    const { plan } = await planCommand(at().context, { steps: undefined, trial: true });
    expect(plan.stages).toEqual([]);
    const back = at();
    await rollbackCommand(back.context, { to: null, mucOnly: false });
    expect(back.shown[0]?.stages.map((s) => s.stage)).toEqual(['markers']);
    expect(written()).toEqual([]);
    expect(world.state()).toEqual(before);
  });

  it('is chosen by name, by the answers, or is not', () => {
    const tracks = [caches, marker];
    expect(chosenTrack(ANSWERS, tracks)).toBe(marker);
    expect(chosenTrack(OF_CACHES, tracks)).toBe(caches);
    expect(chosenTrack(forTrack(OF_CACHES, 'marker'), tracks)).toBe(marker);
    expect(chosenTrack({ ...ANSWERS, needs: { users: 1 } }, tracks)).toBe(caches);
    expect(() => chosenTrack(forTrack(ANSWERS, 'no-such'), tracks)).toThrow('Unknown track "no-such".');
  });

  it('has steps of its own: a bare number means one of them', () => {
    expect(chosenSteps(marker.titles, { onlyStep: '1' })).toEqual(new Set(['marker.files']));
    expect(() => chosenSteps(marker.titles, { fromStep: '4' })).toThrow('There is no step "4".');
  });

  it('names what the answers lack by its key', () => {
    const lacking = { ...OF_CACHES, track: 'marker' } as Answers;
    expect(() => refuseMissing(marker.titles, lacking)).toThrow('The answers lack "marker.text": What should the marker file say?');
    expect(() => refuseMissing(marker.titles, ANSWERS)).not.toThrow();
    expect(() => refuseMissing(caches.titles, OF_CACHES)).not.toThrow();
  });
});
