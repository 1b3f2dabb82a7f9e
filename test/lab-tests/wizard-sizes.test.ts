/** The main job by key presses on larger screens. */

import { describe, it } from 'vitest';
import { WIZARD_TIMEOUT_MS, wizardSuite } from './wizard-suite.js';

describe('the main job by key presses', { timeout: WIZARD_TIMEOUT_MS }, () => {
  const suite = wizardSuite();
  it('on the full screen at 80 × 24', () => suite.onScreen(80, 24));
  it('on the full screen at 160 × 50', () => suite.onScreen(160, 50));
});
