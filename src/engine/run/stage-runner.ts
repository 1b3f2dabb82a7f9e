/** Runs the stages of one approved plan: each later one is surveyed and planned again before it begins. */

import { mucMoves } from '../../caches/muc/moves.js';
import { CACHE_STEP } from '../../caches/steps.js';
import { irreversibleOf, type Plan, type StagePlan } from '../../core/change.js';
import { mainNode } from '../../core/cluster.js';
import { asWizardError, EXIT, isLost, WizardError, withDetails } from '../../core/errors.js';
import type { MucFileState } from '../../core/facts.js';
import type { RestorePoint } from '../../core/record.js';
import { type Remedy, remedy } from '../../core/remedy.js';
import type { Journal } from '../../records/journal.js';
import { writeBreakGlass } from '../break-glass.js';
import { planNow, surveyOrRefuse } from '../commands/plan.js';
import type { ApplyOptions, CommandContext, CommandResult } from '../commands/types.js';
import { payOwed } from '../muc/pending-purges.js';
import { keepMucStage, owedChanges, pointToGoOnWith } from '../muc/resume.js';
import { whatMoved } from '../muc/what-moved.js';
import { mainMoodle } from '../points.js';
import { concludeTrial } from '../trial/conclude.js';
import { changedFiles, recordGuarded } from '../trial/guarded.js';
import { abortTrial, revertTrial } from '../trial/revert.js';
import { applyStage } from './applier.js';
import { sameStage } from './planner.js';
import { runContext } from './run-context.js';

/** A later stage belongs to the restore point that the first one made. */
function withoutPoint(stage: StagePlan | undefined): StagePlan | undefined {
  return stage && { ...stage, changes: stage.changes.filter((c) => c.kind !== 'restore-point') };
}

/** Codes of failures after which the MUC file is not ours to touch. */
const MOVED: readonly string[] = ['muc-moved', 'plan-stale'];

/** Kinds whose effects leave nothing to take back. */
const NOTHING_MADE: readonly string[] = ['restore-point', 'empty', 'trial-arm'];

const NODES_WAIT = remedy`Without either, the nodes put the cache configuration back by themselves at the end of the trial (how long: status), and set aside what somebody else changed.`;

const WAY_ON: readonly Remedy[] = [remedy`Mend the cause and go on: apply … --resume`, remedy`Or take the whole run back: rollback --yes`];

/** Runs the stages of one approved plan, surveying and planning again before each later one. */
export class StageRunner {
  #point: RestorePoint;
  #mucAfter: string | null;
  /** The stage whose changes are on trial. */
  #armed: StagePlan | null = null;
  /** A person wanted no further stage: nothing has failed, so nothing is put back. */
  #declined = false;
  /** Moodle's configuration as it was when the plan was approved. */
  readonly #approvedMuc: MucFileState;

  constructor(
    private readonly context: CommandContext,
    private readonly options: ApplyOptions,
    private readonly approved: Plan,
    point: RestorePoint,
    private readonly journal: Journal,
  ) {
    this.#point = point;
    this.#mucAfter = point.mucAfter;
    this.#approvedMuc = mainMoodle(context.session).muc;
  }

