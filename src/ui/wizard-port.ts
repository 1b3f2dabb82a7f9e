/** What the interactive front ends need from the app. The app implements it with the engine; tests implement it with fixtures. */

import type { Answers, NodeAnswer, SshAnswer } from '../answers/schema.js';
import type { Advice } from '../core/advice.js';
import type { Finding, Plan } from '../core/change.js';
import type { WizardError } from '../core/errors.js';
import type { Emit, Frontend, Outcome } from '../core/events.js';
import type { ClusterFacts } from '../core/facts.js';
import type { Remedy } from '../core/remedy.js';
import type { Secret } from '../core/secret.js';
import type { TrackTitles } from '../track/titles.js';

/** A Moodle found on this machine. */
export interface SiteCandidate {
  readonly dirroot: string;
  readonly wwwroot: string | null;
  /** `4.5.6 (Build: 20250811)` */
  readonly release: string | null;
  /** Where it was found: a web server's file, a usual place. */
  readonly foundIn: string;
}

/** The result of connecting to a node once: host key, login, sudo, and what was detected. */
export interface NodeTrial {
  readonly ok: boolean;
  /** One line: `Debian 12, login and sudo work`, or what is wrong. */
  readonly detail: string;
  readonly error?: WizardError;
}

/** The login to the nodes while questions are still being answered. */
export interface TrialLogin {
  /** For all nodes. */
  readonly ssh: SshAnswer | undefined;
  /** Sources of the secrets that were not typed, as in the answers. */
  readonly sources: Answers['secrets'];
  /** Those typed. */
  readonly secrets: ReadonlyMap<string, Secret>;
  /** Where Moodle is on the nodes that have it; undefined when not answered yet. */
  readonly dirroot: string | undefined;
  /** As in `WizardInput`. */
  readonly onRecord?: boolean;
}

/** Answers and the secrets typed in this session; secrets never get into the answers, only `secret:NAME`. */
export interface WizardInput {
  readonly answers: Answers;
  /** By the names that `answers.secrets` lists. They win over `env:`, `file:` and `cmd:` sources. */
  readonly secrets: ReadonlyMap<string, Secret>;
  /** They are those of a run on record, which root alone can write, and not of the answers file at hand. */
  readonly onRecord?: boolean;
}

export interface SurveyResult {
  readonly facts: ClusterFacts;
  readonly findings: readonly Finding[];
  readonly advice: Advice;
  /** Why this site is not supported; the wizard shows them and stops there. */
  readonly refusals: readonly WizardError[];
}

/** How a run is stopped: first gently, then at once. */
export interface StopSignals {
  /** Stop after the current change. */
  readonly gentle: AbortSignal;
  /** Abort now; the outcome of the current change is unknown. */
  readonly now: AbortSignal;
}

export interface RunResult {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly message: string;
  readonly restorePoint?: string;
  /** What stopped it. */
  readonly error?: WizardError;
  /** Epoch milliseconds when a running trial reverts by itself; with outcome `on-trial`. */
  readonly trialEndsAt?: number;
  /** The command that resumes where it stopped. */
  readonly resume?: Remedy;
  readonly log?: string;
}

/** A run that did not finish, here or on another machine. */
export interface UnfinishedRun {
  readonly run: string;
  readonly cluster: string;
  /** ISO time. */
  readonly since: string;
  /** `deploy on main` */
  readonly by: string;
  readonly detail: string;
  /** Epoch milliseconds of its automatic rollback: it is on trial, and resuming means to decide. */
  readonly trialEndsAt?: number;
  /** False when it must be resumed on another machine. */
  readonly here: boolean;
  /** Its answers; null when they are not on record here. */
  readonly answers: Answers | null;
  /** Names of the secrets of its answers that cannot be read now: they are asked for. */
  readonly missingSecrets: readonly string[];
  /** Those of them that the login needs: a rollback asks for no others. */
  readonly missingLogins: readonly string[];
  /** Its journal, a line an entry. */
  readonly journal: readonly string[];
}

/** The result of saving the answers. */
export interface SavedAnswers {
  readonly path: string;
  /** `as-it-was`: the file is unchanged. `nothing`: there are no answers, and no file was written. */
  readonly how: 'written' | 'as-it-was' | 'nothing';
}

export interface WizardBackend {
  /** Looks for Moodle on this machine: web servers' configuration and usual places. Reads only. */
  findSites(signal: AbortSignal): Promise<readonly SiteCandidate[]>;
  /** Connects to one node and inspects it. Never throws: a failure is a result. */
  tryNode(node: NodeAnswer, login: TrialLogin, signal: AbortSignal): Promise<NodeTrial>;
  /** Reads everything, on every node. @throws WizardError when a node cannot be reached */
  survey(input: WizardInput, emit: Emit, signal: AbortSignal): Promise<SurveyResult>;
  /** The plan for these answers; a plan without effects means nothing to change. @throws WizardError for refusals */
  plan(input: WizardInput, emit: Emit, signal: AbortSignal): Promise<Plan>;
  /**
   * Runs the plan that was shown and approved. `frontend.approve` is asked again only when a later stage has changed since the plan. Never throws.
   * `goOn`: the unfinished run on record is known to the administrator, and taken over with its restore point.
   */
  apply(plan: Plan, input: WizardInput, frontend: Frontend, stop: StopSignals, goOn: boolean): Promise<RunResult>;
  /** Verifies the present state on every node. Never throws. */
  verify(input: WizardInput, emit: Emit, signal: AbortSignal): Promise<RunResult>;
  /** Rolls back the changes of the newest run. Never throws. */
  rollback(input: WizardInput, frontend: Frontend, stop: StopSignals): Promise<RunResult>;
  /** Ends a running trial: keep. Never throws. */
  confirmTrial(emit: Emit): Promise<RunResult>;
  /** Ends a running trial: roll back. Never throws. */
  revertTrial(emit: Emit): Promise<RunResult>;
  /** More time: the trial ends two minutes from now. Never throws. */
  extendTrial?(emit: Emit): Promise<RunResult>;
  /** Writes the answers file (0600, no secrets). @throws WizardError */
  saveAnswers(answers: unknown, path: string): Promise<SavedAnswers>;
  /** Hosts of ~/.ssh/config, offered when nodes are added. */
  sshHosts?(): Promise<readonly string[]>;
  /** A run to resume, inspect, roll back or leave before a new one starts. */
  findUnfinished?(): Promise<UnfinishedRun | null>;
  /** Resumes it with its own answers: the remaining changes are planned again and shown for approval; one on trial waits for a decision. Never throws. */
  resume?(input: WizardInput, frontend: Frontend, stop: StopSignals): Promise<RunResult>;
}

export interface WizardOptions {
  /** The tracks to choose from; those of the program when not given. */
  readonly tracks?: readonly TrackTitles[];
  /** Answers to begin with: a file given, or the site record's last ones. May be partial. */
  readonly initial?: unknown;
  /** Where answers are saved. */
  readonly answersPath: string;
  /** The command that resumes this wizard, such as `moodle-cluster-wizard --answers FILE`; shown when quitting. */
  readonly resumeCommand: Remedy;
  /** Seconds of the trial, shown before approval; 0 = none. */
  readonly trialSeconds: number;
  readonly version: string;
  /** Words instead of symbols, for screen readers. */
  readonly screenReader?: boolean;
}

export interface WizardResult {
  readonly exitCode: number;
  readonly outcome: Outcome;
  /** Where the answers were saved, when they were. */
  readonly answersPath: string | null;
}
