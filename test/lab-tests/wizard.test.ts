/** The main job driven by key presses in a real terminal, on real hosts: on screens of three sizes and line by line it ends as the headless run does. */

import { describe, it } from 'vitest';
import { WIZARD_TIMEOUT_MS, wizardSuite } from './wizard-suite.js';

describe('the main job by key presses', { timeout: WIZARD_TIMEOUT_MS }, () => {
  const suite = wizardSuite();
  it('on the full screen at 60 × 15', () => suite.onScreen(60, 15));
  it('on the full screen at 80 × 24', () => suite.onScreen(80, 24));
  it('on the full screen at 160 × 50', () => suite.onScreen(160, 50));
  it('line by line', () => suite.byLines());
});
