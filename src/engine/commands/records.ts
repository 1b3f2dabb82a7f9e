/** `status`, `backups` and `unlock`: what is on record, and who holds the lock. */

import { cleanLines } from '../../core/clean.js';
import { excludedNodes, formatExcluded, mainNode } from '../../core/cluster.js';
import { EXIT, WizardError } from '../../core/errors.js';
import type { LockHolder } from '../../core/facts.js';
import type { RestorePoint } from '../../core/record.js';
import { asRemedy, part, remedy, sh } from '../../core/remedy.js';
import { holderOf } from '../../intake/holder.js';
import { breakGlassPath } from '../break-glass.js';
import { readSuspects } from '../muc/suspects.js';
import { formatContents, isFinished, mainMoodle, newestOpenPoint, sessionSite } from '../points.js';
import { machineOfHolder, whoHolds } from '../run/lock.js';
import { type LockProof, proveHolder } from '../run/lock-proof.js';
import { formatUnfinished, reportUnfinished } from '../run/unfinished.js';
import { keptByMarkAlone } from '../trial/end.js';
import { onTrial } from '../trial/messages.js';
import { isOpen, type TrialStatus, trialStatus } from '../trial/reconcile.js';
import type { CommandContext, CommandResult } from './types.js';

/** Lines as a message: a line break inside one of them makes no line of its own. */
function asLines(lines: readonly string[]): Pick<CommandResult, 'message' | 'lines'> {
  return { message: cleanLines(lines), lines };
}

/** The state of a trial, in words. */
function trialLines(status: TrialStatus | null): readonly string[] {
  if (status === null) return [];
  const { mark, trial, secondsLeft, point, nodes } = status;
  if (mark === 'kept') {
    const unconfirmed = keptByMarkAlone(point?.state, nodes);
    return [
      `The trial of the run ${trial.id} is kept. These nodes have not applied the decision yet: ${trial.nodes.join(', ')}.`,
      ...(unconfirmed === null ? [] : [unconfirmed]),
    ];
  }
  if (mark === 'reverted') return [`The trial was not confirmed: the nodes have restored ${onTrial(trial)}. The next apply or rollback updates the record.`];
  if (mark === 'reverting') return [`The trial is over: the nodes are restoring ${onTrial(trial)} now.`];
  const left = secondsLeft === null ? 'no node reports the time left' : secondsLeft > 0 ? `${secondsLeft} s left` : 'its time has passed';
  return [`On trial: ${onTrial(trial)} of the run ${trial.id}, ${left}. Keep with confirm, roll back with revert; without a confirm the nodes roll back.`];
}

/** Exit 10 when a run is unfinished or on trial, else 0. */
export async function statusCommand(context: CommandContext): Promise<CommandResult> {
  const { session } = context;
  await session.survey();
  const site = sessionSite(session);
  const points = await session.record.points(site);
  const newest = newestOpenPoint(points);
  const holder = holderOf(mainMoodle(session).wizardLock.holder);
  const proof = holder ? await proveHolder(session, holder) : null;
  const owed = await session.record.readFile(site, 'purge-owed');
  const live = mainMoodle(session).mucFile.sha256 ?? null;
  const unfinished = newest !== null && !isFinished(newest);
  const repair = points.filter((p) => p.kind === 'repair' && !isFinished(p)).at(-1) ?? null;
  const mucBack = newest?.state === 'muc-rolled-back';
  const putBack = newest !== null && !mucBack && newest.mucAfter !== null && newest.muc !== null && live === newest.muc.sha256;
  const drift =
    newest !== null &&
    !mucBack &&
    newest.mucAfter !== null &&
    newest.mucAfter !== live &&
    !putBack &&
    !points.some((p) => p.kind === 'repair' && p.mucAfter === live);
  const { suspects } = await readSuspects(session.record, site);
  // A run that guards nothing writes none.
  const script = (await session.record.readFile(site, 'break-glass.sh')) !== null;
  const trial = await trialStatus(context);
  const out = excludedNodes(session.cluster);
  const lines = [
    newest === null
      ? 'The wizard has no active changes on this site.'
      : unfinished && !isOpen(trial)
        ? formatUnfinished(newest)
        : `Run ${newest.id} by ${newest.by}: ${mucBack ? 'what was on trial is rolled back, its other changes are still in place' : 'applied'}.`,
    ...trialLines(trial),
    ...(unfinished && !isOpen(trial) && (proof === null || proof.state === 'gone')
      ? ['Resume it with apply … --resume, or roll it back with rollback --yes.']
      : []),
    ...(repair === null ? [] : [remedy`${part(asRemedy(formatUnfinished(repair)))} Resume it with repair --yes.`]),
    ...(putBack
      ? [
          "Moodle's cache configuration is as it was before that run: restored by the break-glass script, by the nodes, or by hand.",
          'Its other changes are still in place: roll them back with rollback --yes; this also makes every node use the restored file.',
        ]
      : []),
    ...(drift ? ["Moodle's cache configuration has been changed by somebody else since."] : []),
    ...(holder && proof ? [`Locked by ${whoHolds(holder)}: ${proof.why}.`] : []),
    ...(owed === null ? [] : ['A purge of old cache content is pending: the next apply or rollback runs it; or purge all caches in Moodle.']),
    ...suspects.map(
      (s) =>
        remedy`The store "${s.store}" may serve stale content since ${part(asRemedy(s.since.slice(0, 16).replace('T', ' ')))}: ${part(asRemedy(s.reasons.at(-1) ?? ''))}. Empty it with: purge --yes`,
    ),
    ...(out.length > 0 ? [formatExcluded(out)] : []),
    ...(newest !== null && script ? [remedy`Roll back without the wizard, on ${mainNode(session.cluster).name}: ${sh`sh ${breakGlassPath(site)}`}`] : []),
  ];
  return {
    outcome: unfinished || putBack || repair ? 'pending' : 'unchanged',
    exitCode: unfinished || putBack || repair ? EXIT.pending : EXIT.done,
    ...asLines(lines),
    data: {
      site,
      run: newest,
      unfinished,
      unfinishedRepair: repair,
      mucChangedSince: drift,
      mucPutBack: putBack,
      trial: trial === null ? null : { id: trial.trial.id, mark: trial.mark, secondsLeft: trial.secondsLeft, nodes: trial.nodes },
      lock: holder,
      lockStale: proof === null ? null : proof.state === 'gone',
      lockProof: proof,
      purgeOwed: owed,
      suspects,
      leftOut: out,
      breakGlass: breakGlassPath(site),
    },
  };
}

