/** A step of the guide: knows no screen, no SSH, no clock, no randomness (rule S3). */

import type { Answers } from '../answers/schema.js';
import type { Advice } from '../core/advice.js';
import type { Change, Finding } from '../core/change.js';
import type { Check } from '../core/check.js';
import type { Cluster } from '../core/cluster.js';
import type { WizardError } from '../core/errors.js';
import type { ClusterFacts } from '../core/facts.js';
import type { StepTitle } from './titles.js';

/** What every pure function of a step decides from. */
export interface PlanInput {
  readonly cluster: Cluster;
  readonly answers: Answers;
  readonly facts: ClusterFacts;
  readonly advice: Advice;
  /** HMACs of the secrets under this run's key, so that stored ones can be compared unseen. */
  readonly secretHmacs: Readonly<Record<string, string>>;
}

/** `E`: what a step hands over besides changes, for its track to put together with that of others. */
export interface StepPlan<E = unknown> {
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
  /** Reasons why this cannot be done at all; nothing is changed when there is one. */
  readonly refusals: readonly WizardError[];
  readonly edits: E;
}

/** A step: its words and questions (`StepTitle`), its plan and its checks. */
export interface Step<E = unknown> extends StepTitle {
  plan(input: PlanInput): StepPlan<E>;
  /** Judges from facts alone; what needs a fresh look at the nodes is proven by the engine's `prove`. */
  verify(input: PlanInput): readonly Check[];
}
