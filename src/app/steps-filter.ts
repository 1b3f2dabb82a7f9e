/** `--from-step` and `--only-step`: whose changes are made. */

import { WizardError } from '../core/errors.js';
import { joined, part, piece, remedy } from '../core/remedy.js';
import type { TrackTitles } from '../track/titles.js';

function stepIndex({ steps }: TrackTitles, given: string): number {
  const index = steps.findIndex((s) => s.id === given || s.number === given);
  if (index >= 0) return index;
  throw new WizardError('usage', `There is no step "${given}".`, {
    remedies: [
      remedy`Steps: ${part(
        joined(
          steps.map((s) => piece`${s.number} (${s.id})`),
          ', ',
        ),
      )}`,
    ],
  });
}

/** The steps of a track to change, or undefined for all. @throws WizardError `usage` */
export function chosenSteps(track: TrackTitles, options: { readonly fromStep?: string; readonly onlyStep?: string }): ReadonlySet<string> | undefined {
  if (options.fromStep !== undefined && options.onlyStep !== undefined) {
    throw new WizardError('usage', '--from-step and --only-step cannot be combined.', { remedies: [remedy`Use one of them.`] });
  }
  if (options.onlyStep !== undefined) return new Set([track.steps[stepIndex(track, options.onlyStep)]?.id ?? '']);
  if (options.fromStep !== undefined) return new Set(track.steps.slice(stepIndex(track, options.fromStep)).map((s) => s.id));
  return undefined;
}
