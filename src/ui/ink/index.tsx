import type { WizardBackend, WizardOptions, WizardResult } from '../wizard-port.js';
export function runInkWizard(_b: WizardBackend, _o: WizardOptions): Promise<WizardResult> { throw new Error('soon'); }
