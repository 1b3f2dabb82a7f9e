/** Errors that stop a run. Each has an exit code, and says what happened, where, and what to do (rule S26). */

import { withOwnCall } from './program.js';
import { type Remedy, remedy } from './remedy.js';

export const EXIT = {
  done: 0,
  usage: 2,
  connect: 3,
  changeFailed: 4,
  verifyFailed: 5,
  stale: 6,
  incompatible: 7,
  pending: 10,
  bug: 70,
  hangup: 129,
  cancelled: 130,
  terminated: 143,
} as const;

/** The stable codes that JSON output carries as `error.code`. */
export type ErrorCode =
  | 'answers-invalid'
  | 'usage'
  | 'file-untrusted'
  | 'secret-unavailable'
  | 'site-unknown'
  | 'record-differs'
  | 'host-unreachable'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'login-refused'
  | 'sudo-refused'
  | 'link-lost'
  | 'timeout'
  | 'output-limit'
  | 'answer-invalid'
  | 'not-allowed'
  | 'change-failed'
  | 'package-refused'
  | 'outcome-unknown'
  | 'verify-failed'
  | 'plan-stale'
  | 'muc-moved'
  | 'lock-held'
  | 'disk-full'
  | 'run-unfinished'
  | 'on-trial'
  | 'no-trial'
  | 'not-a-moodle'
  | 'nodes-differ'
  | 'upgrade-pending'
  | 'muc-corrupt'
  | 'muc-lock-stale'
  | 'cache-factory'
  | 'altcacheconfigpath'
  | 'store-unavailable'
  | 'mapping-unsuitable'
  | 'service-unreachable'
  | 'service-foreign'
  | 'package-missing'
  | 'platform-refused'
  | 'cancelled'
  | 'bug';

/** Every code's exit code: the one place that ties them. */
const EXIT_OF: Record<ErrorCode, number> = {
  'answers-invalid': EXIT.usage,
  usage: EXIT.usage,
  'file-untrusted': EXIT.usage,
  'secret-unavailable': EXIT.usage,
  'site-unknown': EXIT.usage,
  'record-differs': EXIT.usage,
  'host-unreachable': EXIT.connect,
  'host-key-unknown': EXIT.connect,
  'host-key-changed': EXIT.connect,
  'login-refused': EXIT.connect,
  'sudo-refused': EXIT.connect,
  'link-lost': EXIT.connect,
  timeout: EXIT.connect,
  'output-limit': EXIT.connect,
  'answer-invalid': EXIT.connect,
  'not-allowed': EXIT.connect,
  'change-failed': EXIT.changeFailed,
  'package-refused': EXIT.changeFailed,
  'outcome-unknown': EXIT.changeFailed,
  'verify-failed': EXIT.verifyFailed,
  'plan-stale': EXIT.stale,
  'muc-moved': EXIT.stale,
  'lock-held': EXIT.stale,
  'disk-full': EXIT.connect,
  'run-unfinished': EXIT.stale,
  'on-trial': EXIT.stale,
  'no-trial': EXIT.stale,
  'not-a-moodle': EXIT.incompatible,
  'nodes-differ': EXIT.incompatible,
  'upgrade-pending': EXIT.incompatible,
  'muc-corrupt': EXIT.incompatible,
  'muc-lock-stale': EXIT.stale,
  'cache-factory': EXIT.incompatible,
  altcacheconfigpath: EXIT.incompatible,
  'store-unavailable': EXIT.incompatible,
  'mapping-unsuitable': EXIT.incompatible,
  'service-unreachable': EXIT.connect,
  'service-foreign': EXIT.incompatible,
  'package-missing': EXIT.incompatible,
  'platform-refused': EXIT.incompatible,
  cancelled: EXIT.cancelled,
  bug: EXIT.bug,
};

/** Every code, in the order in which they are documented. */
export const ERROR_CODES = Object.keys(EXIT_OF) as readonly ErrorCode[];

