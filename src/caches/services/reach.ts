/** What the Moodle nodes said when they asked each service. Pure. */

import { moodleNodes } from '../../core/cluster.js';
import type { ReachFacts } from '../../core/facts.js';
import type { PlanInput } from '../../track/step.js';

export interface NodeReach {
  readonly node: string;
  /** Null when this node was not asked. */
  readonly reach: ReachFacts | null;
}

/** One entry a Moodle node. */
export function reachOf(input: Pick<PlanInput, 'cluster' | 'facts'>, service: string): readonly NodeReach[] {
  return moodleNodes(input.cluster).map((n) => ({ node: n.name, reach: input.facts.nodes[n.name]?.reach.find((r) => r.service === service) ?? null }));
}

/** Server statistics as one node tells them, or the first that got any when `node` is null. */
export function nodeInfo(input: Pick<PlanInput, 'cluster' | 'facts'>, service: string, node: string | null): Readonly<Record<string, string>> | null {
  for (const { node: asker, reach } of reachOf(input, service)) if ((node === null || node === asker) && reach?.ok && reach.info) return reach.info;
  return null;
}
