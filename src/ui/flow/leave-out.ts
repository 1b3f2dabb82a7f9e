/** Leaving nodes out of the run: those that could not be reached, those that a change failed on. */

import { nodesOf } from './context.js';
import type { Wizard } from './controller.js';
import type { FlowState } from './state.js';

/** Marks nodes as `out`; the main node never is: nothing can be done without it. */
function leaveOut(wizard: Wizard, names: readonly string[]): void {
  wizard.dispatch({
    type: 'set',
    key: 'nodes',
    value: nodesOf(wizard.getState().draft).map((n) => (names.includes(n.name) && !n.roles.includes('main') ? { ...n, state: 'out' as const } : n)),
  });
}

/** Leaves out every node whose trial failed. */
export function leaveOutFailed(wizard: Wizard): void {
  const failed = Object.entries(wizard.getState().trials).flatMap(([name, task]) => (task.state === 'done' && !task.value.ok ? [name] : []));
  leaveOut(wizard, failed);
}

/** Back to the list of nodes and the login, which come after it. */
export function toNodes(wizard: Wizard): void {
  wizard.cancelWork();
  wizard.dispatch({ type: 'goto', page: 'list:nodes' });
}

/** Nodes that stopped the run and that it can go on without. */
export function mayBeLeftOut(state: FlowState): readonly string[] {
  const { result } = state;
  if (!result?.error || state.runKind !== 'apply') return [];
  const troubled = new Set([result.error, ...result.error.others].flatMap((e) => e.nodes));
  return nodesOf(state.draft).flatMap((n) => (troubled.has(n.name) && !n.roles.includes('main') && n.state !== 'out' ? [n.name] : []));
}

/** Leaves out what stopped the run, and goes back to the plan. */
export function goOnWithout(wizard: Wizard): void {
  leaveOut(wizard, mayBeLeftOut(wizard.getState()));
  wizard.dispatch({ type: 'retry', what: 'plan' });
  wizard.dispatch({ type: 'goto', page: 'plan' });
}
