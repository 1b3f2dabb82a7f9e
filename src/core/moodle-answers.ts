/** What Moodle on a node answers, as data. */

import type { MucConfig, PathFacts } from './facts.js';

export interface StagedMuc {
  /** The whole new file. Holds secrets: never logged, never shown. */
  readonly content: Buffer;
  readonly sha256: string;
  /** Hash of the content it was made from; null when there was no file. */
  readonly baseSha256: string | null;
  /** Unified diff with secrets masked. */
  readonly diff: string;
  readonly config: MucConfig;
  /** What this site's identifier is by its database; null where Moodle could not tell. */
  readonly siteIdentifier: string | null;
}

export interface MucBytes {
  readonly content: Buffer;
  readonly file: PathFacts;
}

export interface StoreProof {
  readonly requirementsMet: boolean;
  readonly ready: boolean;
  readonly roundTrip: boolean | null;
  /** Milliseconds of set + get. */
  readonly ms: number | null;
  /** key -> seen */
  readonly read: Readonly<Record<string, boolean>>;
  readonly error: string | null;
}

export interface ProofResult {
  readonly sapi: string;
  readonly stores: Readonly<Record<string, StoreProof>>;
  /** definition -> store names that really serve it now, primary first */
  readonly effective: Readonly<Record<string, readonly string[]>>;
}

export interface Convergence {
  /** sha256 of the file this process reads from disk. */
  readonly diskHash: string | null;
  /** sha256 of serialize($configuration) as an include gives it in this SAPI: what runs. */
  readonly runsHash: string | null;
  readonly opcache: 'off' | 'invalidated' | 'refused';
}

/**
 * `missing`: no such instance. `web-only`: APCu, which only a web SAPI reaches. `flush`: a memcached, which can only be emptied whole.
 * `session`: lives in users' sessions. `failed`: the store said why.
 */
export type NotEmptiedCode = 'missing' | 'web-only' | 'flush' | 'session' | 'failed';

export interface NotEmptied {
  readonly store: string;
  readonly definition: string;
  readonly code: NotEmptiedCode;
  readonly why: string;
}

export interface EmptyResult {
  readonly emptied: readonly { readonly store: string; readonly definition: string }[];
  /** What could not be emptied and why; the purge is pending. */
  readonly owed: readonly NotEmptied[];
}
