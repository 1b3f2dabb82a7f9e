/** `apply`: plan, approve, run stage by stage under the lock, prove. */

import { effects, type Plan, type StagePlan } from '../../core/change.js';
import { mainNode } from '../../core/cluster.js';
import { asWizardError, EXIT, WizardError, withDetails } from '../../core/errors.js';
import type { MucFileState } from '../../core/facts.js';
import { lockHolder } from '../../moodle/bridge-answers.js';
import { type Journal, openJournal } from '../../records/journal.js';
import type { RestorePoint } from '../../records/site-record.js';
import { applyStage } from '../applier.js';
import { writeBreakGlass } from '../break-glass.js';
import { isStale, newHolder, whoHolds, withLock } from '../lock.js';
import { mucMoves } from '../muc-moves.js';
import { isPending, sameStage } from '../planner.js';
import { isFinished, mainMoodle, newestOpenPoint, openPoint, sessionSite } from '../points.js';
import { keepMucStage, owedChanges, pointToGoOnWith } from '../resume.js';
import { rollbackMuc } from '../rollback.js';
import { newRunId, runContext } from '../run-context.js';
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
  refuseBesideAnother(context);
  const newest = newestOpenPoint(await session.record.points(sessionSite(session)));
  const open = unfinished(context, newest, options.resume);
  const { plan } = await planNow(session, options.steps);
  frontend.emit({ type: 'findings', findings: plan.findings });
  frontend.emit({ type: 'advice', advice: plan.advice });
  if (options.expected && options.expected.hash !== plan.hash) throw staleError(options.expected, plan);
  const pending = isPending(plan);
  if (!pending && !open) return { outcome: 'unchanged', exitCode: EXIT.done, message: 'Nothing to do: the cluster is as the answers say.', plan };
  frontend.emit({ type: 'plan', plan });
  const irreversible = effects(plan)
    .filter((c) => c.risk === 'irreversible')
    .map((c) => c.id);
  if (pending && !(await frontend.approve(plan, irreversible))) {
    throw new WizardError('cancelled', 'The plan was not approved; nothing has been changed.');
  }
  return runPlan(context, options, { plan, open, newest: newest?.id ?? null });
}

/** Told before a plan is made and approved in vain; the lock itself is taken later, and decides. */
function refuseBesideAnother({ session }: CommandContext): void {
  const { wizardLock } = mainMoodle(session);
  const holder = lockHolder(wizardLock.holder);
  if (!holder || isStale(holder)) return;
  throw new WizardError(
    'lock-held',
    `Another run is under way on this site: the lock ${wizardLock.path} is held by ${whoHolds(holder)}. Nothing has been changed.`,
    {
      nodes: [mainNode(session.cluster).name],
      remedies: [
        'Wait for that run to end; how far it is: moodle-cluster-wizard status',
        `When its process is gone for certain (on ${holder.host || 'its machine'}: ps -p ${holder.pid}): moodle-cluster-wizard unlock`,
      ],
    },
  );
}

/** A run that was not finished and not rolled back: only `--resume` goes on with it. */
function unfinished(context: CommandContext, point: RestorePoint | null, resume: boolean): RestorePoint | null {
  if (!point || isFinished(point)) return null;
  if (resume) return point;
  throw new WizardError('run-unfinished', `The run ${point.id} by ${point.by} was not finished.`, {
    nodes: [mainNode(context.session.cluster).name],
    remedies: ['Go on with it: apply … --resume', 'Or take it back: rollback --yes', `Its journal: ${point.journal}`],
  });
}

