/** The trial that the options of the command line select. */

import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import { DEFAULT_TRIAL_SECONDS, MAX_TRIAL_SECONDS, type TrialMode } from '../core/trial.js';
import type { CommandOptions } from './options.js';

function seconds(option: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= MAX_TRIAL_SECONDS) return value;
  throw new WizardError('usage', `${option} must be a whole number of seconds from 1 to ${MAX_TRIAL_SECONDS}, not "${text}".`, {
    remedies: [remedy`Example: ${option} 300`],
  });
}

/** Default: a trial of two minutes that keeps the changes if every check passes. @throws WizardError `usage` */
export function trialMode({ trial, confirmWithin }: Pick<CommandOptions, 'trial' | 'confirmWithin'>): TrialMode {
  if (confirmWithin !== undefined) {
    // commander sets true as the default of an option that has a `--no-` form.
    if (trial === false || typeof trial === 'string') {
      throw new WizardError('usage', `--confirm-within and ${trial === false ? '--no-trial' : '--trial'} cannot be combined.`, {
        remedies: [remedy`Use one of them.`],
      });
    }
    return { kind: 'confirm', seconds: seconds('--confirm-within', confirmWithin) };
  }
  if (trial === false) return { kind: 'none' };
  return { kind: 'wait', seconds: typeof trial === 'string' ? seconds('--trial', trial) : DEFAULT_TRIAL_SECONDS };
}
