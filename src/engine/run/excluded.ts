/** Nodes that a run excluded, named in its result. */

import { excludedNodes, formatExcluded } from '../../core/cluster.js';
import type { CommandResult } from '../commands/types.js';
import type { Session } from '../session/session.js';

/** The result with the excluded nodes at its end; `except`: those that it names already. */
export function withExcluded(session: Session, result: CommandResult, except: readonly string[] = []): CommandResult {
  const nodes = excludedNodes(session.cluster).filter((n) => !except.includes(n.node));
  return nodes.length === 0 ? result : { ...result, message: `${result.message} ${formatExcluded(nodes)}` };
}
