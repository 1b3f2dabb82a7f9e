/** What the engine asks of Moodle on a node. Implemented by `bridge.ts` over the PHP bridge in templates/bridge. */

import type { LockHolder, PhpPool, PhpSapi, SiteFacts } from '../core/facts.js';
import type { RuntimeMeasure, SiteUse } from '../core/measure.js';
import type { Convergence, EmptyResult, MucBytes, ProofResult, StagedMuc } from '../core/moodle-answers.js';
import type { MucEdit } from '../core/muc-edit.js';
import type { PageMeasure, PageTarget, TrialMark } from '../core/trial.js';

export interface StageRequest {
  readonly edits: readonly MucEdit[];
  readonly secrets: Readonly<Record<string, string>>;
  /** The file to start from; null = the live one. */
  readonly base: Buffer | null;
  /** Start from Moodle's own default, as if there were no file. */
  readonly fresh?: boolean;
  /** Write this site's own identifier into it. */
  readonly identifier?: boolean;
}

export interface ProofRequest {
  readonly stores: readonly string[];
  /** Definitions whose effective stores are asked. */
  readonly definitions: readonly string[];
  /** Key to write into every store's ad-hoc proof area and read back at once. */
  readonly write?: string;
  /** Keys that other nodes wrote and this node must read: store -> keys. */
  readonly read?: Readonly<Record<string, readonly string[]>>;
  /** Keys to delete again: store -> keys. */
  readonly clean?: Readonly<Record<string, readonly string[]>>;
}

/** Moodle on one node. All methods run as the web user. They write below dataroot only where their text says so. @throws WizardError */
export interface MoodleBridge {
  /** Full bootstrap; MUC file's hash taken before and after. */
  inspect(): Promise<SiteFacts>;
  /**
   * Makes the edits with Moodle's own writer on a private copy of `base`. Runs the collateral guard. Writes nothing live.
   * Without edits the content is returned unchanged, with the verdict. @throws WizardError `muc-corrupt` when the base cannot be used
   */
  stage(request: StageRequest): Promise<StagedMuc>;
  /** The live file's bytes, owner, mode and hash, without starting Moodle; null when missing. */
  readMuc(): Promise<MucBytes | null>;
  /**
   * Compare and swap, without starting Moodle: takes Moodle's `configwrite` lock, hashes the live file again, one rename, unlocks.
   * `expected` null = there must be no file. `mode` octal text of the file to keep. Writes the MUC file.
   * @throws WizardError `muc-moved`, `muc-lock-stale`
   */
  publish(request: { readonly content: Buffer; readonly expected: string | null; readonly mode: string | null }): Promise<{ readonly sha256: string }>;
  /** Makes the wizard's lock beside the MUC file (exclusive create). @throws WizardError `lock-held` naming the holder */
  lock(holder: LockHolder): Promise<void>;
  /** Removes the lock when it carries this token. @returns whether it was removed */
  unlock(token: string): Promise<boolean>;
  /** Who holds it. */
  lockHolder(): Promise<LockHolder | null>;
  /** What PHP is, without starting Moodle: in the web SAPI of a pool, or in CLI when `pool` is null. */
  sapi(pool: PhpPool | null): Promise<PhpSapi>;
  /** In CLI. */
  proveCli(request: ProofRequest): Promise<ProofResult>;
  /** In the web SAPI behind this pool. */
  proveWeb(pool: PhpPool, request: ProofRequest): Promise<ProofResult>;
  /** Invalidates the MUC file in this SAPI's OPcache. @returns what it runs now */
  converge(pool: PhpPool): Promise<Convergence>;
  /** The same in CLI: what web SAPIs are compared with. */
  convergeCli(): Promise<Convergence>;
  /**
   * Empties definitions in stores, mapped or not (fact M19), from CLI. Never flushes a memcached, but those named in `flushOwned`: the engine has
   * established that their servers are this site's alone.
   */
  empty(
    items: readonly { readonly store: string; readonly definitions: readonly string[] }[],
    config: 'live' | { readonly base: Buffer },
    flushOwned?: readonly string[],
  ): Promise<EmptyResult>;
  /** How busy the site is by its own tables, and how large its caches are where that can be seen. Writes nothing. */
  usage(): Promise<SiteUse>;
  /** State of APCu and OPcache in the web SAPI of a pool. */
  runtime(pool: PhpPool): Promise<RuntimeMeasure>;
  /** Creates the first mark of a trial beside the MUC file. @throws WizardError when one of this id exists */
  beginTrial(id: string): Promise<void>;
  /** One rename, which only one caller can make. `done` is false when another came first; `mark` is the mark of now. */
  turnTrial(id: string, to: 'kept' | 'reverting' | 'reverted'): Promise<{ readonly done: boolean; readonly mark: TrialMark }>;
  trialMark(id: string): Promise<TrialMark>;
  /** Removes the marks after every node has reported its end. */
  clearTrial(id: string): Promise<void>;
  /** Asks pages over HTTP from this node, each a few times, as a balancer would. One row a page of each target. */
  pages(request: {
    readonly targets: readonly PageTarget[];
    readonly run: string;
    readonly warm: number;
    readonly rounds: number;
  }): Promise<readonly PageMeasure[]>;
  /** APCu and other stores that only a web SAPI can empty. */
  emptyWeb(pool: PhpPool, items: readonly { readonly store: string; readonly definitions: readonly string[] }[]): Promise<EmptyResult>;
}
