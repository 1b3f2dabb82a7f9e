/** Waits until every Moodle process of a node runs the MUC file that is on disk (design section 4, rule 8). */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeOf } from '../../core/change.js';
import { WizardError } from '../../core/errors.js';
import type { PhpPool } from '../../core/facts.js';
import { monotonicMs } from '../../core/monotonic.js';
import { remedy, sh } from '../../core/remedy.js';
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
  const result = await context.executor(node).run({ argv: ['systemctl', 'reload', pool.unit] }, { as: 'root' });
  if (result.code === 0) return;
  throw new WizardError('change-failed', `${node}: ${pool.unit} could not be reloaded.`, {
    nodes: [node],
    evidence: result.stderr.trim().split('\n').slice(-5),
    remedies: [remedy`Reload PHP on ${node} by hand (${sh`systemctl reload ${pool.unit}`}), then run verify.`],
  });
}

/** Reloads PHP of the pools that serve the site: what workers keep for themselves (connections to a memcached) begins anew. */
export async function reloadPools(context: ApplyContext, node: string): Promise<void> {
  // Pools of one master are reloaded together.
  const units = new Map(sitePools(context, node).map((pool) => [pool.unit, pool]));
  for (const pool of units.values()) await reload(context, node, pool);
}

/** Waits for one node. `expected` is the hash on disk that it must come to; null = no file. */
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
      last = `pool ${pool.name} runs another configuration than the file holds`;
      if (web.opcache === 'refused' && !reloaded.has(pool.unit)) {
        reloaded.add(pool.unit);
        await reload(context, node, pool);
      }
    }
    if (last === '') return sitePools(context, node).length > 0 ? 'web SAPI and CLI run it' : 'CLI runs it';
    await sleep(PAUSE_MS);
  }
  if (context.signal.aborted) throw new WizardError('cancelled', `Stopped while waiting for ${node} to run the new cache configuration.`, { nodes: [node] });
  throw new WizardError('verify-failed', `${node} does not run the new cache configuration after ${LIMIT_MS / 1000} s: ${last}.`, {
    nodes: [node],
    remedies: [remedy`Reload PHP-FPM on ${node}; look at the mount of dataroot and at opcache.* there; then run verify, or rollback.`],
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
