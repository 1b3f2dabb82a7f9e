/** Is the process that holds the lock gone? Proven on the very machine that it ran on, where that is this one or a node that can be asked. */

import { hostname } from 'node:os';
import { activeNodes, mainNode } from '../../core/cluster.js';
import type { Emit } from '../../core/events.js';
import type { LockHolder } from '../../core/facts.js';
import type { Session } from '../session/session.js';
import { isStale, type ProveGone, whoHolds } from './lock.js';

/** `alive` and `gone` are proven; `unknown`: that machine cannot be asked, or the lock does not say enough. */
export interface LockProof {
  readonly state: 'alive' | 'gone' | 'unknown';
  /** In words, for people: "web1 was restarted since". */
  readonly why: string;
}

const WORDS: Readonly<Record<string, LockProof['state']>> = { alive: 'alive', gone: 'gone', rebooted: 'gone' };

/** The answer of lock-proof.sh from a machine of the holder's name. Pure. */
export function readProof(answer: string, holder: Pick<LockHolder, 'pid' | 'host'>, node: string): LockProof | null {
  const word = answer.trim();
  const state = WORDS[word];
  if (state === undefined) return null;
  const where = node === holder.host ? node : `${holder.host} (the node ${node})`;
  if (word === 'rebooted') return { state, why: `${where} was restarted since` };
  return { state, why: `process ${holder.pid} on ${where} ${state === 'alive' ? 'is alive' : 'has ended'}` };
}

async function askNode(session: Session, node: string, holder: LockHolder): Promise<LockProof | null> {
  const { pid, processStart, machine = '-', boot = '-' } = holder;
  const argv = ['sh', `${session.toolkitDir}/sh/lock-proof.sh`, String(pid), processStart === '' ? '-' : processStart, machine, boot];
  try {
    return readProof((await session.executor(node).run({ argv }, { as: 'root', timeoutMs: 20_000 })).stdout, holder, node);
  } catch {
    return null;
  }
}

/** Looks for the holder's process. Needs a survey. Never throws. */
export async function proveHolder(session: Session, holder: LockHolder): Promise<LockProof> {
  const unknown = (why: string): LockProof => ({ state: 'unknown', why });
  if (holder.token === '' || holder.processStart === '') return unknown('the lock does not name its process');
  if (isStale(holder)) return { state: 'gone', why: `process ${holder.pid} on this machine has ended` };
  const { nodes } = session.facts();
  const named = activeNodes(session.cluster).filter((n) => nodes[n.name]?.hostname === holder.host);
  const proofs = await Promise.all(named.map((n) => askNode(session, n.name, holder)));
  const proof = proofs.find((p) => p !== null);
  if (proof) return proof;
  if (holder.host === hostname()) return unknown('it is unknown whether that process is alive');
  return unknown(`${holder.host} is not a reachable node`);
}

/** For `withLock`: takes over what is proven gone anywhere in the cluster. */
export const goneIn =
  (session: Session): ProveGone =>
  async (holder) =>
    (await proveHolder(session, holder)).state === 'gone';

/** Takes away a lock whose process is proven gone: it died between its last change and giving the lock back, and nothing is left to do. */
export async function clearDeadLock(session: Session, emit: Emit): Promise<void> {
  const bridge = session.bridge(mainNode(session.cluster).name);
  const holder = await bridge.lockHolder();
  if (!holder || (await proveHolder(session, holder)).state !== 'gone') return;
  if (await bridge.unlock(holder.token))
    emit({ type: 'notice', level: 'info', message: `Removed the lock that ${whoHolds(holder)} left: that process has ended.` });
}
