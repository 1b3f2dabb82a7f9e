/** `--from-step` and `--only-step`: whose changes are made. */

import { STEPS } from '../../steps/index.js';
import { WizardError } from '../core/errors.js';
import { joined, part, piece, remedy } from '../core/remedy.js';

function stepIndex(given: string): number {
  const index = STEPS.findIndex((s) => s.id === given || s.number === given);
  if (index >= 0) return index;
  throw new WizardError('usage', `There is no step "${given}".`, {
    remedies: [
      remedy`Steps: ${part(
        joined(
          STEPS.map((s) => piece`${s.number} (${s.id})`),
          ', ',
        ),
      )}`,
    ],
  });
}

/** The steps to change, or undefined for all. @throws WizardError `usage` */
export function chosenSteps(options: { readonly fromStep?: string; readonly onlyStep?: string }): ReadonlySet<string> | undefined {
  if (options.fromStep !== undefined && options.onlyStep !== undefined) {
    throw new WizardError('usage', '--from-step and --only-step exclude each other.', { remedies: [remedy`Give one of them.`] });
  }
  if (options.onlyStep !== undefined) return new Set([STEPS[stepIndex(options.onlyStep)]?.id ?? '']);
  if (options.fromStep !== undefined) return new Set(STEPS.slice(stepIndex(options.fromStep)).map((s) => s.id));
  return undefined;
}
