/** What can be done after a run has ended: with which answers, and what an end that could not be made leaves. */

import { describe, expect, it } from 'vitest';
import { getAt } from '../../../src/answers/draft.js';
import type { Answers } from '../../../src/answers/schema.js';
import { WizardError } from '../../../src/core/errors.js';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import { missingFor } from '../../../src/ui/flow/missing.js';
import { lastStart } from '../../../src/ui/ink/parts/ScrollText.js';
import { formatUnfinished } from '../../../src/ui/messages.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import type { RunResult, UnfinishedRun, WizardBackend } from '../../../src/ui/wizard-port.js';
import { createFakeBackend } from './fake-backend.js';
import { ANSWERS } from './fixtures.js';

const UNFINISHED = {
  run: 'r1',
  cluster: 'campus',
  since: '2026-11-22T18:04:11Z',
  by: 'root@main',
  detail: '',
  here: true,
  missingSecrets: [],
  missingLogins: [],
  journal: [],
  answers: { ...(ANSWERS as unknown as Answers), cluster: 'theirs' },
} as UnfinishedRun;

function wizardWith(over: Partial<WizardBackend>) {
  const options = { answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };
  return createWizard({ backend: { ...createFakeBackend({}), ...over }, options, now: () => 1000, interrupter: () => createInterrupter(() => 0) });
}

const failed = (code: 'host-unreachable' | 'no-trial'): RunResult => {
  const error = new WizardError(code, 'It could not be done.');
  return { outcome: error.outcome, exitCode: error.exitCode, message: error.message, error };
};
const ON_TRIAL: RunResult = { outcome: 'on-trial', exitCode: 0, message: 'On trial.', trialEndsAt: 9000 };

describe('after a run', () => {
  it('all that follows a run taken up has its answers, not those of the folder', async () => {
    const asked: string[] = [];
    const rollback: WizardBackend['rollback'] = async (input) => {
      asked.push(input.answers.cluster);
      return failed('host-unreachable');
    };
    const wizard = wizardWith({ rollback, findUnfinished: async () => UNFINISHED });
    await wizard.begin();
    wizard.dispatch({ type: 'goto', page: 'unfinished' });
    await wizard.run('rollback');
    expect(getAt(wizard.getState().draft, 'cluster')).toBe('theirs');
    await wizard.run('rollback');
    expect(asked).toEqual(['theirs', 'theirs']);
  });

  it.each(['keep', 'revert'] as const)('a trial that could not be ended by "%s" is still on', async (how) => {
    const end = async () => failed('host-unreachable');
    const wizard = wizardWith({ confirmTrial: end, revertTrial: end });
    wizard.dispatch({ type: 'run-end', result: ON_TRIAL });
    await wizard.endTrial(how);
    expect(wizard.getState().result).toMatchObject({ outcome: 'on-trial', trialEndsAt: 9000, message: 'It could not be done.' });
  });

  it('a trial that another wizard left is decided with its own answers, and needs no password of a service', async () => {
    const ends: string[] = [];
    const resume: WizardBackend['resume'] = async (input) => ({ ...ON_TRIAL, message: input.answers.cluster });
    const open = { ...UNFINISHED, trialEndsAt: 9000, missingSecrets: ['redis1Password'] } as UnfinishedRun;
    const wizard = wizardWith({
      resume,
      findUnfinished: async () => open,
      confirmTrial: async () => {
        ends.push('kept');
        return { outcome: 'changed', exitCode: 0, message: 'Kept.' };
      },
    });
    await wizard.begin();
    expect(missingFor(wizard.getState(), 'resume')).toEqual([]);
    wizard.dispatch({ type: 'goto', page: 'unfinished' });
    await wizard.run('resume');
    expect(wizard.getState().result).toMatchObject({ outcome: 'on-trial', trialEndsAt: 9000, message: 'theirs' });
    await wizard.endTrial('keep');
    expect(ends).toEqual(['kept']);
    expect(wizard.getState()).toMatchObject({ result: { message: 'Kept.' }, unfinished: null });
  });

  it('is told with the time that is left', () => {
    expect(formatUnfinished({ ...UNFINISHED, trialEndsAt: 9000 }, 1000)).toBe('Run r1 on campus is on trial: 8 s until automatic rollback.');
    expect(formatUnfinished(UNFINISHED, 1000)).toBe('Run r1 on campus is unfinished.');
  });

  it('one that is no longer on is told as such', async () => {
    const wizard = wizardWith({ confirmTrial: async () => failed('no-trial') });
    wizard.dispatch({ type: 'run-end', result: ON_TRIAL });
    await wizard.endTrial('keep');
    expect(wizard.getState().result).toMatchObject({ outcome: 'unchanged', error: { code: 'no-trial' } });
  });

  it('what the last run came to is still known when something else is tried', () => {
    const wizard = wizardWith({});
    wizard.dispatch({ type: 'run-end', result: { outcome: 'changed', exitCode: 4, message: 'A change failed.' } });
    wizard.dispatch({ type: 'retry', what: 'plan' });
    expect(wizard.getState().result).toMatchObject({ outcome: 'changed' });
  });

  it('the last line of a text can be reached', () => {
    expect(lastStart(8, 8)).toBe(0);
    // Seven lines and the row that tells what is above.
    expect(lastStart(9, 8)).toBe(2);
  });
});
