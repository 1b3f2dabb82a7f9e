import { describe, expect, it } from 'vitest';
import { savesChangesOnly } from '../../../src/app/wizard.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
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
      return path;
    },
  };
  const options = { ...(initial ? { initial } : {}), answersPath: 'answers.yaml', resumeCommand: 'x', trialSeconds: 120, version: '0.1.0' };
  const wizard = createWizard({ backend: savesChangesOnly(fake, initial), options, now: () => 1000, interrupter: () => createInterrupter(() => 0) });
  return { wizard, written };
}

describe('saving the answers of the wizard', () => {
  it.each([[ANSWERS], [{ cluster: 'campus', mappings: {} }], [{}]])('leaves a file alone whose answers were not changed', async (initial) => {
    const { wizard, written } = make(initial);
    await wizard.begin();
    expect(await wizard.save()).toBe('answers.yaml');
    expect(written).toEqual([]);
  });

  it('writes what was changed, and what was changed back after that', async () => {
    const { wizard, written } = make(ANSWERS);
    for (const value of ['other', 'other', 'campus']) {
      wizard.dispatch({ type: 'set', key: 'cluster', value });
      await wizard.save();
    }
    expect(written).toEqual([{ ...ANSWERS, cluster: 'other' }, ANSWERS]);
  });

  it('writes a file that was not there', async () => {
    const { wizard, written } = make(undefined);
    await wizard.save();
    expect(written).toHaveLength(1);
  });
});
