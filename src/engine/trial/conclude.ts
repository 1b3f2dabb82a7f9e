/** How a run with a trial ends: watched and kept, or left to a person's confirm. */

import type { StagePlan } from '../../core/change.js';
import { EXIT, WizardError } from '../../core/errors.js';
import { ownCommand } from '../../core/program.js';
import type { RestorePoint } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import type { TrialMode, TrialRecord } from '../../core/trial.js';
import type { CommandResult } from '../commands/types.js';
import type { ApplyContext } from '../handler.js';
import type { Session } from '../session/session.js';
import { disarmAll, keepTrial, keptByMarkAlone, nodeStates } from './end.js';
import { onTrial } from './messages.js';
import { setDeadline } from './nodes.js';
import { readTrial, writeTrial } from './record.js';
import { watchTrial } from './watch.js';

export interface ConcludeInput {
  readonly session: Session;
  readonly context: ApplyContext;
  readonly point: RestorePoint;
  readonly stage: StagePlan | null;
  readonly mode: TrialMode;
  readonly stop: AbortSignal;
}

type Ended = Omit<CommandResult, 'plan' | 'restorePoint'>;

/** @throws WizardError when a check fails, or nobody kept it: the caller rolls back */
export async function concludeTrial(input: ConcludeInput): Promise<Ended> {
  const { session, context, point, stage, mode, stop } = input;
  const trial = await readTrial(session.record, context.site);
  if (!stage || mode.kind === 'none' || !trial) throw new WizardError('bug', 'There is no trial to conclude.');
  // From here on a person may keep or roll back, from any shell.
  await session.record.writePoint({ ...point, state: 'on-trial' });
  const time = (seconds: number) => giveTime(session, context, trial, seconds);
  if (mode.kind === 'confirm') {
    const endsAt = await time(mode.seconds);
    return {
      outcome: 'on-trial',
      exitCode: EXIT.done,
      trialEndsAt: endsAt,
      message: `On trial for ${mode.seconds} s. Keep it with ${ownCommand(sh`confirm`)}; without a confirm the nodes restore ${onTrial(trial)}.`,
    };
  }
  context.emit({
    type: 'notice',
    level: 'info',
    message: `On trial: watching pages, stores and mappings for ${mode.seconds} s. The changes are kept if every check passes.`,
  });
  const seen = await watchTrial({ context, stage, trial, published: point.mucAfter, seconds: mode.seconds, stop, giveTime: time });
  const mark = seen === 'armed' ? await keepTrial(session, context.site, trial) : seen;
  // A confirm elsewhere writes the point before it clears the marks.
  const recorded = (await session.record.points(context.site)).find((p) => p.id === point.id)?.state;
  const confirmed = mark === 'none' && recorded === 'applied';
  if (mark !== 'kept' && !confirmed) {
    throw new WizardError('verify-failed', `Somebody else, or the nodes, ended the trial: rolling back ${onTrial(trial)}.`, {
      ...stepOf(stage),
      remedies: [remedy`Show the status: moodle-cluster-wizard status`],
    });
  }
  // A mark set by somebody else ended the watch early: then it is not this run that can say that every check passed.
  const early = seen === 'armed' ? null : (keptByMarkAlone(recorded, await nodeStates(session, context.site, trial.nodes)) ?? '');
  if (early) context.emit({ type: 'notice', level: 'warning', message: early });
  await session.record.writePoint({ ...point, state: 'applied' });
  const left = await disarmAll(session, context.site, trial, 'kept');
  const words = left.length === 0 ? '' : ` Not complete on ${left.join(', ')} (unreachable or failed).`;
  return {
    outcome: 'changed',
    exitCode: EXIT.done,
    message:
      early === null
        ? `Done: kept after a trial of ${mode.seconds} s in which every check passed. Restore point ${point.id}.${words}`
        : `Done: kept by a confirm from elsewhere, before the ${mode.seconds} s of the trial were over. Restore point ${point.id}.${words}`,
  };
}

/** The step whose changes are on trial. */
function stepOf(stage: StagePlan): { readonly step?: string } {
  const arm = stage.changes.find((c) => c.kind === 'trial-arm');
  return arm === undefined ? {} : { step: arm.step };
}

/** Every node must take the new end: one that kept an earlier one would roll back under a trial that continues. */
async function giveTime(session: Session, context: ApplyContext, trial: TrialRecord, seconds: number): Promise<number> {
  await Promise.all(trial.nodes.map((node) => setDeadline(session.executor(node), context.site, seconds)));
  const endsAt = Date.now() + seconds * 1000;
  await writeTrial(session.record, context.site, { ...trial, endsAt: new Date(endsAt).toISOString() });
  return endsAt;
}
