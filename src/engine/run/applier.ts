/** Runs the changes of one stage, in the order and lanes they were shown, each journalled before its effect. */

import type { Change, StagePlan } from '../../core/change.js';
import { asWizardError, combineErrors, type ErrorCode, isLost, WizardError } from '../../core/errors.js';
import { monotonicMs } from '../../core/monotonic.js';
import type { UndoData } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import type { Journal } from '../../records/journal.js';
import type { HandlerTable } from '../handler.js';
import { type ApplyContext, handlerOf } from '../handler.js';

export interface ApplyStageInput {
  readonly stage: StagePlan;
  readonly context: ApplyContext;
  /** Asks for a stop between two changes; `context.signal` cuts off the one under way. */
  readonly stop: AbortSignal;
  readonly handlers: HandlerTable;
  readonly journal: Journal;
  /** Puts the undo on disk before the effect. */
  readonly remember: (change: Change, undo: UndoData) => Promise<void>;
  readonly onDone: (change: Change) => Promise<void>;
}

/**
 * Runs a stage to its end or to its first failure; changes that run side by side are waited for.
 * @throws WizardError of the change that failed, or `cancelled` when the signal came between two changes
 */
export async function applyStage(input: ApplyStageInput): Promise<void> {
  const { context, journal, stage } = input;
  journal.write({ ev: 'stage.begin', stage: stage.stage });
  context.emit({ type: 'stage', stage: stage.stage, state: 'begin' });
  const done = new Set<string>();
  const known = new Set(stage.changes.map((c) => c.id));
  let pending = [...stage.changes];
  while (pending.length > 0) {
    if (input.stop.aborted || context.signal.aborted) throw new WizardError('cancelled', `Stopped before "${pending[0]?.what}"; completed changes stay.`);
    const ready = pending.filter((c) => c.after.every((id) => done.has(id) || !known.has(id)));
    const [first] = ready;
    if (!first) throw new WizardError('bug', `The changes ${pending.map((c) => c.id).join(', ')} wait for each other.`);
    const batch = first.lane === 'parallel' ? ready.filter((c) => c.lane === 'parallel') : [first];
    await runBatch(input, batch);
    for (const change of batch) done.add(change.id);
    pending = pending.filter((c) => !done.has(c.id));
    await notify(input, batch, pending);
  }
  journal.write({ ev: 'stage.done', stage: stage.stage });
  context.emit({ type: 'stage', stage: stage.stage, state: 'done' });
}

async function runBatch(input: ApplyStageInput, batch: readonly Change[]): Promise<void> {
  const results = await Promise.allSettled(batch.map((change) => runChange(input, change)));
  const failures = results.flatMap((r) => (r.status === 'rejected' ? [asWizardError(r.reason)] : []));
  if (failures.length > 0) throw combineErrors(failures);
}

async function runChange(input: ApplyStageInput, change: Change): Promise<void> {
  const { context, journal, handlers } = input;
  const handler = handlerOf(handlers, change);
  const about = { id: change.id, node: change.node, what: change.what } as const;
  const started = monotonicMs();
  try {
    if (change.risk !== 'gate') {
      const state = await handler.inspect(context, change as never);
      if (state === 'after') {
        journal.write({ ev: 'change.skipped', change: change.id, node: change.node });
        context.emit({ type: 'change', ...about, state: 'skipped', detail: 'already up to date' });
        return;
      }
      if (state === 'other') throw movedSince(change, handler.movedCode ?? 'plan-stale');
    }
    const undo = await handler.capture(context, change as never);
    if (change.risk !== 'gate') await input.remember(change, undo);
    journal.write({ ev: 'change.begin', change: change.id, node: change.node });
    context.emit({ type: 'change', ...about, state: 'begin' });
    const detail = await handler.apply(context, change as never);
    journal.write({ ev: 'change.done', change: change.id, node: change.node, ...(detail === undefined ? {} : { detail }) });
    await input.onDone(change);
    context.emit({ type: 'change', ...about, state: 'done', ms: Math.round(monotonicMs() - started), ...(detail === undefined ? {} : { detail }) });
  } catch (thrown) {
    const error = asWizardError(thrown);
    journal.write({ ev: isLost(error) ? 'change.unknown' : 'change.failed', change: change.id, node: change.node, detail: error.message });
    context.emit({ type: 'change', ...about, state: 'failed', ms: Math.round(monotonicMs() - started), detail: error.message });
    throw error;
  }
}

function movedSince(change: Change, code: ErrorCode): WizardError {
  const node = change.node;
  return new WizardError(code, `${node}: the target of "${change.what}" has changed since the plan.`, {
    nodes: [node],
    step: change.step,
    remedies: [remedy`Run plan again to see the current state, then apply.`],
  });
}

/** Runs each `restart:unit` or `reload:unit` once, when no change still to come asks for the same. */
async function notify(input: ApplyStageInput, batch: readonly Change[], pending: readonly Change[]): Promise<void> {
  const { context } = input;
  const still = new Set(pending.flatMap((c) => c.notifies.map((n) => `${c.node} ${n}`)));
  const due = new Set(batch.flatMap((c) => c.notifies.map((n) => `${c.node} ${n}`)).filter((key) => !still.has(key)));
  for (const key of due) {
    const [node, verb, unit] = /^(\S+) (restart|reload):(.+)$/.exec(key)?.slice(1) ?? [];
    if (!node || !verb || !unit) throw new WizardError('bug', `Cannot read the notification "${key}".`);
    const result = await context.executor(node).run({ argv: ['systemctl', verb, unit] }, { as: 'root' });
    if (result.code === 0) continue;
    throw new WizardError('change-failed', `${node}: systemctl ${verb} ${unit} ended with ${result.code}.`, {
      nodes: [node],
      evidence: result.stderr.trim().split('\n').slice(-5),
      remedies: [remedy`Show the log of the unit, on ${node}: ${sh`journalctl -u ${unit}`}`],
    });
  }
}
