/** The trial that the command line asks for. */

import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import { DEFAULT_TRIAL_SECONDS, MAX_TRIAL_SECONDS, type TrialMode } from '../core/trial.js';
import type { CommandOptions } from './options.js';

function seconds(option: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= MAX_TRIAL_SECONDS) return value;
  throw new WizardError('usage', `${option} takes whole seconds from 1 to ${MAX_TRIAL_SECONDS}, not "${text}".`, {
    remedies: [remedy`For example: ${option} 300`],
  });
}

/** Without options: a trial that keeps by itself when every check has held for two minutes. @throws WizardError `usage` */
export function trialMode({ trial, confirmWithin }: Pick<CommandOptions, 'trial' | 'confirmWithin'>): TrialMode {
  if (confirmWithin !== undefined) {
    // commander tells a default of true for an option that has a `--no-` twin.
    if (trial === false || typeof trial === 'string') {
      throw new WizardError('usage', `--confirm-within and ${trial === false ? '--no-trial' : '--trial'} exclude each other.`, {
        remedies: [remedy`Give one of them.`],
      });
    }
    return { kind: 'confirm', seconds: seconds('--confirm-within', confirmWithin) };
  }
  if (trial === false) return { kind: 'none' };
  return { kind: 'wait', seconds: typeof trial === 'string' ? seconds('--trial', trial) : DEFAULT_TRIAL_SECONDS };
}
