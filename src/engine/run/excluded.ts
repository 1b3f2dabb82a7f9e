/** Nodes that a run went on without, told with what came of it. */

import { excludedNodes, formatExcluded } from '../../core/cluster.js';
import type { CommandResult } from '../commands/types.js';
import type { Session } from '../session/session.js';

/** The result with the nodes left out at its end; `except`: those that it tells already. */
export function tellLeftOut(session: Session, result: CommandResult, except: readonly string[] = []): CommandResult {
  const nodes = excludedNodes(session.cluster).filter((n) => !except.includes(n.node));
  return nodes.length === 0 ? result : { ...result, message: `${result.message} ${formatExcluded(nodes)}` };
}
