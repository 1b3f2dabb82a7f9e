import { describe, expect, it } from 'vitest';
import { savesChangesOnly } from '../../../src/app/wizard.js';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import { formatSaved } from '../../../src/ui/messages.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import type { WizardBackend } from '../../../src/ui/wizard-port.js';
import { createFakeBackend } from '../ui/fake-backend.js';
import { ANSWERS } from '../ui/fixtures.js';

function make(initial: Readonly<Record<string, unknown>> | undefined) {
  const written: unknown[] = [];
  const fake: WizardBackend = {
    ...createFakeBackend(),
    saveAnswers: async (answers, path) => {
      written.push(answers);
      return { path, how: 'written' };
    },
  };
  const options = { ...(initial ? { initial } : {}), answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };
  const wizard = createWizard({ backend: savesChangesOnly(fake, initial), options, now: () => 1000, interrupter: () => createInterrupter(() => 0) });
  return { wizard, written };
}

describe('saving the answers of the wizard', () => {
  it.each([[ANSWERS], [{ cluster: 'campus', mappings: {} }], [{}]])('leaves a file alone whose answers were not changed', async (initial) => {
    const { wizard, written } = make(initial);
    await wizard.begin();
    expect(formatSaved(await wizard.save())).toBe('Answers in answers.yaml are unchanged.');
    expect(written).toEqual([]);
  });

  it('writes what was changed, and what was changed back after that', async () => {
    const { wizard, written } = make(ANSWERS);
    for (const value of ['other', 'other', 'campus']) {
      wizard.dispatch({ type: 'set', key: 'cluster', value });
      await wizard.save();
    }
    expect(written).toEqual([{ ...ANSWERS, cluster: 'other' }, ANSWERS]);
    // Also when the last attempt had nothing to write: it was saved in this session.
    expect(formatSaved(await wizard.save())).toBe('Answers saved in answers.yaml, without passwords.');
  });

  it('writes a file that was not there, but none when nothing was answered', async () => {
    const { wizard, written } = make(undefined);
    expect(formatSaved(await wizard.save())).toBe('No answers given, nothing saved.');
    expect(written).toHaveLength(0);
    wizard.dispatch({ type: 'set', key: 'cluster', value: 'campus' });
    expect(formatSaved(await wizard.save())).toContain('Answers saved');
    expect(written).toHaveLength(1);
  });
});
