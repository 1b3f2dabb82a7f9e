/** `apply`: plan, approve, run stage by stage under the lock, prove. */

import { effects, type Plan, type StagePlan } from '../../core/change.js';
import { mainNode } from '../../core/cluster.js';
import { asWizardError, EXIT, WizardError, withDetails } from '../../core/errors.js';
import { openJournal, type Journal } from '../../records/journal.js';
import type { RestorePoint } from '../../records/site-record.js';
import { applyStage } from '../applier.js';
import { newHolder, withLock } from '../lock.js';
import { isPending, sameStage } from '../planner.js';
import { newestOpenPoint, openPoint, sessionSite } from '../points.js';
import { rollbackMuc } from '../rollback.js';
import { newRunId, runContext } from '../run-context.js';
import { writeBreakGlass } from '../break-glass.js';
import { planNow, surveyOrRefuse } from './plan.js';
import type { CommandContext, CommandResult } from './types.js';

export interface ApplyOptions {
  /** A plan made before: exactly that list runs, or nothing. */
  readonly expected: Plan | null;
  readonly allowIrreversible: boolean;
  readonly resume: boolean;
  /** Step ids whose changes are made. */
  readonly steps?: ReadonlySet<string>;
}

/** @throws WizardError; everything found before the first effect leaves the cluster untouched */
export async function applyCommand(context: CommandContext, options: ApplyOptions): Promise<CommandResult> {
  const { session, frontend } = context;
  await surveyOrRefuse(session);
  const open = await unfinished(context, options.resume);
  const { plan } = await planNow(session, options.steps);
  frontend.emit({ type: 'findings', findings: plan.findings });
  frontend.emit({ type: 'advice', advice: plan.advice });
  if (options.expected && options.expected.hash !== plan.hash) throw staleError(options.expected, plan);
  if (!isPending(plan)) {
    if (open) await closePoint(context, open, 'applied');
    return { outcome: 'unchanged', exitCode: EXIT.done, message: 'Nothing to do: the cluster is as the answers say.', plan };
  }
  frontend.emit({ type: 'plan', plan });
  const irreversible = effects(plan).filter((c) => c.risk === 'irreversible').map((c) => c.id);
  if (!(await frontend.approve(plan, irreversible))) {
    throw new WizardError('cancelled', 'The plan was not approved; nothing has been changed.');
  }
  return runPlan(context, options, plan, open);
}

/** A run that was not finished and not rolled back: only `--resume` goes on with it. */
async function unfinished(context: CommandContext, resume: boolean): Promise<RestorePoint | null> {
  const point = newestOpenPoint(await context.session.record.points(sessionSite(context.session)));
  if (!point || point.state === 'applied') return null;
  if (resume) return point;
  throw new WizardError('run-unfinished', `The run ${point.id} by ${point.by} was not finished.`, {
    nodes: [mainNode(context.session.cluster).name],
    remedies: ['Go on with it: apply … --resume', 'Or take it back: rollback --yes', `Its journal: ${point.journal}`],
  });
}

function staleError(expected: Plan, plan: Plan): WizardError {
  const ids = (p: Plan) => new Map(p.stages.flatMap((s) => s.changes).map((c) => [c.id, JSON.stringify(c)]));
  const was = ids(expected);
  const is = ids(plan);
  const moved = [
    ...[...was.keys()].filter((id) => !is.has(id)).map((id) => `no longer to do: ${id}`),
    ...[...is.keys()].filter((id) => !was.has(id)).map((id) => `new: ${id}`),
    ...[...is].filter(([id, text]) => was.has(id) && was.get(id) !== text).map(([id]) => `another state: ${id}`),
  ];
  const gone = expected.siteId !== plan.siteId ? ['the plan was made for another site'] : [];
  return new WizardError('plan-stale', 'The plan no longer fits what is there; nothing has been changed.', {
    evidence: [...gone, ...moved].slice(0, 10),
    remedies: ['Make and approve a new plan: plan --out FILE.'],
  });
}

async function closePoint(context: CommandContext, point: RestorePoint, state: RestorePoint['state'], mucAfter?: string): Promise<void> {
  await context.session.record.writePoint({ ...point, state, mucAfter: mucAfter ?? point.mucAfter });
}

async function runPlan(context: CommandContext, options: ApplyOptions, plan: Plan, open: RestorePoint | null): Promise<CommandResult> {
  const { session, frontend, now } = context;
  const run = newRunId(now, context.random);
  const journal = openJournal(context.stateDir, run, now);
  const bridge = session.bridge(mainNode(session.cluster).name);
  const onStale = (old: { user: string; host: string; pid: number }) =>
    frontend.emit({ type: 'notice', level: 'warning', message: `Took over the lock of ${old.user}@${old.host}: its process ${old.pid} is gone.` });
  try {
    return await withLock(bridge, newHolder(run, now), onStale, async () => {
      const point = open ?? (await openPoint({ session, run, by: context.by, journal: journal.file, kind: 'apply', now }));
      journal.write({ ev: 'run.begin', command: 'apply', cluster: session.cluster.label, site: point.site, restorePoint: point.id, wizard: context.version });
      journal.write({ ev: 'plan.approved', hash: plan.hash, changes: plan.stages.flatMap((s) => s.changes.map((c) => c.id)) });
      await session.record.audit(point.site, { t: now().toISOString(), who: context.by, run, command: 'apply', plan: plan.hash });
      const result = await new StageRunner(context, options, plan, point, journal).run();
      await session.record.audit(point.site, { t: now().toISOString(), who: context.by, run, outcome: result.outcome, exitCode: result.exitCode });
      journal.write({ ev: 'run.end', outcome: result.outcome, exitCode: result.exitCode });
      return result;
    });
  } finally {
    journal.close();
  }
}