function staleError(expected: Plan, plan: Plan): WizardError {
  const all = (p: Plan) => p.stages.flatMap((s) => s.changes);
  const ids = (p: Plan) => new Map(all(p).map((c) => [c.id, JSON.stringify(c)]));
  const file = (p: Plan) => all(p).flatMap((c) => (c.kind === 'restore-point' ? [c.mucHash] : []))[0];
  const was = ids(expected);
  const is = ids(plan);
  const moved = [
    ...(file(expected) === file(plan)
      ? []
      : [`Moodle's cache configuration file: planned for ${file(expected) ?? 'no change'}, found ${file(plan) ?? 'nothing to change'}`]),
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

/** Between the survey and the lock another run may have come and gone, or Moodle may have written its file: then the plan is old. */
async function assertStillAsPlanned(context: CommandContext, newest: string | null): Promise<void> {
  const { session } = context;
  const main = mainNode(session.cluster).name;
  const meanwhile = newestOpenPoint(await session.record.points(sessionSite(session)));
  if ((meanwhile?.id ?? null) !== newest) {
    throw new WizardError('plan-stale', `Another run (${meanwhile?.id ?? 'a rollback'}) was made while this one was planned; nothing has been changed.`, {
      nodes: [main],
      remedies: ['Run the same command again.'],
    });
  }
  const planned = mainMoodle(session).mucFile.sha256 ?? null;
  const live = (await session.bridge(main).readMuc())?.file.sha256 ?? null;
  if (live === planned) return;
  throw new WizardError(
    'muc-moved',
    "Moodle's cache configuration was changed by somebody else since it was looked at; nothing has been changed by this run.",
    {
      nodes: [main],
      evidence: [`planned for ${planned ?? 'no file'}`, `found ${live ?? 'no file'}`],
      remedies: ['Run plan again to see what is there now, then apply.'],
    },
  );
}

interface Begun {
  readonly plan: Plan;
  /** The unfinished run that is gone on with. */
  readonly open: RestorePoint | null;
  /** The run that was in effect when this one was planned. */
  readonly newest: string | null;
}

async function runPlan(context: CommandContext, options: ApplyOptions, { plan, open, newest }: Begun): Promise<CommandResult> {
  const { session, frontend, now } = context;
  const run = newRunId(now, context.random);
  const journal = openJournal(context.stateDir, run, now, context.redact);
  const bridge = session.bridge(mainNode(session.cluster).name);
  const onStale = (old: { user: string; host: string; pid: number }) =>
    frontend.emit({ type: 'notice', level: 'warning', message: `Took over the lock of ${old.user}@${old.host}: its process ${old.pid} is gone.` });
  try {
    return await withLock(bridge, newHolder(run, now), onStale, async () => {
      await assertStillAsPlanned(context, newest);
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

/** Codes of failures after which the MUC file is not ours to touch, or cannot be reached. */
const LEFT_AS_IT_IS: readonly string[] = ['link-lost', 'timeout', 'muc-moved', 'plan-stale'];

const WAY_ON = ['Mend the cause and go on: apply … --resume', 'Or take the whole run back: rollback --yes'];

/** Runs the stages of one approved plan, surveying and planning again before each later one. */
class StageRunner {
  #point: RestorePoint;
  #mucAfter: string | null;
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
    const { session } = this.context;
    let plan = this.approved;
    try {
      await this.finishEarlier();
      for (const [index, stage] of this.approved.stages.entries()) {
        if (index > 0) plan = await this.again(stage);
        const now = index === 0 ? stage : withoutPoint(plan.stages.find((s) => s.stage === stage.stage));
        if (now) await this.stage(now);
      }
    } catch (thrown) {
      return await this.failed(asWizardError(thrown));
    }
    await session.record.writePoint({ ...this.#point, state: 'applied', mucAfter: this.#mucAfter });
    return { outcome: 'changed', exitCode: EXIT.done, message: `Done. Restore point ${this.#point.id}.`, plan, restorePoint: this.#point.id };
  }

  /** A run that was cut off after a publish owes the rest: its nodes may not have converged, and what moved may not have been emptied. */
  private async finishEarlier(): Promise<void> {
    const { session } = this.context;
    this.#point = await pointToGoOnWith(session, this.#point);
    // From the first effect on, the script on main is this run's.
    await writeBreakGlass(session, this.#point, session.templatesDir);
    const owed = await owedChanges(session, this.#point, mainMoodle(session).mucFile.sha256 ?? null);
    if (owed.length > 0) await this.apply({ stage: 'muc', changes: owed, provisional: false });
  }

  /** Looks and plans anew; the list that was approved must come out again. */
  private async again(stage: StagePlan): Promise<Plan> {
    const { session, frontend } = this.context;
    await surveyOrRefuse(session);
    const { plan } = await planNow(session, this.options.steps);
    const found = plan.stages.find((s) => s.stage === stage.stage);
    // What was provisional has its hashes and its diff now.
    frontend.emit({ type: 'plan', plan });
    if (sameStage(stage, found)) return plan;
    const others = effects(plan)
      .filter((c) => c.risk === 'irreversible')
      .map((c) => c.id);
    if (await frontend.approve(plan, others, 'differs')) return plan;
    const moved = mucMoves(this.#approvedMuc, mainMoodle(session).muc);
    const what = `What is to do in the stage "${stage.stage}" is no longer what was approved; it was not begun.`;
    throw new WizardError(
      moved.length === 0 ? 'plan-stale' : 'muc-moved',
      moved.length === 0 ? what : `Moodle's cache configuration was changed by somebody else meanwhile. ${what}`,
      {
        nodes: [mainNode(session.cluster).name],
        evidence: moved.slice(0, 10),
        remedies: ['See it with plan, then apply … --resume.'],
      },
    );
  }

  private async stage(stage: StagePlan): Promise<void> {
    const { session } = this.context;
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
      remember: async (change, undo) => (change.kind === 'empty' ? undefined : session.record.appendUndo(this.#point, { change, undo })),
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
    if (entries?.every((e) => e.change.kind === 'restore-point' || e.change.kind === 'empty')) {
      await record.writePoint({ ...state, state: 'rolled-back' }).catch(() => {});
      this.journal.write({ ev: 'run.end', outcome: 'unchanged', exitCode: error.exitCode });
      throw error;
    }
    await record.writePoint({ ...state, state: 'failed' }).catch(() => {});
    if (!LEFT_AS_IT_IS.includes(error.code) && this.#mucAfter !== null) return this.revert(error, state);
    const outcome = error.code === 'link-lost' || error.code === 'timeout' ? 'unknown' : 'changed';
    this.journal.write({ ev: 'run.end', outcome, exitCode: error.exitCode });
    throw withDetails(error, { outcome, remedies: WAY_ON });
  }

  /** Puts the MUC file back after a failure, then tells the failure. A revert that fails too is told with it. */
  private async revert(error: WizardError, state: RestorePoint): Promise<never> {
    const { session, frontend, handlers } = this.context;
    frontend.emit({ type: 'notice', level: 'warning', message: `${error.message} Putting Moodle's cache configuration back.` });
    const context = runContext(session, { run: this.journal.run, restorePoint: state.id }, frontend.emit, new AbortController().signal);
    try {
      await rollbackMuc({ session, context, point: state, handlers, journal: this.journal });
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
