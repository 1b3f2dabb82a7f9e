/** What a signal decides while a person is being asked, or while a trial is being ended. */

import { describe, expect, it } from 'vitest';
import { WizardError } from '../../../src/core/errors.js';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import { stopRun } from '../../../src/ui/flow/stop.js';
import { formatRunningTrial } from '../../../src/ui/messages.js';
import type { PlainIo } from '../../../src/ui/plain/io.js';
import { watched } from '../../../src/ui/plain/run.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import type { RunResult, WizardBackend } from '../../../src/ui/wizard-port.js';
import { createFakeBackend } from './fake-backend.js';
import { ANSWERS, PLAN } from './fixtures.js';
import { keyed } from './keyed.js';
import { scripted } from './scripted.js';

const OPTIONS = { initial: ANSWERS, answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };

async function wizardAtPlan(over: (fake: WizardBackend) => Partial<WizardBackend>) {
  const fake = createFakeBackend();
  const wizard = createWizard({ backend: { ...fake, ...over(fake) }, options: OPTIONS, now: Date.now, interrupter: () => createInterrupter() });
  await wizard.begin();
  wizard.dispatch({ type: 'goto', page: 'plan' });
  await wizard.work();
  return wizard;
}

/** A run that asks, and then takes its time to end. */
function asksAndWaits() {
  let runs = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const apply: WizardBackend['apply'] = async (_plan, _input, frontend) => {
    runs += 1;
    const approved = await frontend.approve({ ...PLAN, hash: 'other' }, []);
    await finished;
    return { outcome: 'unchanged', exitCode: 130, message: approved ? 'approved' : 'declined' };
  };
  return { apply, runs: () => runs, finish };
}

describe('a signal while a plan is asked for in the middle of a run', () => {
  it('plain: gives the prompt up before anything else is asked', async () => {
    const { apply, finish } = asksAndWaits();
    const wizard = await wizardAtPlan(() => ({ apply }));
    const prompts: string[] = [];
    const { io } = scripted([]);
    const waiting: PlainIo = {
      ...io,
      until: (over) => ({
        ...io,
        ask: () =>
          new Promise((_, reject) => {
            prompts.push('open');
            over.addEventListener('abort', () => {
              prompts.push('given up');
              reject(new WizardError('cancelled', 'Cancelled.'));
            });
          }),
      }),
    };
    const over = watched({ io: waiting, wizard, options: OPTIONS }, 'apply');
    await expect.poll(() => prompts).toEqual(['open']);
    wizard.interrupt();
    expect(prompts).toEqual(['open', 'given up']);
    await expect.poll(() => wizard.getState().asking).toBeNull();
    finish();
    await over;
    expect(wizard.getState().result).toMatchObject({ message: 'declined' });
  });

  it('full screen: takes the question back, so that its yes begins no second run', async () => {
    const { apply, runs, finish } = asksAndWaits();
    const wizard = await wizardAtPlan(() => ({ apply }));
    const { press, session } = keyed(wizard);
    press('a', 'y');
    await expect.poll(() => wizard.getState().asking).not.toBeNull();
    press('a');
    expect(session.ui.get().ask).toBe('sure');
    wizard.interrupt();
    expect(session.ui.get().ask).toBeNull();
    press('y');
    finish();
    await expect.poll(() => wizard.getState().result?.message).toBe('declined');
    expect(runs()).toBe(1);
  });
});

describe('a Ctrl+C while the next stage is asked about', () => {
  it('is a No: nothing more is begun, and nobody is asked again', async () => {
    const wizard = await wizardAtPlan(() => ({}));
    const run = wizard.run('apply', true);
    await expect.poll(() => wizard.getState().asking?.situation).toBe('as-approved');
    wizard.interrupt();
    expect(await run).toMatchObject({ outcome: 'changed', error: { code: 'cancelled' } });
    expect(wizard.getState().asking).toBeNull();
  });
});

describe('leaving during a trial', () => {
  const KEPT: RunResult = { outcome: 'changed', exitCode: 0, message: 'Kept.' };

  it('waits for what comes of ending it', async () => {
    let finish: (result: RunResult) => void = () => {};
    const confirmTrial = () =>
      new Promise<RunResult>((resolve) => {
        finish = resolve;
      });
    const wizard = await wizardAtPlan(() => ({ confirmTrial }));
    wizard.dispatch({ type: 'run-end', result: { outcome: 'on-trial', exitCode: 0, message: 'On trial.' } });
    void wizard.endTrial('keep');
    let stopped = false;
    const stop = stopRun(wizard).then(() => {
      stopped = true;
    });
    await new Promise((r) => setTimeout(r, 20));
    expect(stopped).toBe(false);
    finish(KEPT);
    await stop;
    expect(wizard.getState().result).toEqual(KEPT);
  });

  it('tells that it goes on, and how the new mappings are kept', () => {
    const words = formatRunningTrial({ outcome: 'on-trial', exitCode: 0, message: '', trialEndsAt: 90_000 }, 30_000).join(' ');
    expect(words).toContain('continues without the wizard: 60 s until automatic rollback');
    expect(words).toContain('moodle-cluster-wizard confirm');
    expect(formatRunningTrial(KEPT, 0)).toEqual([]);
  });
});
