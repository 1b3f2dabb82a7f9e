/** Excluding nodes from the run: unreachable ones, and those on which a change failed. */

import { nodesOf } from './context.js';
import type { Wizard } from './controller.js';
import { notReached } from './selectors.js';
import type { FlowState } from './state.js';
import { validateAt } from './validate.js';

/** Excludes nodes (`state: out`), but never the main node, which every run needs. `reason`: in the person's words; empty = none given. */
function excludeNodes(wizard: Wizard, names: readonly string[], reason: string): void {
  const out = { state: 'out' as const, ...(reason === '' ? {} : { reason }) };
  wizard.dispatch({
    type: 'set',
    key: 'nodes',
    value: nodesOf(wizard.getState().draft).map((n) => (names.includes(n.name) && !n.roles.includes('main') ? { ...n, ...out } : n)),
  });
}

/** What is wrong with a typed reason; null when a report can show it. */
export function checkReason(text: string): string | null {
  return text.trim() === '' ? null : validateAt('nodes.0.reason', text.trim());
}

const namesIn = (text: string): readonly string[] => text.split(/[\s,]+/).filter((name) => name !== '');

/** The nodes that are named in a line, with spaces or commas between them, of those that may be excluded. */
export function namedNodes(text: string, may: readonly string[]): readonly string[] {
  const typed = namesIn(text);
  return may.filter((name) => typed.includes(name));
}

/** What is wrong with such a line; null when it names only nodes that may be excluded. */
export function checkNamed(text: string, may: readonly string[]): string | null {
  const typed = namesIn(text);
  const other = typed.find((name) => !may.includes(name));
  if (other !== undefined) return `${other} is not one of ${may.join(', ')}.`;
  return typed.length === 0 ? `Name one or more of: ${may.join(', ')}.` : null;
}

/** Unreachable nodes that the run does not need. */
export function failedTrials(state: FlowState): readonly string[] {
  const main = new Set(nodesOf(state.draft).flatMap((n) => (n.roles.includes('main') ? [n.name] : [])));
  return notReached(state).filter((name) => !main.has(name));
}

/** Excludes nodes whose check failed, and checks the others again. */
export function excludeFailed(wizard: Wizard, names: readonly string[], reason: string): void {
  excludeNodes(wizard, names, reason.trim());
  wizard.dispatch({ type: 'retry', what: 'trials' });
}

/** Back to the list of nodes and the login, which come after it. */
export function toNodes(wizard: Wizard): void {
  wizard.cancelWork();
  wizard.dispatch({ type: 'goto', page: 'list:nodes' });
}

/** Nodes that stopped the run and that may be excluded. */
export function excludableNodes(state: FlowState): readonly string[] {
  const { result } = state;
  if (!result?.error || (state.runKind !== 'apply' && state.runKind !== 'resume')) return [];
  const failed = new Set([result.error, ...result.error.others].flatMap((e) => e.nodes));
  return nodesOf(state.draft).flatMap((n) => (failed.has(n.name) && !n.roles.includes('main') && n.state !== 'out' ? [n.name] : []));
}

/** Excludes the nodes that stopped the run, and returns to the plan. */
export function excludeAndReplan(wizard: Wizard, names: readonly string[], reason: string): void {
  excludeNodes(wizard, names, reason.trim());
  wizard.dispatch({ type: 'retry', what: 'plan' });
  wizard.dispatch({ type: 'goto', page: 'plan' });
}
