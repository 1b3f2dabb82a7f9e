/** How a run ends whose mappings are on trial: watched and kept, or left to a person's confirm. */

import { CACHE_STEP } from '../../caches/steps.js';
import type { StagePlan } from '../../core/change.js';
import { EXIT, WizardError } from '../../core/errors.js';
import { ownCommand } from '../../core/program.js';
import type { RestorePoint } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import type { TrialRecord, TrialWish } from '../../core/trial.js';
import type { CommandResult } from '../commands/types.js';
import type { ApplyContext } from '../handler.js';
import type { Session } from '../session/session.js';
import { disarmAll, keptByMarkAlone, nodeStates, turn } from './end.js';
import { setDeadline } from './nodes.js';
import { readTrial, writeTrial } from './record.js';
import { watchTrial } from './watch.js';

export interface ConcludeInput {
  readonly session: Session;
  readonly context: ApplyContext;
  readonly point: RestorePoint;
  readonly stage: StagePlan | null;
  readonly wish: TrialWish;
  readonly stop: AbortSignal;
}

type Ended = Omit<CommandResult, 'plan' | 'restorePoint'>;

/** @throws WizardError when something does not hold, or nobody kept it: the caller puts back */
export async function concludeTrial(input: ConcludeInput): Promise<Ended> {
  const { session, context, point, stage, wish, stop } = input;
  const trial = await readTrial(session.record, context.site);
  if (!stage || wish.kind === 'none' || !trial) throw new WizardError('bug', 'There is no trial to conclude.');
  // From here on a person may keep or put back, from any shell.
  await session.record.writePoint({ ...point, state: 'on-trial' });
  const time = (seconds: number) => giveTime(session, context, trial, seconds);
  if (wish.kind === 'confirm') {
    const endsAt = await time(wish.seconds);
    return {
      outcome: 'on-trial',
      exitCode: EXIT.done,
      trialEndsAt: endsAt,
      message: `On trial for ${wish.seconds} s: keep it with ${ownCommand(sh`confirm`)}; without it the nodes put the cache configuration back.`,
    };
  }
  context.emit({ type: 'notice', level: 'info', message: `On trial: watching pages, stores and mappings for ${wish.seconds} s. It is kept if all hold.` });
  const seen = await watchTrial({ context, stage, id: trial.id, published: point.mucAfter, seconds: wish.seconds, stop, giveTime: time });
  const { mark } = seen === 'armed' ? await turn(session, trial.id, 'kept') : { mark: seen };
  // A confirm elsewhere writes the point before it clears the marks.
  const recorded = (await session.record.points(context.site)).find((p) => p.id === point.id)?.state;
  const confirmed = mark === 'none' && recorded === 'applied';
  if (mark !== 'kept' && !confirmed) {
    throw new WizardError('verify-failed', 'The trial was ended by somebody else, or by the nodes: the cache configuration goes back.', {
      step: CACHE_STEP.mappings,
      remedies: [remedy`How it stands: moodle-cluster-wizard status`],
    });
  }
  // A mark set by somebody else ended the watch early: then it is not this run that can say that all held.
  const early = seen === 'armed' ? null : (keptByMarkAlone(recorded, await nodeStates(session, context.site, trial.nodes)) ?? '');
  if (early) context.emit({ type: 'notice', level: 'warning', message: early });
  await session.record.writePoint({ ...point, state: 'applied' });
  const left = await disarmAll(session, context.site, trial);
  const words = left.length === 0 ? '' : ` ${left.join(', ')} could not be told; what is armed there reads the mark and ends by itself.`;
  return {
    outcome: 'changed',
    exitCode: EXIT.done,
    message:
      early === null
        ? `Done: kept after a trial of ${wish.seconds} s in which every check held. Restore point ${point.id}.${words}`
        : `Done: kept by a confirm from elsewhere, before the ${wish.seconds} s of the trial were over. Restore point ${point.id}.${words}`,
  };
}

/** Every node must take the new end: one that kept an earlier one would put back under a trial that goes on. */
async function giveTime(session: Session, context: ApplyContext, trial: TrialRecord, seconds: number): Promise<number> {
  await Promise.all(trial.nodes.map((node) => setDeadline(session.executor(node), context.site, seconds)));
  const endsAt = Date.now() + seconds * 1000;
  await writeTrial(session.record, context.site, { ...trial, endsAt: new Date(endsAt).toISOString() });
  return endsAt;
}
