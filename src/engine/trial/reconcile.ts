/** What became of a trial while no wizard watched: its mark and the nodes say so, and the record is brought up to it. */

import { mainNode } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import type { RestorePoint } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { NodeTrialState, TrialMark, TrialRecord } from '../../core/trial.js';
import type { CommandContext } from '../commands/types.js';
import { notePurgeOfEverything } from '../muc/pending-purges.js';
import { mainMoodle, sessionSite } from '../points.js';
import { disarmAll, keptByMarkAlone, nodeStates, openTrial } from './end.js';
import { onTrial } from './messages.js';

export interface TrialStatus {
  readonly trial: TrialRecord;
  readonly mark: TrialMark;
  readonly point: RestorePoint | null;
  readonly nodes: readonly NodeTrialState[];
  /** Seconds until the first node rolls back; null when none could be asked. */
  readonly secondsLeft: number | null;
}

/** How the trial on record stands; null when there is none. Reads only. */
export async function trialStatus(context: CommandContext): Promise<TrialStatus | null> {
  const { session } = context;
  const site = sessionSite(session);
  const open = await openTrial(session, site);
  if (open === null) return null;
  const nodes = await nodeStates(session, site, open.trial.nodes);
  const lefts = nodes.flatMap((n) => (n.id === open.trial.id && n.secondsLeft !== null && n.result === null ? [n.secondsLeft] : []));
  const points = await session.record.points(site);
  return { ...open, nodes, point: points.find((p) => p.id === open.trial.id) ?? null, secondsLeft: lefts.length === 0 ? null : Math.min(...lefts) };
}

const OPEN: readonly TrialMark[] = ['armed', 'reverting', 'none'];

/** Cut off while marks were removed: the run's end was on record before, so only what is left of the trial remains to be removed. */
const isDecided = ({ mark, point }: TrialStatus) => mark === 'none' && point !== null && ['applied', 'rolled-back', 'muc-rolled-back'].includes(point.state);

/** True while changes are live that nobody has kept or rolled back. */
export function isOpen(status: TrialStatus | null): status is TrialStatus {
  return status !== null && OPEN.includes(status.mark);
}

/**
 * Brings the record up to a trial that has ended by itself: the restore point's state, pending purges, copies of what others changed. Changes no file on trial
 * but on nodes that had not learned of the end.
 * @returns the status as it was found, so that the caller can continue with an open one
 */
export async function reconcileTrial(context: CommandContext): Promise<TrialStatus | null> {
  const status = await trialStatus(context);
  if (status === null || (OPEN.includes(status.mark) && !isDecided(status))) return status;
  const { session, frontend } = context;
  const site = sessionSite(session);
  const { point } = status;
  const live = mainMoodle(session).mucFile.sha256 ?? null;
  // A trial that was aborted before any mapping moved has the same mark; what was published before it stands.
  if (status.mark === 'reverted' && point && (point.state !== 'failed' || status.trial.muc === false || live === (point.muc?.sha256 ?? null))) {
    // A run that came to its end was on trial; any other was cut off and is still unfinished.
    const state = point.state === 'on-trial' ? 'muc-rolled-back' : point.state === 'open' ? 'failed' : point.state;
    await session.record.writePoint({ ...point, state, mucAfter: null });
    frontend.emit({ type: 'notice', level: 'warning', message: `The trial was not confirmed: the nodes have restored ${onTrial(status.trial)}.` });
  }
  const unconfirmed = status.mark === 'kept' ? keptByMarkAlone(point?.state, status.nodes) : null;
  if (unconfirmed !== null) frontend.emit({ type: 'notice', level: 'warning', message: unconfirmed });
  if (status.mark === 'kept' && point?.state === 'on-trial') await session.record.writePoint({ ...point, state: 'applied' });
  for (const node of status.nodes) warnOf(context, node);
  if (status.nodes.some((n) => n.owed)) await notePurgeOfEverything(context);
  await disarmAll(session, site, status.trial, status.mark === 'kept' || point?.state === 'applied' ? 'kept' : 'reverted');
  return null;
}

/** What a node did that a person should know. */
function warnOf({ frontend }: CommandContext, { node, aside, refused }: NodeTrialState): void {
  const warn = (message: string) => frontend.emit({ type: 'notice', level: 'warning', node, message });
  for (const path of aside) warn(`Somebody else had changed a file that was on trial; their version is kept as ${path} on ${node}.`);
  for (const why of refused) warn(`${node}: the files are restored, but a service does not accept its configuration: ${why}`);
}

/** @throws WizardError `on-trial` while a trial is running: nothing else may be changed in that time */
export function refuseOnTrial(context: CommandContext, status: TrialStatus | null): void {
  if (!isOpen(status)) return;
  const left = status.secondsLeft === null ? '' : `; without a confirm the nodes roll back in ${Math.max(0, status.secondsLeft)} s`;
  throw new WizardError('on-trial', `A trial of the run ${status.trial.id} is running on this site: ${onTrial(status.trial)}${left}.`, {
    nodes: [mainNode(context.session.cluster).name],
    remedies: [
      remedy`Keep the changes: moodle-cluster-wizard confirm`,
      remedy`Or roll back: moodle-cluster-wizard revert`,
      remedy`Show the status: moodle-cluster-wizard status`,
    ],
  });
}
