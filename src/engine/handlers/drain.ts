/** Waits until no request, cron run or task is left that began under the old configuration. */

import { moodleNodes } from '../../core/cluster.js';
import { plainText } from '../../core/names.js';
import { drainWatch } from '../../moodle/web-probe/index.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { webUserOf } from '../session/session.js';

const LIMIT_SECONDS = 30;

/** What did not drain. Each entry names its node. */
export interface Undrained {
  /** Processes that still ran at the limit. */
  readonly busy: readonly string[];
  /** What could not be watched: whether it still runs is unknown. */
  readonly unknown: readonly string[];
}

/** Lines of drain.sh: `busy PID COMMAND` and `unknown WHAT`. */
function readLines(node: string, code: number, stdout: string): Undrained {
  if (code === 0) return { busy: [], unknown: [] };
  const lines = stdout.split('\n').map((line) => plainText(line, 300));
  const after = (word: string) => lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const busy = after('busy').map((line) => `${node}: process ${line}`);
  const unknown = after('unknown').map((line) => `${node}: ${line}`);
  return busy.length + unknown.length > 0 ? { busy, unknown } : { busy, unknown: [`${node}: drain.sh ended with code ${code}`] };
}

/** Waits on all these nodes at once, up to the limit. */
export async function drainNodes(context: ApplyContext, nodes: readonly string[]): Promise<Undrained> {
  const all = await Promise.all(
    nodes.map(async (node) => {
      const facts = context.facts.nodes[node];
      if (facts === undefined) return { busy: [], unknown: [`${node}: this node was not surveyed`] };
      const servesPages = context.cluster.nodes.some((n) => n.name === node && n.roles.includes('web'));
      const user = webUserOf(context.cluster, facts);
      const argv = ['sh', `${context.toolkitDir}/sh/drain.sh`, String(LIMIT_SECONDS), user, context.cluster.dirroot, ...drainWatch(facts, servesPages)];
      const result = await context.executor(node).run({ argv }, { as: 'root', timeoutMs: (LIMIT_SECONDS + 15) * 1000 });
      return readLines(node, result.code, result.stdout);
    }),
  );
  return { busy: all.flatMap((one) => one.busy), unknown: all.flatMap((one) => one.unknown) };
}

/** Warns of everything that did not drain. `than` names the moment: "the change". */
export function reportUndrained(context: Pick<ApplyContext, 'emit'>, { busy, unknown }: Undrained, than: string): void {
  const warn = (message: string) => context.emit({ type: 'notice', level: 'warning', message });
  for (const line of busy)
    warn(`Still running after ${LIMIT_SECONDS} s and older than ${than}: ${line}. What it writes may be stale: purge caches when it has ended.`);
  for (const line of unknown) warn(`Cannot watch whether requests older than ${than} have ended: ${line}. What they write may be stale: purge caches later.`);
}

export const drainHandler: ChangeHandler<'settle'> = {
  kind: 'settle',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context) {
    const left = await drainNodes(
      context,
      moodleNodes(context.cluster).map((n) => n.name),
    );
    reportUndrained(context, left, 'the change');
    if (left.busy.length > 0) return `${left.busy.length} still running`;
    return left.unknown.length > 0 ? 'outcome unknown: not everything could be watched' : 'no older process is left';
  },
};
