/** Runs the stages of one approved plan: each later one is surveyed and planned again before it begins. */

import { irreversibleOf, type Plan, type StagePlan } from '../../core/change.js';
import { mainNode } from '../../core/cluster.js';
import { asWizardError, EXIT, isLost, WizardError, withDetails } from '../../core/errors.js';
import type { RestorePoint } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { Journal } from '../../records/journal.js';
import type { ApplyOptions, CommandContext, CommandResult } from '../commands/types.js';
import { guardOf, guardsOf } from '../guards.js';
import type { ApplyContext } from '../handler.js';
import { RunTrial } from '../trial/run-trial.js';
import { applyStage } from './applier.js';
import { AFTER_FAILURE } from './messages.js';
import { planNow, surveyOrRefuse } from './plan-now.js';
import { sameStage } from './planner.js';
import { runContext } from './run-context.js';
import { RunPoint } from './run-point.js';
import type { Conclusion, GuardedRun, RunGuard, StageGuard } from './stage-guard.js';

/** A later stage belongs to the restore point that the first one made. */
function withoutPoint(stage: StagePlan | undefined): StagePlan | undefined {
  return stage && { ...stage, changes: stage.changes.filter((c) => c.kind !== 'restore-point') };
}

/** Runs the stages of one approved plan, surveying and planning again before each later one. */
export class StageRunner {
  readonly #point: RunPoint;
  /** The guards of the track, each at work in this run. */
  readonly #guards: ReadonlyMap<StageGuard, RunGuard>;
  /** The trial first, whatever stage arms one. */
  readonly #all: readonly RunGuard[];
  readonly #trial: RunTrial;
  /** A person wanted no further stage: nothing has failed, so nothing is rolled back. */
  #declined = false;

  constructor(
    private readonly context: CommandContext,
    private readonly options: ApplyOptions,
    private readonly approved: Plan,
    point: RestorePoint,
    private readonly journal: Journal,
  ) {
    const { session } = context;
    this.#point = new RunPoint(session.record, point);
    const run: GuardedRun = {
      command: context,
      trial: options.trial,
      journal,
      point: this.#point,
      handlerContext: (signal) => this.handlerContext(signal),
      apply: (stage) => this.apply(stage),
    };
    this.#guards = new Map(guardsOf(session.track.titles).map((guard) => [guard, guard.open(run)]));
    this.#trial = new RunTrial(run);
    this.#all = [this.#trial, ...this.#guards.values()];
  }

