/** `confirm` and `revert`: the ends of a trial by a person. */

import { mainNode } from '../../core/cluster.js';
import { EXIT, WizardError } from '../../core/errors.js';
import type { RestorePoint } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import { keepGoodCopy } from '../muc/good-copy.js';
import { sessionSite } from '../points.js';
import { clearDeadLock } from '../run/lock-proof.js';
import { disarmAll, keepTrial } from '../trial/end.js';
import { onTrial } from '../trial/messages.js';
import { setDeadline } from '../trial/nodes.js';
import { isOpen, reconcileTrial, type TrialStatus } from '../trial/reconcile.js';
import { writeTrial } from '../trial/record.js';
import { revertRun } from '../trial/revert-run.js';
import type { CommandContext, CommandResult } from './types.js';

/** The open trial. @throws WizardError `on-trial` when there is none, naming what became of the last one */
async function openOne(context: CommandContext): Promise<TrialStatus & { readonly point: RestorePoint }> {
  await context.session.survey();
  const status = await reconcileTrial(context);
  if (isOpen(status) && status.point) return { ...status, point: status.point };
  await clearDeadLock(context.session, context.frontend.emit);
  throw new WizardError('no-trial', 'No trial is running: there is nothing to confirm or revert.', {
    nodes: [mainNode(context.session.cluster).name],
    remedies: [remedy`Show the last run: moodle-cluster-wizard status`, remedy`Roll it back: moodle-cluster-wizard rollback --yes`],
  });
}

const formatLeft = (left: readonly string[]) =>
  left.length === 0 ? '' : remedy` Not complete on ${left} (unreachable or failed). Show the status of each node: moodle-cluster-wizard status`;

/** Keeps what is on trial. Exit 5 when the nodes were faster. @throws WizardError `no-trial`, `verify-failed` */
export async function confirmCommand(context: CommandContext): Promise<CommandResult> {
  const { session } = context;
  const { trial, point } = await openOne(context);
  if (point.state !== 'on-trial') {
    throw new WizardError('run-unfinished', `The run ${point.id} was interrupted before its checks completed, so it cannot be kept.`, {
      nodes: [mainNode(session.cluster).name],
      remedies: [remedy`Roll back: moodle-cluster-wizard revert`, remedy`Or roll back to the state before the trial and resume: apply … --resume`],
    });
  }
  const site = sessionSite(session);
  const mark = await keepTrial(session, site, trial);
  if (mark !== 'kept') {
    throw new WizardError(
      'verify-failed',
      `The trial ${mark === 'none' ? 'has ended and its mark was removed' : `is ${mark}`}: the nodes have begun to restore ${onTrial(trial)}.`,
      {
        nodes: [mainNode(session.cluster).name],
        outcome: 'reverted',
        remedies: [remedy`Apply again, and confirm in time.`],
      },
    );
  }
  await session.record.writePoint({ ...point, state: 'applied' });
  await session.record.audit(site, { t: context.now().toISOString(), who: context.by, run: point.id, command: 'confirm' });
  await keepGoodCopy(session, context.now);
  const left = await disarmAll(session, site, trial, 'kept');
  // The run that watched may have been cut off.
  await clearDeadLock(session, context.frontend.emit);
  return { outcome: 'changed', exitCode: EXIT.done, message: `Kept: the run ${point.id} is no longer on trial.${formatLeft(left)}`, restorePoint: point.id };
}

/** Ends the trial and rolls back. Exit 0 when every node has done so, 5 when one was unreachable. @throws WizardError `no-trial`, `muc-moved` */
export async function revertCommand(context: CommandContext): Promise<CommandResult> {
  const { session } = context;
  const { trial, point } = await openOne(context);
  const undecided = await revertRun(context, point);
  const out = trial.nodes.filter((n) => !session.cluster.nodes.some((node) => node.name === n && node.state === 'in'));
  const left = [...new Set([...out, ...undecided])];
  return {
    outcome: 'reverted',
    exitCode: left.length === 0 ? EXIT.done : EXIT.verifyFailed,
    message: `Rolled back: ${onTrial(trial)} of before the run ${point.id} is in use${left.length === 0 ? ' on every node' : ''}.${formatLeft(left)}`,
    restorePoint: point.id,
  };
}

/** More time: the trial ends so many seconds from now. @throws WizardError `no-trial`, `change-failed` naming a node that keeps its earlier end */
export async function extendCommand(context: CommandContext, seconds: number): Promise<CommandResult & { readonly trialEndsAt: number }> {
  const { session } = context;
  const { trial, point } = await openOne(context);
  const site = sessionSite(session);
  const endsAt = context.now().getTime() + seconds * 1000;
  for (const node of trial.nodes) await setDeadline(session.executor(node), site, seconds);
  await writeTrial(session.record, site, { ...trial, endsAt: new Date(endsAt).toISOString() });
  return { outcome: 'on-trial', exitCode: EXIT.done, message: `The trial continues for ${seconds} s.`, restorePoint: point.id, trialEndsAt: endsAt };
}
