/** Waits until every Moodle process of a node runs the MUC file that is on disk (rule S12). */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeOf } from '../../core/change.js';
import { WizardError } from '../../core/errors.js';
import type { PhpPool } from '../../core/facts.js';
import { monotonicMs } from '../../core/monotonic.js';
import { allOf, piece, type Remedy, remedy, sh } from '../../core/remedy.js';
import { webProbe } from '../../moodle/web-probe/index.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';

/** An NFS client may serve the old file for up to its attribute cache time, 60 s by default. */
const LIMIT_MS = 90_000;
const PAUSE_MS = 500;

/** The pools of a node that run this Moodle. */
export function sitePools(context: Pick<ApplyContext, 'facts' | 'cluster'>, node: string): readonly PhpPool[] {
  const facts = context.facts.nodes[node];
  const roles = context.cluster.nodes.find((n) => n.name === node)?.roles ?? [];
  if (!facts || facts.sitePool === null || !roles.includes('web')) return [];
  return (facts.sitePools ?? [facts.sitePool]).flatMap((index) => facts.pools[index] ?? []);
}

async function reload(context: ApplyContext, node: string, pool: PhpPool): Promise<void> {
  const result = await context.executor(node).run({ argv: webProbe(pool).reload(pool) }, { as: 'root' });
  if (result.code === 0) return;
  throw new WizardError('change-failed', `Cannot reload ${pool.unit} on ${node}.`, {
    nodes: [node],
    evidence: result.stderr.trim().split('\n').slice(-5),
    remedies: [remedy`On ${node}, run ${sh`systemctl reload ${pool.unit}`}, then moodle-cluster-wizard verify.`],
  });
}

/** Reloads the pools that serve the site: their workers start over with new connections to cache servers. */
export async function reloadPools(context: ApplyContext, node: string): Promise<void> {
  // Pools of one master are reloaded together.
  const units = new Map(sitePools(context, node).map((pool) => [pool.unit, pool]));
  for (const pool of units.values()) await reload(context, node, pool);
}

/** What to do where a node runs another cache configuration than the file holds. */
export function reloadRemedy(context: Pick<ApplyContext, 'facts' | 'cluster'>, node: string): Remedy {
  const units = [...new Set(sitePools(context, node).map((pool) => pool.unit))];
  const reload = units.length === 0 ? piece`` : piece`${allOf(units.map((unit) => sh`systemctl reload ${unit}`))}. `;
  return remedy`On ${node}: ${reload}Check the mount of dataroot and the opcache settings. Then run verify, or rollback.`;
}

/** Waits for one node. @param expected hash of the file on disk that it must come to; null = no file. @returns what runs it */
export async function convergeNode(context: ApplyContext, node: string, expected: string | null): Promise<string> {
  const bridge = context.bridge(node);
  const deadline = monotonicMs() + LIMIT_MS;
  const reloaded = new Set<string>();
  let last = '';
  while (monotonicMs() < deadline && !context.signal.aborted) {
    const truth = await bridge.convergeCli();
    if (truth.diskHash !== expected) {
      last = `this node still reads ${truth.diskHash?.slice(0, 12) ?? 'no file'} from disk`;
      await sleep(PAUSE_MS);
      continue;
    }
    last = '';
    for (const pool of sitePools(context, node)) {
      const web = await bridge.converge(pool);
      if (web.diskHash === expected && web.runsHash === truth.runsHash) continue;
      last = `pool ${pool.name} runs a configuration that differs from the file`;
      if (web.opcache === 'refused' && !reloaded.has(pool.unit)) {
        reloaded.add(pool.unit);
        await reload(context, node, pool);
      }
    }
    if (last === '') return sitePools(context, node).length > 0 ? 'web SAPI and CLI run it' : 'CLI runs it';
    await sleep(PAUSE_MS);
  }
  if (context.signal.aborted) throw new WizardError('cancelled', `Cancelled while waiting for ${node} to run the new cache configuration.`, { nodes: [node] });
  throw new WizardError('verify-failed', `${node} does not run the new cache configuration after ${LIMIT_MS / 1000} s: ${last}.`, {
    nodes: [node],
    remedies: [reloadRemedy(context, node)],
  });
}

export const convergeHandler: ChangeHandler<'converge'> = {
  kind: 'converge',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context: ApplyContext, change: ChangeOf<'converge'>) {
    if (change.reload) await reloadPools(context, change.node);
    return convergeNode(context, change.node, change.mucHash);
  },
};
