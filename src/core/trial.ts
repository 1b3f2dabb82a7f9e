/** A trial as data: the time in which changes are live but not kept (rule S18). */

/** What is asked for. `none`: no trial. `wait`: the run waits and keeps if every check passed. `confirm`: it returns at once; without a confirm everything is rolled back. */
export type TrialMode = { readonly kind: 'none' } | { readonly kind: 'wait' | 'confirm'; readonly seconds: number };

export const DEFAULT_TRIAL_SECONDS = 120;
/** The token of an automatic rollback lives two days on a node; a trial ends well before. */
export const MAX_TRIAL_SECONDS = 86_400;
/** Seconds that a run may take from arming to the end of its proofs before the nodes take it for dead. */
export const WORK_SECONDS = 900;
/** How much longer the nodes wait than a wizard that watches, from its last round on: a slow round is no dead wizard. */
export const GRACE_SECONDS = 90;

/** `reverting`: begun and not at its end. `none`: the marks are gone. */
export type TrialMark = 'armed' | 'kept' | 'reverting' | 'reverted' | 'none';

/** Definitions by the store they lie in. `webOnly`: only the web SAPI reaches it (APCu). */
export type StoreItems = readonly { readonly store: string; readonly definitions: readonly string[]; readonly webOnly?: true }[];

/** Pages of one web server, asked as the site's load balancer asks. */
export interface PageTarget {
  /** The node that serves them, or main when the site's public address is asked from there. */
  readonly node: string;
  readonly through: 'node' | 'balancer';
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
  /** Name for TLS. */
  readonly name: string;
  /** The Host header. */
  readonly host: string;
  readonly forwardedProto: string | null;
  readonly paths: readonly string[];
}

/** One page as it was served. */
export interface PageMeasure {
  readonly path: string;
  /** 0 when there was no answer. */
  readonly status: number;
  /** Where a redirect leads, without its query. */
  readonly location: string | null;
  readonly title: string | null;
  readonly bytes: number;
  /** Milliseconds to the first byte, warm. */
  readonly medianMs: number;
  readonly worstMs: number;
  /** What PHP or Moodle says in a page that went wrong. */
  readonly trouble: string | null;
  /** Why there was no answer. */
  readonly error: string | null;
}

export interface TargetMeasure {
  readonly node: string;
  readonly through: PageTarget['through'];
  readonly pages: readonly PageMeasure[];
}

/** Kept in the site record from arming until every node has reported its end. */
export interface TrialRecord {
  readonly v: 1;
  /** The restore point's id. */
  readonly id: string;
  readonly by: string;
  /** ISO time. */
  readonly armedAt: string;
  /** Nodes that were armed and have not reported their end. */
  readonly nodes: readonly string[];
  /** When the nodes roll back, ISO, by the clock of the wizard's machine: shown, never decided by. */
  readonly endsAt: string;
  /** False when the MUC file is not on trial. */
  readonly muc?: false;
  /** Nodes with files of their own on trial. */
  readonly fileNodes?: readonly string[];
  /**
   * Nodes whose mark lies in their own trial folder: those without the data folder; all of them when nothing that is on trial is shared. When main is one
   * of them, main's mark decides.
   */
  readonly ownMarks?: readonly string[];
}

/** What a node reports of its trial. */
export interface NodeTrialState {
  readonly node: string;
  /** Null when there is none on it. */
  readonly id: string | null;
  readonly mark: string;
  readonly secondsLeft: number | null;
  readonly result: 'kept' | 'reverted' | null;
  /** Root has confirmed it there, by trial.sh. The mark alone can be written by the web user. */
  readonly confirmed: boolean;
  /** True when old content could not be emptied there. */
  readonly owed: boolean;
  /** Copies, on that node, of files that somebody else had changed before they were restored. */
  readonly aside: readonly string[];
  /** Why a service there did not accept its restored configuration. */
  readonly refused: readonly string[];
}
