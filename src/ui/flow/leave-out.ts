/** Leaving nodes that could not be reached out of the run. */

import { nodesOf } from './context.js';
import type { Wizard } from './controller.js';

/** Marks every node whose trial failed as `out`; the main node never is: nothing can be done without it. */
export function leaveOutFailed(wizard: Wizard): void {
  const { draft, trials } = wizard.getState();
  const failed = (name: string) => {
    const task = trials[name];
    return task?.state === 'done' && !task.value.ok;
  };
  wizard.dispatch({
    type: 'set',
    key: 'nodes',
    value: nodesOf(draft).map((n) => (failed(n.name) && !n.roles.includes('main') ? { ...n, state: 'out' as const } : n)),
  });
}
