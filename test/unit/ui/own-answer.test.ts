/** An answer of one's own that is none of the choices, on the full screen. */

import { expect, it } from 'vitest';
import { getAt } from '../../../src/answers/draft.js';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import { currentPage } from '../../../src/ui/flow/selectors.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import { createFakeBackend } from './fake-backend.js';
import { ANSWERS } from './fixtures.js';
import { keyed } from './keyed.js';

it('is in the line when its choice is opened, and kept by Enter', async () => {
  const initial = { ...ANSWERS, moodle: { dirroot: '/opt/my-moodle' } };
  const options = { initial, answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };
  const wizard = createWizard({ backend: createFakeBackend(), options, now: () => 1000, interrupter: () => createInterrupter() });
  await wizard.begin();
  const { press } = keyed(wizard);
  press('enter');
  expect(currentPage(wizard.getState()).question?.key).toBe('moodle.dirroot');
  press('enter', 'enter');
  expect(currentPage(wizard.getState()).question?.key).toBe('cluster');
  expect(getAt(wizard.getState().draft, 'moodle.dirroot')).toBe('/opt/my-moodle');
});
