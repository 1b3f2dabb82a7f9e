/** Waits until no request, cron or task is left that began under the old configuration. */

import { moodleNodes } from '../../core/cluster.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { webUserOf } from '../session/session.js';

const LIMIT_SECONDS = 30;

/** @returns lines that name what is still busy after the limit, by node */
export async function drainNodes(context: ApplyContext, nodes: readonly string[]): Promise<readonly string[]> {
  const busy = await Promise.all(
    nodes.map(async (node) => {
      const facts = context.facts.nodes[node];
      const user = facts ? webUserOf(context.cluster, facts) : 'www-data';
      const units = [...new Set((facts?.pools ?? []).filter((p) => p.kind === 'fpm' && p.unit !== '').map((p) => p.unit))];
      const result = await context
        .executor(node)
        .run(
          { argv: ['sh', `${context.toolkitDir}/sh/drain.sh`, String(LIMIT_SECONDS), user, context.cluster.dirroot, ...units] },
          { as: 'root', timeoutMs: (LIMIT_SECONDS + 15) * 1000 },
        );
      return result.code === 0
        ? []
        : result.stdout
            .trim()
            .split('\n')
            .map((line) => `${node}: ${line}`);
    }),
  );
  return busy.flat();
}

export const drainHandler: ChangeHandler<'settle'> = {
  kind: 'settle',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context) {
    const busy = await drainNodes(
      context,
      moodleNodes(context.cluster).map((n) => n.name),
    );
    for (const line of busy) {
      context.emit({
        type: 'notice',
        level: 'warning',
        message: `Still running after ${LIMIT_SECONDS} s and older than the change: ${line}. What it writes may be stale; purge caches when it has ended.`,
      });
    }
    return busy.length === 0 ? 'nothing old is left' : `${busy.length} still running`;
  },
};
