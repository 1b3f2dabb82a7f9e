import type { Remedy } from './remedy.js';

/** One cell of the proof: a thing, on a node, that holds or not (or could not be asked). */
export interface Check {
  readonly id: string;
  readonly node: string;
  readonly step: string;
  /** What is checked, a few words: `redis1 ready (web)`. */
  readonly subject: string;
  readonly store?: string;
  readonly status: 'passed' | 'failed' | 'unknown';
  readonly detail: string;
  readonly remedy?: Remedy;
  /** Milliseconds of the round trip where one was made. */
  readonly ms?: number;
}
