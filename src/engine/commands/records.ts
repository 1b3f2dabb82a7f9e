/** `status`, `backups` and `unlock`: what is on record, and who holds the lock. */

import { mainNode } from '../../core/cluster.js';
import { EXIT, WizardError } from '../../core/errors.js';
import { lockHolder } from '../../moodle/bridge-answers.js';
import type { RestorePoint } from '../../records/site-record.js';
import { breakGlassPath } from '../break-glass.js';
import { isStale, whoHolds } from '../lock.js';
import { isFinished, mainMoodle, newestOpenPoint, sessionSite } from '../points.js';
import { isOpen, type TrialStatus, trialStatus } from '../trial/settle.js';
import type { CommandContext, CommandResult } from './types.js';

/** How a trial stands, in words. */
function trialLines(status: TrialStatus | null): readonly string[] {
  if (status === null) return [];
  const { mark, trial, secondsLeft } = status;
  if (mark === 'kept') return [`The trial of the run ${trial.id} was confirmed; not all nodes have been told: ${trial.nodes.join(', ')}.`];
  if (mark === 'reverted')
    return ['The trial was not confirmed: the nodes have put the cache configuration back. The next apply or rollback brings the record up to it.'];
  if (mark === 'reverting') return ['The trial is over: a node is putting the cache configuration back right now.'];
  const left = secondsLeft === null ? 'no node tells how long' : secondsLeft > 0 ? `${secondsLeft} s left` : 'its time is over';
  return [`On trial: the mappings of the run ${trial.id}, ${left}. Keep them with confirm, put back with revert; without either the nodes put back.`];
}

/** Exit 10 when a run is unfinished or on trial, else 0. */
export async function statusCommand(context: CommandContext): Promise<CommandResult> {
  const { session } = context;
  await session.survey();
  const site = sessionSite(session);
  const points = await session.record.points(site);
  const newest = newestOpenPoint(points);
  const holder = lockHolder(mainMoodle(session).wizardLock.holder);
  const owed = await session.record.readFile(site, 'purge-owed');
  const live = mainMoodle(session).mucFile.sha256 ?? null;
  const unfinished = newest !== null && !isFinished(newest);
  const mucBack = newest?.state === 'muc-rolled-back';
  const putBack = newest !== null && !mucBack && newest.mucAfter !== null && newest.muc !== null && live === newest.muc.sha256;
  const drift = newest !== null && !mucBack && newest.mucAfter !== null && newest.mucAfter !== live && !putBack;
  const trial = await trialStatus(context);
  const lines = [
    newest === null
      ? 'No run of the wizard is in effect.'
      : `Run ${newest.id} by ${newest.by}: ${unfinished ? 'not finished' : mucBack ? 'its cache configuration is rolled back, what else it changed is still there' : 'applied'}.`,
    ...trialLines(trial),
    ...(unfinished && !isOpen(trial) && (!holder || isStale(holder)) ? ['Go on with apply … --resume, or take it back with rollback --yes.'] : []),
    ...(putBack
      ? [
          "Moodle's cache configuration is as it was before that run: put back by the break-glass script, or by hand.",
          'What else the run changed is still there: take it back with rollback --yes; it also makes every node run the file.',
        ]
      : []),
    ...(drift ? ["Moodle's cache configuration has been changed by somebody else since."] : []),
    ...(holder ? [`Locked by ${whoHolds(holder)}${isStale(holder) ? '; that process is gone' : ''}.`] : []),
    ...(owed === null ? [] : ['Old cache content could not be emptied: the next apply or rollback makes up for it; or purge all caches in Moodle.']),
    ...(newest?.muc ? [`Way back without the wizard, on ${mainNode(session.cluster).name}: sh ${breakGlassPath(site)}`] : []),
  ];
  return {
    outcome: unfinished || putBack ? 'pending' : 'unchanged',
    exitCode: unfinished || putBack ? EXIT.pending : EXIT.done,
    message: lines.join('\n'),
    data: {
      site,
      run: newest,
      unfinished,
      mucChangedSince: drift,
      mucPutBack: putBack,
      trial: trial === null ? null : { id: trial.trial.id, mark: trial.mark, secondsLeft: trial.secondsLeft, nodes: trial.nodes },
      lock: holder,
      lockStale: holder ? isStale(holder) : null,
      purgeOwed: owed,
      breakGlass: breakGlassPath(site),
    },
  };
}

const line = (p: RestorePoint) => `${p.id}  ${p.created}  ${p.state.padEnd(15)}  ${p.kind}  by ${p.by}  file ${p.muc?.sha256.slice(0, 12) ?? 'none'}`;

/** Lists restore points, oldest first. */
export async function backupsCommand(context: CommandContext): Promise<CommandResult> {
  await context.session.survey();
  const points = await context.session.record.points(sessionSite(context.session));
  const message = points.length === 0 ? 'There are no restore points of this site.' : points.map(line).join('\n');
  return { outcome: 'unchanged', exitCode: EXIT.done, message, data: { restorePoints: points } };
}

/** Shows the holder, and removes the lock only when its process is proven gone, or with `force` by a person who knows. */
export async function unlockCommand(context: CommandContext, force: boolean): Promise<CommandResult> {
  const { session } = context;
  await session.survey();
  const bridge = session.bridge(mainNode(session.cluster).name);
  const holder = await bridge.lockHolder();
  if (!holder) return { outcome: 'unchanged', exitCode: EXIT.done, message: 'There is no lock.' };
  if (!force && !isStale(holder)) {
    throw new WizardError('lock-held', `The lock is held by ${whoHolds(holder)}, and it is not proven that this process is gone.`, {
      remedies: [`Look on ${holder.host} whether process ${holder.pid} is alive; when you are sure that it is not: unlock --yes`],
    });
  }
  if (!(await bridge.unlock(holder.token))) {
    throw new WizardError('lock-held', `The lock of ${whoHolds(holder)} could not be removed.`, {
      remedies: [`Look at it on main: ls -la ${mainMoodle(session).wizardLock.path}`],
    });
  }
  return { outcome: 'changed', exitCode: EXIT.done, message: `Removed the lock of ${whoHolds(holder)}.`, data: { lock: holder } };
}