  async run(): Promise<CommandResult> {
    let plan = this.approved;
    let ended: CommandResult;
    try {
      await this.finishEarlier();
      for (const [index, stage] of this.approved.stages.entries()) {
        if (index > 0) plan = await this.again(stage);
        const now = index === 0 ? stage : withoutPoint(plan.stages.find((s) => s.stage === stage.stage));
        if (now) await this.stage(now);
      }
      ended = await this.conclude();
    } catch (thrown) {
      return await this.failed(asWizardError(thrown));
    }
    return { ...ended, plan, restorePoint: this.#point.id };
  }

  /** What is on trial is watched and kept, or left to a person's confirm. */
  private async conclude(): Promise<CommandResult> {
    const { session, frontend, signal, abort } = this.context;
    const stage = this.#armed;
    const context = runContext(session, { run: this.journal.run, restorePoint: this.#point.id }, frontend.emit, abort);
    const input = { session, context, point: { ...this.#point, mucAfter: this.#mucAfter }, stage, mode: this.options.trial, stop: signal };
    if (stage && this.options.trial.kind !== 'none') return concludeTrial(input);
    await session.record.writePoint({ ...this.#point, state: 'applied', mucAfter: this.#mucAfter });
    return { outcome: 'changed', exitCode: EXIT.done, message: `Done. Restore point ${this.#point.id}.` };
  }

  /** A run that was cut off after a publish owes the rest: its nodes may not have converged, and what moved may not have been emptied. */
  private async finishEarlier(): Promise<void> {
    const { session } = this.context;
    this.#point = await pointToGoOnWith(session, this.#point);
    // From the first effect on, the script on main is this run's.
    await writeBreakGlass(session, this.#point, session.templatesDir);
    await payOwed(this.context, runContext(session, { run: this.journal.run, restorePoint: this.#point.id }, this.context.frontend.emit, this.context.signal));
    const owed = await owedChanges(session, this.#point, mainMoodle(session).mucFile.sha256 ?? null);
    if (owed.due.length > 0) await this.apply({ stage: 'muc', changes: owed.due, provisional: false });
    for (const node of new Set(owed.leftOut.map((c) => c.node))) {
      const what = owed.leftOut.flatMap((c) => (c.node === node ? [c.what] : [])).join('; ');
      const message = `${node} is left out, so this is not done there: ${what}. Before it serves again, reload its PHP and purge its caches.`;
      this.context.frontend.emit({ type: 'notice', level: 'warning', node, message });
    }
  }

  /** Looks and plans anew; the list that was approved must come out again. */
  private async again(stage: StagePlan): Promise<Plan> {
    const { session, frontend } = this.context;
    await surveyOrRefuse(session);
    if (this.context.signal.aborted) throw new WizardError('cancelled', `Stopped before the stage "${stage.stage}", as you asked.`);
    const { plan } = await planNow(session, { steps: this.options.steps, trial: this.options.trial.kind !== 'none' });
    const found = plan.stages.find((s) => s.stage === stage.stage);
    // What was provisional has its hashes and its diff now.
    frontend.emit({ type: 'plan', plan });
    if (sameStage(stage, found)) {
      await this.mayBegin(plan, stage);
      return plan;
    }
    const others = irreversibleOf(plan);
    if (await frontend.approve(plan, others, 'differs')) return plan;
    const moved = mucMoves(this.#approvedMuc, mainMoodle(session).muc);
    const what = `What is to do in the stage "${stage.stage}" is no longer what was approved; it was not begun.`;
    throw new WizardError(
      moved.length === 0 ? 'plan-stale' : 'muc-moved',
      moved.length === 0 ? what : `Moodle's cache configuration was changed by somebody else meanwhile. ${what}`,
      {
        nodes: [mainNode(session.cluster).name],
        evidence: moved.slice(0, 10),
        remedies: [remedy`See it with plan, then apply … --resume.`],
      },
    );
  }

  /** A person may want to see each stage through before the next. @throws WizardError `cancelled` */
  private async mayBegin(plan: Plan, stage: StagePlan): Promise<void> {
    // Whoever has asked for a stop is not asked to go on: the stage itself tells it.
    if (this.context.signal.aborted || stage.changes.every((c) => c.risk === 'gate')) return;
    if (await this.context.frontend.approve(plan, [], 'as-approved')) return;
    this.#declined = true;
    throw new WizardError('cancelled', `The stage "${stage.stage}" was not begun, as you decided; what was done before it stays.`);
  }

  private async stage(stage: StagePlan): Promise<void> {
    const { session } = this.context;
    this.#point = await recordGuarded(session.record, this.#point, stage);
    if (stage.changes.some((c) => c.kind === 'trial-arm')) this.#armed = stage;
    if (stage.stage === 'muc') {
      this.#point = await pointToGoOnWith(session, this.#point);
      await writeBreakGlass(session, this.#point, session.templatesDir);
      await keepMucStage(session, this.#point, stage);
    }
    await this.apply(stage);
  }

  private async apply(stage: StagePlan): Promise<void> {
    const { session, frontend, handlers, signal, abort } = this.context;
    await applyStage({
      stage,
      context: runContext(session, { run: this.journal.run, restorePoint: this.#point.id }, frontend.emit, abort),
      stop: signal,
      handlers,
      journal: this.journal,
      // What is emptied is on record since the stage began.
      remember: async (change, undo) => (change.kind === 'empty' ? undefined : session.record.appendUndo(this.#point, { change, undo, stage: stage.stage })),
      onDone: async (change) => {
        if (change.kind !== 'muc-publish') return;
        this.#mucAfter = change.result;
        await session.record.writePoint({ ...this.#point, mucAfter: this.#mucAfter });
      },
    });
  }

  /** What was published does not stay when it is not proven; everything else waits for `--resume` or `rollback`. */
  private async failed(error: WizardError): Promise<never> {
    const { record } = this.context.session;
    const state = { ...this.#point, mucAfter: this.#mucAfter };
    // With the link to main lost nothing can be noted there: the error itself is what must be told.
    const entries = await record.readUndo(state).catch(() => null);
    if (entries?.every((e) => NOTHING_MADE.includes(e.change.kind))) {
      // Should that fail too, the nodes find nothing to put back at the end of their time.
      await abortTrial(this.context.session, state.site, state.id).catch(() => {});
      await record.writePoint({ ...state, state: 'rolled-back' }).catch(() => {});
      this.journal.write({ ev: 'run.end', outcome: 'unchanged', exitCode: error.exitCode });
      throw withDetails(error, { outcome: 'unchanged' });
    }
    await record.writePoint({ ...state, state: 'failed' }).catch(() => {});
    // What may have gone live all the same stays under the nodes' watch.
    const unknown = isLost(error);
    const files = changedFiles(state, entries ?? []).length > 0;
    const moved = files || this.hasMoved();
    if (!unknown && !moved) await abortTrial(this.context.session, state.site, state.id).catch(() => {});
    if (!unknown && !this.#declined && !MOVED.includes(error.code) && (files || this.#mucAfter !== null)) return this.revert(error, state);
    const outcome = unknown ? 'unknown' : 'changed';
    this.journal.write({ ev: 'run.end', outcome, exitCode: error.exitCode });
    const evidence = error.code === 'muc-moved' ? await whatMoved(this.context.session, state) : [];
    throw withDetails(error, { outcome, evidence, remedies: moved || (unknown && this.#armed) ? [...WAY_ON, NODES_WAIT] : WAY_ON });
  }

  /** True when mappings of this run have gone live under an armed trial: what is left alone then is put back by the nodes. */
  private hasMoved(): boolean {
    const mapped = (this.#armed?.changes ?? []).filter((c) => c.kind === 'muc-publish' && c.step === CACHE_STEP.mappings);
    return mapped.some((c) => c.kind === 'muc-publish' && c.result !== null && c.result === this.#mucAfter);
  }

  /** Puts the MUC file back after a failure, then tells the failure. A revert that fails too is told with it. */
  private async revert(error: WizardError, state: RestorePoint): Promise<never> {
    const { session, frontend, handlers } = this.context;
    frontend.emit({ type: 'notice', level: 'warning', message: `${error.message} Putting Moodle's cache configuration back.` });
    const context = runContext(session, { run: this.journal.run, restorePoint: state.id }, frontend.emit, new AbortController().signal);
    try {
      await revertTrial({ session, context, point: state, handlers, journal: this.journal });
    } catch (thrown) {
      const trouble = asWizardError(thrown);
      this.journal.write({ ev: 'run.end', outcome: 'unknown', exitCode: error.exitCode });
      if (trouble.code === 'muc-moved') throw withDetails(trouble, { outcome: 'changed', others: [error], remedies: WAY_ON });
      throw withDetails(error, { outcome: 'unknown', others: [...error.others, trouble], remedies: WAY_ON });
    }
    await session.record.writePoint({ ...state, state: 'failed', mucAfter: null });
    this.journal.write({ ev: 'run.end', outcome: 'reverted', exitCode: error.exitCode });
    throw withDetails(error, { outcome: 'reverted', message: `${error.message} Moodle's cache configuration was put back as it was.`, remedies: WAY_ON });
  }
}