const line = (p: RestorePoint) => `${p.id}  ${p.created}  ${p.state.padEnd(15)}  ${p.kind}  by ${p.by}  ${formatContents(p)}`;

/** Lists restore points, oldest first. */
export async function backupsCommand(context: CommandContext): Promise<CommandResult> {
  await context.session.survey();
  await reportUnfinished(context);
  const points = await context.session.record.points(sessionSite(context.session));
  const lines = points.length === 0 ? ['This site has no restore points.'] : points.map(line);
  return { outcome: 'unchanged', exitCode: EXIT.done, ...asLines(lines), data: { restorePoints: points } };
}

/** The holder, as `unlock` shows it: one fact a line. */
function holderLines(holder: LockHolder, path: string, proof: LockProof): readonly string[] {
  return [
    `lock     ${path}`,
    `holder   ${holder.user === '' ? 'unknown' : `${holder.user} on ${holder.host}`}`,
    `run      ${holder.run || 'unknown'}`,
    `process  ${holder.pid || 'unknown'}`,
    `since    ${holder.since || 'unknown'}`,
    `proof    ${proof.state}: ${proof.why}`,
  ];
}

/** Shows the holder, and removes the lock only when its process is proven gone, or with `force` by a person who knows. */
export async function unlockCommand(context: CommandContext, force: boolean): Promise<CommandResult> {
  const { session } = context;
  await session.survey();
  await reportUnfinished(context);
  const bridge = session.bridge(mainNode(session.cluster).name);
  const holder = await bridge.lockHolder();
  if (!holder) return { outcome: 'unchanged', exitCode: EXIT.done, message: 'No lock is held.' };
  const { path } = mainMoodle(session).wizardLock;
  const proof = await proveHolder(session, holder);
  const lines = holderLines(holder, path, proof);
  if (proof.state === 'alive' || (!force && proof.state !== 'gone')) {
    const alive = proof.state === 'alive';
    throw new WizardError('lock-held', `The lock is held by ${whoHolds(holder)}: ${proof.why}.`, {
      evidence: lines,
      remedies: alive
        ? [remedy`Wait for that run, or end it on ${holder.host}: ${sh`kill ${holder.pid}`}; then: unlock`]
        : [remedy`Check on ${machineOfHolder(holder)} whether process ${holder.pid} is alive: ${sh`ps -p ${holder.pid}`}. If it has ended: unlock --yes`],
    });
  }
  if (!(await bridge.unlock(holder.token))) {
    throw new WizardError('lock-held', `Cannot remove the lock of ${whoHolds(holder)}.`, {
      evidence: lines,
      remedies: [remedy`Check it on main: ${sh`ls -la ${path}`}`],
    });
  }
  return {
    outcome: 'changed',
    exitCode: EXIT.done,
    ...asLines([`Removed the lock of ${whoHolds(holder)}.`, ...lines]),
    data: { lock: holder, proof },
  };
}
