/** Leaving nodes out of the run: those that could not be reached, those that a change failed on. */

import { nodesOf } from './context.js';
import type { Wizard } from './controller.js';
import { notReached } from './selectors.js';
import type { FlowState } from './state.js';
import { validateAt } from './validate.js';

/** Marks nodes as `out`; the main node never is: nothing can be done without it. `reason`: why, in the person's words; empty = none told. */
function leaveOut(wizard: Wizard, names: readonly string[], reason: string): void {
  const out = { state: 'out' as const, ...(reason === '' ? {} : { reason }) };
  wizard.dispatch({
    type: 'set',
    key: 'nodes',
    value: nodesOf(wizard.getState().draft).map((n) => (names.includes(n.name) && !n.roles.includes('main') ? { ...n, ...out } : n)),
  });
}

/** What is wrong with a reason as it was typed; null when it can be told in a report. */
export function checkReason(text: string): string | null {
  return text.trim() === '' ? null : validateAt('nodes.0.reason', text.trim());
}

const namesIn = (text: string): readonly string[] => text.split(/[\s,]+/).filter((name) => name !== '');

/** The nodes that are named in a line, with spaces or commas between them, of those that may be left out. */
export function namedNodes(text: string, may: readonly string[]): readonly string[] {
  const typed = namesIn(text);
  return may.filter((name) => typed.includes(name));
}

/** What is wrong with such a line; null when it names nodes that may be left out, and no other. */
export function checkNamed(text: string, may: readonly string[]): string | null {
  const typed = namesIn(text);
  const other = typed.find((name) => !may.includes(name));
  if (other !== undefined) return `${other} is none of them: ${may.join(', ')}.`;
  return typed.length === 0 ? `Name one or more of: ${may.join(', ')}.` : null;
}

/** Nodes not reached that the run can do without. */
export function failedTrials(state: FlowState): readonly string[] {
  const main = new Set(nodesOf(state.draft).flatMap((n) => (n.roles.includes('main') ? [n.name] : [])));
  return notReached(state).filter((name) => !main.has(name));
}

/** Leaves out nodes whose trial failed, and tries again what is left. */
export function leaveOutFailed(wizard: Wizard, names: readonly string[], reason: string): void {
  leaveOut(wizard, names, reason.trim());
  wizard.dispatch({ type: 'retry', what: 'trials' });
}

/** Back to the list of nodes and the login, which come after it. */
export function toNodes(wizard: Wizard): void {
  wizard.cancelWork();
  wizard.dispatch({ type: 'goto', page: 'list:nodes' });
}

/** Nodes that stopped the run and that it can go on without. */
export function mayBeLeftOut(state: FlowState): readonly string[] {
  const { result } = state;
  if (!result?.error || (state.runKind !== 'apply' && state.runKind !== 'resume')) return [];
  const troubled = new Set([result.error, ...result.error.others].flatMap((e) => e.nodes));
  return nodesOf(state.draft).flatMap((n) => (troubled.has(n.name) && !n.roles.includes('main') && n.state !== 'out' ? [n.name] : []));
}

/** Leaves out what stopped the run, and goes back to the plan. */
export function allowUnreachable(wizard: Wizard, names: readonly string[], reason: string): void {
  leaveOut(wizard, names, reason.trim());
  wizard.dispatch({ type: 'retry', what: 'plan' });
  wizard.dispatch({ type: 'goto', page: 'plan' });
}