  async run(): Promise<CommandResult> {
    let plan = this.approved;
    let ended: Conclusion;
    try {
      for (const guard of this.#all) await guard.begin?.();
      for (const [index, stage] of this.approved.stages.entries()) {
        if (index > 0) plan = await this.replanStage(stage);
        const now = index === 0 ? stage : withoutPoint(plan.stages.find((s) => s.stage === stage.stage));
        if (now) await this.stage(now);
      }
      ended = await this.conclude();
    } catch (thrown) {
      return await this.failed(asWizardError(thrown));
    }
    return { ...ended, plan, restorePoint: this.#point.current.id };
  }

  private guardOf(stage: StagePlan): StageGuard | null {
    return guardOf(this.context.session.track.titles, stage.stage);
  }

  private handlerContext(signal: AbortSignal): ApplyContext {
    return runContext(this.context.session, { run: this.journal.run, restorePoint: this.#point.current.id }, this.context.frontend.emit, signal);
  }

  /** At most one of them has something to conclude: a site has one trial at a time. */
  private async conclude(): Promise<Conclusion> {
    for (const guard of this.#all) {
      const ended = await guard.conclude?.();
      if (ended) return ended;
    }
    await this.#point.write({ state: 'applied' });
    return { outcome: 'changed', exitCode: EXIT.done, message: `Changes applied. Restore point ${this.#point.current.id}.` };
  }

  /** Surveys and plans again; the stage that was approved must come out again. */
  private async replanStage(stage: StagePlan): Promise<Plan> {
    const { session, frontend } = this.context;
    await surveyOrRefuse(session);
    if (this.context.signal.aborted) throw new WizardError('cancelled', `Stopped before the stage "${stage.stage}", as requested.`);
    const { plan } = await planNow(session, { steps: this.options.steps, trial: this.options.trial.kind !== 'none' });
    const found = plan.stages.find((s) => s.stage === stage.stage);
    // What was provisional has its hashes and its diff now.
    frontend.emit({ type: 'plan', plan });
    if (sameStage(stage, found, this.guardOf(stage))) {
      await this.confirmStage(plan, stage);
      return plan;
    }
    if (await frontend.approve(plan, irreversibleOf(plan), 'differs')) return plan;
    throw this.changedSince(`The changes of the stage "${stage.stage}" are not the approved ones; the stage was not started.`);
  }

  private changedSince(what: string): WizardError {
    for (const guard of this.#all) {
      const error = guard.changedSince?.(what);
      if (error) return error;
    }
    return new WizardError('plan-stale', what, {
      nodes: [mainNode(this.context.session.cluster).name],
      remedies: [remedy`Review the changes with plan, then run apply … --resume`],
    });
  }

  /** A person may want to see each stage through before the next. @throws WizardError `cancelled` */
  private async confirmStage(plan: Plan, stage: StagePlan): Promise<void> {
    // After a request to stop nobody is asked: the stage itself reports the stop.
    if (this.context.signal.aborted || stage.changes.every((c) => c.risk === 'gate')) return;
    if (await this.context.frontend.approve(plan, [], 'as-approved')) return;
    this.#declined = true;
    throw new WizardError('cancelled', `The stage "${stage.stage}" was not started because you declined it; the changes made before it stay.`);
  }

  private async stage(stage: StagePlan): Promise<void> {
    await this.#trial.prepare(stage);
    const guard = this.guardOf(stage);
    if (guard !== null) await this.#guards.get(guard)?.prepare?.(stage);
    await this.apply(stage);
  }

  private async apply(stage: StagePlan): Promise<void> {
    const { session, handlers, signal, abort } = this.context;
    const recordedBefore = this.guardOf(stage)?.recordedBefore ?? [];
    await applyStage({
      stage,
      context: this.handlerContext(abort),
      stop: signal,
      handlers,
      journal: this.journal,
      remember: async (change, undo) => {
        if (!recordedBefore.includes(change.kind)) await session.record.appendUndo(this.#point.current, { change, undo, stage: stage.stage });
      },
      onDone: async (change) => {
        for (const guard of this.#all) await guard.onDone?.(change);
      },
    });
  }

  /** Ends a failed run: what a guard cannot let stand is rolled back at once, everything else waits for `--resume` or `rollback`. */
  private async failed(error: WizardError): Promise<never> {
    // With the link to main lost nothing can be recorded there: the error itself is what must be reported.
    const entries = await this.context.session.record.readUndo(this.#point.current).catch(() => null);
    const withoutTrace = ['restore-point', 'trial-arm', ...[...this.#guards.keys()].flatMap((g) => g.withoutTrace)];
    if (entries?.every((e) => withoutTrace.includes(e.change.kind))) {
      for (const guard of this.#all) await guard.cancel?.();
      await this.#point.write({ state: 'rolled-back' }).catch(() => {});
      throw this.ended(withDetails(error, { outcome: 'unchanged' }));
    }
    await this.#point.write({ state: 'failed' }).catch(() => {});
    const failure = { error, entries, lost: isLost(error), declined: this.#declined };
    let ended: WizardError | null = null;
    for (const guard of this.#all) ended = (await guard.onFailure?.(failure)) ?? ended;
    throw this.ended(ended ?? withDetails(error, { outcome: failure.lost ? 'unknown' : 'changed', remedies: AFTER_FAILURE }));
  }

  private ended(error: WizardError): WizardError {
    this.journal.write({ ev: 'run.end', outcome: error.outcome, exitCode: error.exitCode });
    return error;
  }

  /** What is due after the run, while its lock is still held. */
  async afterRun(result: CommandResult): Promise<void> {
    const { current } = this.#point;
    const ended = { run: this.journal.run, restorePoint: current.id, plan: this.approved, complete: result.outcome === 'changed' };
    for (const guard of this.#guards.keys()) await guard.afterRun(this.context, ended);
  }
}
