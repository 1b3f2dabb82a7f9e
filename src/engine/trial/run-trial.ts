/** The trial of one run: what it changes under a trial stays only when it is proven and kept. */

import { CACHE_STEP } from '../../caches/steps.js';
import type { StagePlan } from '../../core/change.js';
import { asWizardError, type WizardError, withDetails } from '../../core/errors.js';
import { type Remedy, remedy } from '../../core/remedy.js';
import { writeBreakGlass } from '../break-glass.js';
import { whatMoved } from '../muc/what-moved.js';
import { AFTER_FAILURE } from '../run/messages.js';
import type { Conclusion, GuardedRun, RunFailure, RunGuard } from '../run/stage-guard.js';
import { concludeTrial } from './conclude.js';
import { nodesLeft } from './end.js';
import { changedFiles, guardedNodes, recordGuarded } from './guarded.js';
import { abortTrial, revertTrial } from './revert.js';

/** Codes of failures after which what is live is not this run's to touch. */
const FOREIGN: readonly string[] = ['muc-moved', 'plan-stale'];

const NODES_ROLL_BACK: Remedy = remedy`Without either, the nodes roll back at the end of the trial (time left: status). They keep a copy of changes by somebody else.`;

export class RunTrial implements RunGuard {
  /** The stage whose changes are on trial. */
  #armed: StagePlan | null = null;

  constructor(private readonly run: GuardedRun) {}

  async prepare(stage: StagePlan): Promise<void> {
    const { point, command } = this.run;
    point.replace(await recordGuarded(command.session.record, point.current, stage));
    if (!stage.changes.some((c) => c.kind === 'trial-arm')) return;
    this.#armed = stage;
    await writeBreakGlass(command.session, point.current, command.session.templatesDir);
  }

  async cancel(): Promise<void> {
    const { site, id } = this.run.point.current;
    // Should that fail too, the nodes find nothing to roll back when their time is over.
    await abortTrial(this.run.command.session, site, id).catch(() => {});
  }

  async onFailure({ error, entries, lost, declined }: RunFailure): Promise<WizardError | null> {
    const { current } = this.run.point;
    const files = changedFiles(current, entries ?? []).length > 0;
    const live = files || this.mappingsLive();
    // What may have gone live all the same stays under the nodes' watch.
    if (!lost && !live) await this.cancel();
    if (!lost && !declined && !FOREIGN.includes(error.code) && (files || current.mucAfter !== null)) return this.revert(error);
    const evidence = error.code === 'muc-moved' ? await whatMoved(this.run.command.session, current) : [];
    const nodesRollBack = live || (lost && this.#armed !== null);
    if (evidence.length === 0 && !nodesRollBack) return null;
    return withDetails(error, {
      outcome: lost ? 'unknown' : 'changed',
      evidence,
      remedies: nodesRollBack ? [...AFTER_FAILURE, NODES_ROLL_BACK] : AFTER_FAILURE,
    });
  }

  /** True when mappings of this run are live under an armed trial: the nodes roll them back when nobody keeps them. */
  private mappingsLive(): boolean {
    const { mucAfter } = this.run.point.current;
    return (this.#armed?.changes ?? []).some((c) => c.kind === 'muc-publish' && c.step === CACHE_STEP.mappings && c.result !== null && c.result === mucAfter);
  }

  /** What is rolled back, as the object of a sentence. */
  private subject(): string {
    const { mucAfter, files = [] } = this.run.point.current;
    const parts = [...(mucAfter === null ? [] : ["Moodle's cache configuration"]), ...(files.length === 0 ? [] : ['the configuration files on trial'])];
    return parts.join(' and ');
  }

  /** Rolls back what must not stay after a failure. @returns the failure; where the rollback failed too, with that error beside it */
  private async revert(error: WizardError): Promise<WizardError> {
    const { command, point, journal } = this.run;
    const { session, frontend, handlers } = command;
    const what = this.subject();
    frontend.emit({ type: 'notice', level: 'warning', message: `${error.message} Restoring ${what}.` });
    const context = this.run.handlerContext(new AbortController().signal);
    let left: readonly string[] = [];
    try {
      await revertTrial({ session, context, point: point.current, handlers, journal });
      await point.write({ state: 'failed', mucAfter: null });
      left = (await nodesLeft(session, point.current.site, point.current.id)).filter((node) => guardedNodes(point.current).includes(node));
    } catch (thrown) {
      const problem = asWizardError(thrown);
      if (problem.code === 'muc-moved') return withDetails(problem, { outcome: 'changed', others: [error], remedies: AFTER_FAILURE });
      return withDetails(error, { outcome: 'unknown', others: [...error.others, problem], remedies: AFTER_FAILURE });
    }
    if (left.length > 0) {
      const message = `${error.message} Restored ${what}, except the files on ${left.join(', ')}: the automatic rollback there retries.`;
      return withDetails(error, {
        outcome: 'unknown',
        message,
        remedies: [remedy`Show the state of each node: moodle-cluster-wizard status`, ...AFTER_FAILURE],
      });
    }
    return withDetails(error, { outcome: 'reverted', message: `${error.message} Restored ${what}.`, remedies: AFTER_FAILURE });
  }

  /** What is on trial is watched and kept, or left to a person's confirm. */
  async conclude(): Promise<Conclusion | null> {
    const { command, point, trial } = this.run;
    if (this.#armed === null || trial.kind === 'none') return null;
    const context = this.run.handlerContext(command.abort);
    return concludeTrial({ session: command.session, context, point: point.current, stage: this.#armed, mode: trial, stop: command.signal });
  }
}
