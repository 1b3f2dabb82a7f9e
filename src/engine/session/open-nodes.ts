/** Opens every node of a cluster, or tells of all that cannot be reached. */

import { activeNodes, type Cluster, mainNode } from '../../core/cluster.js';
import { asWizardError, combineErrors, isLost, type WizardError } from '../../core/errors.js';
import type { Emit } from '../../core/events.js';
import type { Executor, OpenExecutor } from '../../exec/executor.js';

interface OpenOptions {
  readonly cluster: Cluster;
  readonly open: OpenExecutor;
  readonly emit: Emit;
  /** Continues without nodes that are down. */
  readonly allowUnreachable?: boolean;
}

/** A node that this session does without. */
export interface MissingNode {
  readonly node: string;
  readonly error: WizardError;
}

interface Opened {
  readonly executors: ReadonlyMap<string, Executor>;
  readonly missing: readonly MissingNode[];
}

/** Connects to every node at once. @throws WizardError of all that could not be reached, in the cluster's order */
export async function openAll(options: OpenOptions): Promise<Opened> {
  const executors = new Map<string, Executor>();
  const troubles = new Map<string, WizardError>();
  const nodes = activeNodes(options.cluster);
  await Promise.all(
    nodes.map(async (node) => {
      options.emit({ type: 'connect', node: node.name, state: 'begin' });
      try {
        executors.set(node.name, await options.open(node));
        options.emit({ type: 'connect', node: node.name, state: 'done' });
      } catch (thrown) {
        const error = asWizardError(thrown);
        options.emit({ type: 'connect', node: node.name, state: 'failed', detail: error.message });
        troubles.set(node.name, error);
      }
    }),
  );
  const missing = nodes.flatMap((n) => {
    const error = troubles.get(n.name);
    return error ? [{ node: n.name, error }] : [];
  });
  const tolerable = options.allowUnreachable === true && !troubles.has(mainNode(options.cluster).name) && missing.every((m) => isLost(m.error));
  if (missing.length > 0 && !tolerable) {
    await Promise.allSettled([...executors.values()].map((e) => e.close()));
    // In the cluster's order, not in that of the failures.
    throw combineErrors(missing.map((m) => m.error));
  }
  return { executors: new Map(nodes.flatMap((n) => [...executors].filter(([name]) => name === n.name))), missing };
}
