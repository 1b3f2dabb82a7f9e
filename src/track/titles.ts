/** What a track is called and made of, as plain data: all that screens, reports and records need of it. */

export interface StageTitle {
  /** As recorded in plans and restore points; never changes once released. */
  readonly id: string;
  readonly title: string;
  /** What this stage does is exact only when the stages before it are done; it is planned again then. */
  readonly followsOthers?: true;
}

export interface StepTitle {
  /** `caches.stores`; never changes once released. */
  readonly id: string;
  /** The guide's number: `4`. */
  readonly number: string;
  /** A word or two for rails and tables. */
  readonly short: string;
  readonly title: string;
  readonly why: string;
  /** The stage that its changes belong to; null when it changes nothing. */
  readonly stage: string | null;
}

export interface TrackTitles {
  readonly id: string;
  readonly title: string;
  /** The section of Moodle's "Server cluster" page that it walks through. */
  readonly guide: string;
  /** In the order in which they run. */
  readonly stages: readonly StageTitle[];
  /** In the guide's order. */
  readonly steps: readonly StepTitle[];
}
