/** What every command gets and gives. */

import type { Plan } from '../../core/change.js';
import type { Check } from '../../core/check.js';
import type { Frontend, Outcome } from '../../core/events.js';
import type { TrialMode } from '../../core/trial.js';
import type { HandlerTable } from '../handler.js';
import type { Session } from '../session/session.js';

export interface CommandContext {
  readonly session: Session;
  readonly frontend: Frontend;
  readonly handlers: HandlerTable;
  /** Asks for a stop between two changes. */
  readonly signal: AbortSignal;
  /** Cuts off what is under way; its outcome is unknown then. */
  readonly abort: AbortSignal;
  readonly stateDir: string;
  /** `user@machine`, for records and locks. */
  readonly by: string;
  readonly version: string;
  readonly now: () => Date;
  readonly random: () => string;
  /** Masks secrets in text that is kept. */
  readonly redact?: (text: string) => string;
}

export interface CommandResult {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly message: string;
  /** The message line by line, where it has several. */
  readonly lines?: readonly string[];
  readonly plan?: Plan;
  readonly checks?: readonly Check[];
  readonly restorePoint?: string;
  /** Epoch milliseconds of the automatic rollback by the nodes; with outcome `on-trial`. */
  readonly trialEndsAt?: number;
  readonly data?: unknown;
}

export interface ApplyOptions {
  /** A plan made before: exactly that list runs, or nothing. */
  readonly expected: Plan | null;
  readonly allowIrreversible: boolean;
  readonly resume: boolean;
  readonly trial: TrialMode;
  /** Step ids whose changes are made. */
  readonly steps?: ReadonlySet<string>;
}
