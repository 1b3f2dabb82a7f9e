/**
 * A guard does for a stage what the undo of single changes cannot: it completes the plan from the nodes, prepares the stage and has a say when the run fails.
 * A track names the guard of a stage by its id; the engine's guards are in one table (../guards.ts). The trial guards every stage that arms one.
 */

import type { Change, ChangeKind, Plan, StagePlan } from '../../core/change.js';
import type { Cluster } from '../../core/cluster.js';
import type { WizardError } from '../../core/errors.js';
import type { RestorePoint, UndoEntry } from '../../core/record.js';
import type { TrialMode } from '../../core/trial.js';
import type { Journal } from '../../records/journal.js';
import type { CommandContext, CommandResult } from '../commands/types.js';
import type { ApplyContext } from '../handler.js';
import type { MucRollback } from '../muc/restore-muc.js';
import type { Session } from '../session/session.js';
import type { RunPoint } from './run-point.js';

/** What a guard works with during one run. */
export interface GuardedRun {
  readonly command: CommandContext;
  readonly trial: TrialMode;
  readonly journal: Journal;
  /** The run's restore point, shared with the stage runner. */
  readonly point: RunPoint;
  /** A context for handlers. `signal` cuts off what is under way. */
  handlerContext(signal: AbortSignal): ApplyContext;
  /** Runs changes with the journal and undo records of this run. @throws WizardError */
  apply(stage: StagePlan): Promise<void>;
}

/** A failure that ends a run. */
export interface RunFailure {
  readonly error: WizardError;
  /** What the run recorded; null where that could not be read. */
  readonly entries: readonly UndoEntry[] | null;
  /** The outcome of the change under way is unknown: a lost link. */
  readonly lost: boolean;
  /** A person wanted no further stage, so nothing failed. */
  readonly declined: boolean;
}

/** How a run ends; the plan and the restore point are added by the caller. */
export type Conclusion = Omit<CommandResult, 'plan' | 'restorePoint'>;

/** A guard at work in one run. Each does what concerns it. */
export interface RunGuard {
  /** Finishes what an earlier run left behind. Called before the first stage. @throws WizardError when this run must not begin */
  begin?(): Promise<void>;
  /** Called before the first change of its stage. @throws WizardError when the stage must not begin */
  prepare?(stage: StagePlan): Promise<void>;
  /** Called after each change of any stage. */
  onDone?(change: Change): Promise<void>;
  /** Why its stage was planned differently this time, as an error; null when it has no reason of its own. */
  changedSince?(what: string): WizardError | null;
  /** The run failed before it made anything that needs a rollback. Never throws. */
  cancel?(): Promise<void>;
  /** Does what a failure needs. @returns the error that ends the run, with its outcome; null when the guard has nothing to add */
  onFailure?(failure: RunFailure): Promise<WizardError | null>;
  /** Ends a run that came to its end. @returns null when the guard armed nothing. @throws WizardError when what it armed does not hold */
  conclude?(): Promise<Conclusion | null>;
}

/** A restore point with what it recorded. */
export interface UndoOf {
  readonly point: RestorePoint;
  readonly entries: readonly UndoEntry[];
}

/** A run or a rollback whose work is done. */
export interface EndedRun {
  readonly run: string;
  readonly restorePoint: string;
  /** Null for a rollback. */
  readonly plan: Plan | null;
  /** True when all of it took effect on every node. */
  readonly complete: boolean;
}

export interface StageGuard {
  /** Kinds of its changes that leave nothing to roll back. */
  readonly withoutTrace: readonly ChangeKind[];
  /** Kinds that `prepare` records for the whole stage, so the applier records none of them. */
  readonly recordedBefore: readonly ChangeKind[];
  /** Fills in what only the nodes can tell about a stage that is not provisional. */
  complete(session: Session, stage: StagePlan): Promise<StagePlan>;
  /** The parts of a change that must be the same when its stage is planned again. `approved`: the stage as it was approved. Pure. */
  comparable(change: Change, approved: StagePlan | undefined): unknown;
  /** What two plans were made for, where that differs; one line each. Pure. */
  differences(expected: Plan, found: Plan): readonly string[];
  /** @throws WizardError when what the plan was made for has changed since the survey */
  assertAsSurveyed(session: Session): Promise<void>;
  open(run: GuardedRun): RunGuard;
  /** Finishes what earlier runs left pending. Called before a rollback. */
  finishPending(command: CommandContext, context: ApplyContext): Promise<void>;
  /** What its part of a rollback does, to be shown before: the recorded entry that each change is about. Pure. */
  undoChanges(cluster: Cluster, of: UndoOf): readonly { readonly entry: UndoEntry; readonly change: Change }[];
  /** Called when what was on trial, or guarded, is rolled back, before the other changes are undone one by one. */
  rolledBack(command: CommandContext, done: MucRollback): Promise<void>;
  /** What is due after a run, while its lock is still held. */
  afterRun(command: CommandContext, ended: EndedRun): Promise<void>;
}