/** A later stage belongs to the restore point that the first one made. */
function withoutPoint(stage: StagePlan | undefined): StagePlan | undefined {
  return stage && { ...stage, changes: stage.changes.filter((c) => c.kind !== 'restore-point') };
}

/** Runs the stages of one approved plan, surveying and planning again before each later one. */
class StageRunner {
  #mucAfter: string | null;

  constructor(
    private readonly context: CommandContext,
    private readonly options: ApplyOptions,
    private readonly approved: Plan,
    private readonly point: RestorePoint,
    private readonly journal: Journal,
  ) {
    this.#mucAfter = point.mucAfter;
  }

  async run(): Promise<CommandResult> {
    const { session } = this.context;
    let plan = this.approved;
    try {
      for (const [index, stage] of this.approved.stages.entries()) {
        const now: StagePlan | undefined = index === 0 ? stage : withoutPoint((plan = await this.again(stage)).stages.find((s) => s.stage === stage.stage));
        if (now) await this.stage(now);
      }
    } catch (thrown) {
      return await this.failed(asWizardError(thrown));
    }
    await session.record.writePoint({ ...this.point, state: 'applied', mucAfter: this.#mucAfter });
    return { outcome: 'changed', exitCode: EXIT.done, message: `Done. Restore point ${this.point.id}.`, plan, restorePoint: this.point.id };
  }

  /** Looks and plans anew; the list that was approved must come out again. */
  private async again(stage: StagePlan): Promise<Plan> {
    const { session, frontend } = this.context;
    await surveyOrRefuse(session);
    const { plan } = await planNow(session, this.options.steps);
    const found = plan.stages.find((s) => s.stage === stage.stage);
    if (sameStage(stage, found)) return plan;
    frontend.emit({ type: 'plan', plan });
    const others = effects(plan).filter((c) => c.risk === 'irreversible').map((c) => c.id);
    if (await frontend.approve(plan, others, 'differs')) return plan;
    throw new WizardError('plan-stale', `What is to do in the stage "${stage.stage}" is no longer what was approved; it was not begun.`, {
      remedies: ['See it with plan, then apply … --resume.'],
    });
  }

  private async stage(stage: StagePlan): Promise<void> {
    const { session, frontend, handlers, signal } = this.context;
    const context = runContext(session, { run: this.journal.run, restorePoint: this.point.id }, frontend.emit, signal);
    if (stage.stage === 'muc') await writeBreakGlass(session, this.point, session.templatesDir);
    await applyStage({
      stage,
      context,
      handlers,
      journal: this.journal,
      remember: (change, undo) => session.record.appendUndo(this.point, { change, undo }),
      onDone: async (change) => {
        if (change.kind !== 'muc-publish') return;
        this.#mucAfter = change.result;
        await session.record.writePoint({ ...this.point, mucAfter: this.#mucAfter });
      },
    });
  }

  /** What was published does not stay when its proof fails; everything else waits for `--resume` or `rollback`. */
  private async failed(error: WizardError): Promise<never> {
    const { session, frontend, handlers } = this.context;
    const state = { ...this.point, mucAfter: this.#mucAfter };
    await session.record.writePoint({ ...state, state: 'failed' });
    const wayOn = ['Mend the cause and go on: apply … --resume', 'Or take the whole run back: rollback --yes'];
    if (error.code !== 'verify-failed' || this.#mucAfter === this.point.mucAfter) {
      const outcome = error.code === 'link-lost' || error.code === 'timeout' ? 'unknown' : 'changed';
      this.journal.write({ ev: 'run.end', outcome, exitCode: error.exitCode });
      throw withDetails(error, { outcome, remedies: wayOn });
    }
    frontend.emit({ type: 'notice', level: 'warning', message: `${error.message} Putting Moodle's cache configuration back.` });
    const context = runContext(session, { run: this.journal.run, restorePoint: this.point.id }, frontend.emit, new AbortController().signal);
    await rollbackMuc({ session, context, point: state, handlers, journal: this.journal });
    await session.record.writePoint({ ...state, state: 'failed', mucAfter: null });
    this.journal.write({ ev: 'run.end', outcome: 'reverted', exitCode: error.exitCode });
    throw withDetails(error, { outcome: 'reverted', message: `${error.message} Moodle's cache configuration was put back as it was.`, remedies: wayOn });
  }
}
