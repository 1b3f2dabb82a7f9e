/** The events that front ends draw; `--ndjson` prints them unchanged. */

import type { Advice } from './advice.js';
import type { Finding, Plan, StageId } from './change.js';
import type { Check } from './check.js';

export type Outcome = 'unchanged' | 'changed' | 'reverted' | 'on-trial' | 'unknown' | 'pending';

export type WizardEvent =
  | { readonly type: 'run-begin'; readonly run: string; readonly command: string; readonly cluster: string; readonly nodes: readonly string[] }
  | { readonly type: 'connect'; readonly node: string; readonly state: 'begin' | 'done' | 'failed'; readonly detail?: string }
  | { readonly type: 'survey'; readonly node: string; readonly state: 'begin' | 'done' | 'failed'; readonly detail?: string }
  | { readonly type: 'findings'; readonly findings: readonly Finding[] }
  | { readonly type: 'advice'; readonly advice: Advice }
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'stage'; readonly stage: StageId; readonly state: 'begin' | 'done' | 'failed' | 'skipped' }
  | {
      readonly type: 'change';
      readonly id: string;
      readonly node: string;
      readonly what: string;
      readonly state: 'begin' | 'done' | 'failed' | 'skipped' | 'undone';
      readonly ms?: number;
      readonly detail?: string;
    }
  | { readonly type: 'output'; readonly node: string; readonly change?: string; readonly line: string }
  | { readonly type: 'check'; readonly check: Check }
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly node?: string; readonly message: string }
  | {
      readonly type: 'run-end';
      readonly outcome: Outcome;
      readonly exitCode: number;
      readonly message: string;
      readonly restorePoint?: string /** The message line by line, where it has several. */;
      readonly lines?: readonly string[];
    };

export type Emit = (event: WizardEvent) => void;

/** Why a plan is put before a front end. */
export type Situation = 'first' | 'differs' | 'as-approved';

/** What a front end decides. Everything else it only draws. */
export interface Frontend {
  readonly emit: Emit;
  /**
   * True to run the plan as shown. `irreversible`: ids that need the cluster's name typed.
   * `differs`: a later stage has changed since the approval; in unattended runs the answer is no.
   * `as-approved`: a later stage is as approved and is about to start; yes, unless a person approves stage by stage.
   */
  approve(plan: Plan, irreversible: readonly string[], situation?: Situation): Promise<boolean>;
}