/** The exit code that an error of this code ends the program with. */
export const exitCodeOf = (code: ErrorCode): number => EXIT_OF[code];

/** The section of the shipped documentation that explains a code: a path in this package. */
export const docsOf = (code: ErrorCode): string => `templates/help/errors.md#${code}`;

export interface ErrorDetails {
  /** Names of the nodes with the problem. */
  readonly nodes?: readonly string[];
  /** Step id, for the guide's section. */
  readonly step?: string;
  /** What the administrator can do, one sentence or command each. */
  readonly remedies?: readonly Remedy[];
  /** The last lines of output that show the problem, already redacted. */
  readonly evidence?: readonly string[];
  readonly cause?: unknown;
  /** Text to copy as it is, shown whole below everything else. */
  readonly attachment?: string;
  /** Further problems of the same run, reported together. */
  readonly others?: readonly WizardError[];
  /** What the run left behind. Not said, it is `unchanged` before a run has begun, and `unknown` once one has (`lockedRun`). */
  readonly outcome?: ErrorOutcome;
}

export type ErrorOutcome = 'unchanged' | 'changed' | 'reverted' | 'unknown';

/** A problem that the administrator can understand and act on. */
export class WizardError extends Error {
  readonly code: ErrorCode;
  readonly nodes: readonly string[];
  readonly step: string | undefined;
  readonly remedies: readonly Remedy[];
  readonly evidence: readonly string[];
  readonly others: readonly WizardError[];
  readonly outcome: ErrorOutcome;
  /** False when who threw it did not know what the run left behind. */
  readonly outcomeKnown: boolean;
  readonly attachment: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'WizardError';
    this.code = code;
    this.nodes = details.nodes ?? [];
    this.step = details.step;
    this.remedies = (details.remedies ?? []).map(withOwnCall);
    this.evidence = details.evidence ?? [];
    this.others = details.others ?? [];
    this.outcome = details.outcome ?? 'unchanged';
    this.outcomeKnown = details.outcome !== undefined;
    this.attachment = details.attachment;
  }

  get exitCode(): number {
    return EXIT_OF[this.code];
  }
}

/** The same error with more details: the outcome, further remedies, another message. */
export function withDetails(error: WizardError, more: ErrorDetails & { readonly message?: string }): WizardError {
  const step = more.step ?? error.step;
  const attachment = more.attachment ?? error.attachment;
  const outcome = more.outcome ?? (error.outcomeKnown ? error.outcome : undefined);
  return new WizardError(error.code, more.message ?? error.message, {
    nodes: more.nodes ?? error.nodes,
    remedies: [...error.remedies, ...(more.remedies ?? [])],
    evidence: [...error.evidence, ...(more.evidence ?? [])],
    cause: error.cause ?? error,
    others: more.others ?? error.others,
    ...(outcome === undefined ? {} : { outcome }),
    ...(step === undefined ? {} : { step }),
    ...(attachment === undefined ? {} : { attachment }),
  });
}

/** Combines several errors into one: the first one, with the others in `others`. @throws Error when the list is empty */
export function combineErrors(errors: readonly WizardError[]): WizardError {
  const [first, ...rest] = errors;
  if (!first) throw new Error('no errors to combine');
  if (rest.length === 0) return first;
  return withDetails(first, { others: [...first.others, ...rest] });
}

const LOST: readonly ErrorCode[] = ['link-lost', 'timeout', 'host-unreachable', 'output-limit'];

/** True when the last answer of a node is incomplete: its last command may have completed or not. */
export const isLost = (error: WizardError): boolean => LOST.includes(error.code);

/** Any thrown value as a WizardError: every other error is a bug. */
export function asWizardError(thrown: unknown): WizardError {
  if (thrown instanceof WizardError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new WizardError('bug', `This is a bug in moodle-cluster-wizard: ${message}`, {
    cause: thrown,
    remedies: [remedy`Report it with the log of this run.`],
  });
}
