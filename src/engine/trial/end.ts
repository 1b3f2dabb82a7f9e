/** The ends of a trial. Each begins with one rename beside the MUC file: whoever succeeds wins (design section 5). */

import { mainNode, moodleNodes } from '../../core/cluster.js';
import { asWizardError } from '../../core/errors.js';
import type { PointState } from '../../core/record.js';
import type { NodeTrialState, TrialMark, TrialRecord } from '../../core/trial.js';
import type { Session } from '../session/session.js';
import { disarm, nodeTrial } from './nodes.js';
import { readTrial, removeTrial, writeTrial } from './record.js';

/** The trial on record with its mark; null when there is none. */
export async function openTrial(session: Session, site: string): Promise<{ readonly trial: TrialRecord; readonly mark: TrialMark } | null> {
  const trial = await readTrial(session.record, site);
  if (trial === null) return null;
  return { trial, mark: await session.bridge(mainNode(session.cluster).name).trialMark(trial.id) };
}

/** Tries to be the one who ends it. */
export async function turn(session: Session, id: string, to: 'kept' | 'reverting' | 'reverted') {
  return session.bridge(mainNode(session.cluster).name).turnTrial(id, to);
}

/** How the nodes that can be asked stand. */
export async function nodeStates(session: Session, site: string, names: readonly string[]): Promise<readonly NodeTrialState[]> {
  const active = new Set(moodleNodes(session.cluster).map((n) => n.name));
  const states = await Promise.allSettled(names.filter((n) => active.has(n)).map((n) => nodeTrial(session.executor(n), site)));
  return states.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
}

/**
 * What to tell of a trial that is kept without a confirm of root on record: the mark lies beside the cache configuration and is written by the web user,
 * so whoever has taken over the site can keep mappings that nobody looked at. Null when one is on record. Pure.
 */
export function keptByMarkAlone(state: PointState | undefined, nodes: readonly NodeTrialState[]): string | null {
  if (state === 'applied' || nodes.some((n) => n.confirmed)) return null;
  return 'The mappings were kept by a mark that the web user of the site can write; no confirm by root is on record. If none of you confirmed, take them back with rollback and check the site.';
}

/**
 * Takes units and marks away after the end. A node that cannot be reached keeps its unit, which reads the mark when it is back: the marks stay for it.
 * @returns the nodes that are left
 */
export async function disarmAll(session: Session, site: string, trial: TrialRecord): Promise<readonly string[]> {
  const active = new Set(moodleNodes(session.cluster).map((n) => n.name));
  const left: string[] = [];
  await Promise.all(
    trial.nodes.map(async (name) => {
      if (!active.has(name)) return void left.push(name);
      try {
        await disarm(session.executor(name), site);
      } catch (thrown) {
        asWizardError(thrown);
        left.push(name);
      }
    }),
  );
  if (left.length > 0) await writeTrial(session.record, site, { ...trial, nodes: left });
  else {
    await session.bridge(mainNode(session.cluster).name).clearTrial(trial.id);
    await removeTrial(session.record, site);
  }
  return left;
}
