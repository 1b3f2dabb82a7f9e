/** The main job driven by key presses in a real terminal, on real hosts: on the smallest screen and line by line it ends as the headless run does. */

import { describe, it } from 'vitest';
import { WIZARD_TIMEOUT_MS, wizardSuite } from './wizard-suite.js';

describe('the main job by key presses', { timeout: WIZARD_TIMEOUT_MS }, () => {
  const suite = wizardSuite();
  it('on the full screen at 60 × 15', () => suite.onScreen(60, 15));
  it('line by line', () => suite.byLines());
});
