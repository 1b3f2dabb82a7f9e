/** What a track is called, is made of and asks: all that screens, reports and records need of it. Nothing here plans, so that it loads fast. */

import type { Questions } from './question.js';

/** Guards that the engine knows: what a stage needs besides the undo of each of its changes. */
export type GuardId = 'muc';

export interface StageTitle {
  /** As recorded in plans and restore points; never changes once released. */
  readonly id: string;
  readonly title: string;
  /** What this stage does is exact only when the stages before it are done; it is planned again then. */
  readonly followsOthers?: true;
  /** The guard of this stage; without one its changes are applied, recorded and rolled back one by one. */
  readonly guard?: GuardId;
}

export interface StepTitle {
  /** `caches.stores`; never changes once released. */
  readonly id: string;
  /** The guide's number: `4`. */
  readonly number: string;
  /** A word or two for rails and tables. */
  readonly short: string;
  /** The title where 60 columns must hold it beside the cluster's name. */
  readonly brief: string;
  readonly title: string;
  readonly why: string;
  /** The stage that its changes belong to; null when it changes nothing. */
  readonly stage: string | null;
  /** What it asks, in every front end. */
  readonly questions: Questions;
  /** Its answers decide what the survey measures: they are asked for before it. */
  readonly beforeSurvey?: true;
}

export interface TrackTitles {
  readonly id: string;
  readonly title: string;
  /** The section of Moodle's "Server cluster" page that it walks through. */
  readonly guide: string;
  /** What it does for the cluster, as one sentence of the welcome page. */
  readonly purpose: string;
  /** Top-level keys of the answers file that belong to it. */
  readonly answers: readonly string[];
  /** It gives recommendations after the survey. */
  readonly advises?: true;
  /** In the order in which they run. */
  readonly stages: readonly StageTitle[];
  /** In the guide's order. */
  readonly steps: readonly StepTitle[];
}
