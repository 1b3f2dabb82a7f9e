/** The answers given so far as the app takes them. */

import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
import type { WizardInput } from '../wizard-port.js';
import { surveyKeys } from './pages.js';
import { contextOf } from './selectors.js';
import type { FlowState } from './state.js';
import { completeAnswers } from './validate.js';

/** Answers and secrets for the app. @throws WizardError `answers-invalid` naming every key that is missing or wrong */
export function inputOf(state: FlowState): WizardInput {
  const whole = completeAnswers(state.draft);
  if ('answers' in whole) return { answers: whole.answers, secrets: state.secrets, onRecord: state.onRecord };
  throw new WizardError('answers-invalid', 'Some answers are missing or invalid.', {
    evidence: whole.issues.map((i) => `${i.path}: ${i.message}`),
    remedies: [remedy`Go back to the review and correct them.`],
  });
}

/** For the survey: without later answers, which may be incomplete. */
export function surveyInput(state: FlowState): WizardInput {
  const whole = completeAnswers(state.draft);
  if ('answers' in whole) return inputOf(state);
  const keys = ['version', 'cluster', ...surveyKeys(contextOf(state)), 'secrets'];
  return inputOf({ ...state, draft: Object.fromEntries(Object.entries(state.draft).filter(([key]) => keys.includes(key))) });
}
