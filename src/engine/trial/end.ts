/** The ends of a trial. Each begins with one rename of the mark: the first rename decides (rule S18). */

import { activeNodes, mainNode } from '../../core/cluster.js';
import { asWizardError } from '../../core/errors.js';
import type { PointState } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import type { NodeTrialState, TrialMark, TrialRecord } from '../../core/trial.js';
import type { Session } from '../session/session.js';
import { hasOwnMark, ownMark, trialMarks } from './marks.js';
import { disarm, nodeTrial, restoreNode, setDeadline, trialDir } from './nodes.js';
import { readTrial, removeTrial, writeTrial } from './record.js';

/** The trial on record with its mark; null when there is none. */
export async function openTrial(session: Session, site: string): Promise<{ readonly trial: TrialRecord; readonly mark: TrialMark } | null> {
  const trial = await readTrial(session.record, site);
  if (trial === null) return null;
  return { trial, mark: await trialMarks(session, site, trial).mark() };
}

/** Tries to be the one who ends it. */
export async function transition(session: Session, site: string, trial: TrialRecord, to: 'kept' | 'reverting' | 'reverted') {
  return trialMarks(session, site, trial).transition(to);
}

/** Seconds in which a decision on main reaches nodes with a mark of their own. */
const DECISION_SECONDS = 300;

/** Nodes that have not come to the end of a trial that was decided, as far as the record knows; empty when all have. */
export async function nodesLeft(session: Session, site: string, id: string): Promise<readonly string[]> {
  const trial = await readTrial(session.record, site);
  return trial?.id === id ? trial.nodes : [];
}

/** Gives a node time to learn the decision. One that has more keeps it: should the decision fail, the trial continues to its own end. */
async function giveDecisionTime(session: Session, site: string, node: string): Promise<void> {
  const { secondsLeft } = await nodeTrial(session.executor(node), site);
  if ((secondsLeft ?? 0) < DECISION_SECONDS) await setDeadline(session.executor(node), site, DECISION_SECONDS);
}

/**
 * Keeps the trial. Nodes with a mark of their own cannot see the decision, so each of them must still be armed before it is made, and gets time to learn it.
 * @returns the mark; another than `kept`: somebody else, or a node, was faster
 * @throws WizardError when such a node cannot be asked
 */
export async function keepTrial(session: Session, site: string, trial: TrialRecord): Promise<TrialMark> {
  const others = (trial.ownMarks ?? []).filter((node) => node !== mainNode(session.cluster).name);
  if (others.length > 0) {
    const nodes = trial.ownMarks ?? [];
    await Promise.all(nodes.map((node) => giveDecisionTime(session, site, node)));
    const marks = await Promise.all(others.map((node) => ownMark(session, site, trial.id, node).mark()));
    const ended = marks.find((mark) => mark !== 'armed');
    if (ended !== undefined) return ended;
  }
  const { mark } = await transition(session, site, trial, 'kept');
  return mark;
}

/** How the nodes that can be asked stand. */
export async function nodeStates(session: Session, site: string, names: readonly string[]): Promise<readonly NodeTrialState[]> {
  const active = new Set(activeNodes(session.cluster).map((n) => n.name));
  const states = await Promise.allSettled(names.filter((n) => active.has(n)).map((n) => nodeTrial(session.executor(n), site)));
  return states.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
}

/**
 * The warning about a trial that is kept without a confirm of root on record: the mark lies beside the cache configuration and is written by the web user,
 * so an attacker who controls the site can keep changes that nobody approved. Null when a confirm is on record. Pure.
 */
export function keptByMarkAlone(state: PointState | undefined, nodes: readonly NodeTrialState[]): string | null {
  if (state === 'applied' || nodes.some((n) => n.confirmed)) return null;
  return 'The trial was kept by a mark that the web user of the site can write; no confirm by root is on record. If nobody confirmed it, roll back and check the site.';
}

/** Brings one node to the end that was decided. @returns false when it had already rolled back by itself what is kept */
async function endOn(session: Session, site: string, trial: TrialRecord, node: string, end: 'kept' | 'reverted'): Promise<boolean> {
  const executor = session.executor(node);
  let same = true;
  if (end === 'kept' && hasOwnMark(trial, node)) same = (await ownMark(session, site, trial.id, node).transition('kept')).mark === 'kept';
  if (end === 'reverted' && (hasOwnMark(trial, node) || trial.fileNodes?.includes(node))) await restoreNode(executor, site, hasOwnMark(trial, node));
  await disarm(executor, site);
  return same;
}

/**
 * Brings every node to the end of the trial, then removes units and marks. A node that is unreachable keeps its unit, which reads the mark when it is
 * back: the marks stay for it.
 * @returns the nodes that are left
 */
export async function disarmAll(session: Session, site: string, trial: TrialRecord, end: 'kept' | 'reverted'): Promise<readonly string[]> {
  const active = new Set(activeNodes(session.cluster).map((n) => n.name));
  const warn = (node: string, message: string) => session.emit({ type: 'notice', level: 'warning', node, message });
  const left: string[] = [];
  await Promise.all(
    trial.nodes.map(async (name) => {
      if (!active.has(name)) return void left.push(name);
      try {
        if (await endOn(session, site, trial, name, end)) return;
        warn(name, `${name} rolled back its files before it learned that the trial is kept. Apply again to bring it up to date.`);
      } catch (thrown) {
        const error = asWizardError(thrown);
        if (trial.fileNodes?.includes(name)) warn(name, error.message);
        // Such a node cannot see the decision: without it, it takes the trial for not confirmed.
        if (end === 'kept' && hasOwnMark(trial, name)) {
          const keep = sh`sh ${trialDir(site)}/trial.sh confirm`;
          warn(
            name,
            remedy`The node ${name} has not learned that the trial is kept. It restores its files at its own end of the trial. To keep them, on ${name} as root: ${keep}`,
          );
        }
        left.push(name);
      }
    }),
  );
  if (left.length > 0) await writeTrial(session.record, site, { ...trial, nodes: left });
  else {
    await trialMarks(session, site, trial).clear();
    await removeTrial(session.record, site);
  }
  return left;
}
