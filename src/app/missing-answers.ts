/** What a run without a person would have to ask. */

import { getAt } from '../answers/draft.js';
import type { Answers } from '../answers/schema.js';
import { combineErrors, WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import type { TrackTitles } from '../track/titles.js';

/** Refuses answers that lack what a step of the track requires. @throws WizardError `answers-invalid` naming each key and what it is; further ones in `others` */
export function refuseMissing(track: TrackTitles, answers: Answers): void {
  const questions = track.steps.flatMap((step) => step.questions({ answers, facts: null, advice: null }));
  const missing = questions.filter((q) => q.required === true && getAt(answers, q.key) === undefined);
  if (missing.length === 0) return;
  throw combineErrors(
    missing.map(
      ({ key, message, help }) =>
        new WizardError('answers-invalid', `The answers lack "${key}": ${message}`, { evidence: [help], remedies: [remedy`Add it to the answers file.`] }),
    ),
  );
}
