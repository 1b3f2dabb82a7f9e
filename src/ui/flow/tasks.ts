/** What a page does while it is open: nodes tried, the survey, the plan. Each once for the same answers. */

import type { NodeAnswer } from '../../answers/schema.js';
import { asWizardError } from '../../core/errors.js';
import type { WizardEvent } from '../../core/events.js';
import type { Cell, Send, WizardDeps } from './cell.js';
import { dirrootOf, nodesOf, sourcesOf, sshOf } from './context.js';
import { inputOf, surveyInput } from './input.js';
import { activeNodeNames, planStamp, surveyStamp, trialStamp } from './selectors.js';
import type { Task } from './state.js';

export async function attempt<T>(send: (task: Task<T>) => void, stamp: string, now: () => number, body: () => Promise<T>, signal: AbortSignal): Promise<void> {
  send({ state: 'running', stamp, startedAt: now() });
  try {
    const value = await body();
    send(signal.aborted ? { state: 'idle' } : { state: 'done', stamp, value });
  } catch (thrown) {
    send(signal.aborted ? { state: 'idle' } : { state: 'failed', stamp, error: asWizardError(thrown) });
  }
}

function dueNodes({ state }: Cell): readonly NodeAnswer[] {
  const active = activeNodeNames(state);
  return nodesOf(state.draft).filter(({ name }) => {
    const task = state.trials[name];
    return active.includes(name) && (task === undefined || task.state === 'idle' || task.stamp !== trialStamp(state, name));
  });
}

function tryNode(cell: Cell, send: Send, deps: WizardDeps, signal: AbortSignal, node: NodeAnswer): void {
  const { draft, secrets } = cell.state;
  const login = { ssh: sshOf(draft), sources: sourcesOf(draft), secrets, dirroot: dirrootOf(draft), onRecord: cell.state.onRecord };
  const turn = { over: Promise.resolve() };
  // A late result of a cancelled test says nothing about the newer one.
  const isLast = () => cell.trying.get(node.name) === turn;
  cell.trying.set(node.name, turn);
  turn.over = attempt(
    (task) => isLast() && send({ type: 'trial', node: node.name, task }),
    trialStamp(cell.state, node.name),
    deps.now,
    () => deps.backend.tryNode(node, login, signal),
    signal,
  ).finally(() => isLast() && cell.trying.delete(node.name));
}

/** Tries every node that has not been tried with the answers as they are now. Resolves when none is being tried any more. */
export async function tryNodes(cell: Cell, send: Send, deps: WizardDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    for (const node of dueNodes(cell)) tryNode(cell, send, deps, signal, node);
    if (cell.trying.size === 0) return;
    await Promise.all([...cell.trying.values()].map((turn) => turn.over));
    // A test that an earlier check began and cancelled is due again.
    if (signal.aborted) return;
  }
}

export function survey(cell: Cell, send: Send, deps: WizardDeps, signal: AbortSignal): Promise<void> {
  const stamp = surveyStamp(cell.state);
  const { state } = cell;
  const task = state.survey;
  // Done, under way or failed for these very answers: not again by itself.
  if (task.state !== 'idle' && task.stamp === stamp) return Promise.resolve();
  const emit = (event: WizardEvent) => {
    deps.onEvent?.(event);
    send({ type: 'event', event, at: deps.now() });
  };
  return attempt(
    (t) => send({ type: 'survey', task: t }),
    stamp,
    deps.now,
    async () => deps.backend.survey(surveyInput(state), emit, signal),
    signal,
  );
}

export function plan(cell: Cell, send: Send, deps: WizardDeps, signal: AbortSignal): Promise<void> {
  const stamp = planStamp(cell.state);
  const { state } = cell;
  const task = state.plan;
  // Done, under way or failed for these very answers: not again by itself.
  if (task.state !== 'idle' && task.stamp === stamp) return Promise.resolve();
  const emit = (event: WizardEvent) => {
    if (event.type !== 'plan') deps.onEvent?.(event);
    send({ type: 'event', event, at: deps.now() });
  };
  return attempt(
    (t) => send({ type: 'plan', task: t }),
    stamp,
    deps.now,
    async () => deps.backend.plan(inputOf(state), emit, signal),
    signal,
  );
}
