/** What a page does while it is open: nodes tried, the survey, the plan. Each once for the same answers. */

import { asWizardError } from '../../core/errors.js';
import type { WizardEvent } from '../../core/events.js';
import type { Cell, Send, WizardDeps } from './cell.js';
import { nodesOf, sourcesOf, sshOf } from './context.js';
import { inputOf, surveyInput } from './input.js';
import { activeNodeNames, planStamp, surveyStamp, type Task, trialStamp } from './state.js';

export async function attempt<T>(send: (task: Task<T>) => void, stamp: string, now: () => number, body: () => Promise<T>, signal: AbortSignal): Promise<void> {
  send({ state: 'running', stamp, startedAt: now() });
  try {
    const value = await body();
    send(signal.aborted ? { state: 'idle' } : { state: 'done', stamp, value });
  } catch (thrown) {
    send(signal.aborted ? { state: 'idle' } : { state: 'failed', stamp, error: asWizardError(thrown) });
  }
}

export function tryNodes(cell: Cell, send: Send, deps: WizardDeps, signal: AbortSignal): readonly Promise<void>[] {
  const due = activeNodeNames(cell.state).filter((n) => {
    const task = cell.state.trials[n];
    return task === undefined || task.state === 'idle' || task.stamp !== trialStamp(cell.state, n);
  });
  return due.map((name) => {
    const node = nodesOf(cell.state.draft).find((n) => n.name === name);
    if (!node) return Promise.resolve();
    const { draft, secrets } = cell.state;
    return attempt(
      (task) => send({ type: 'trial', node: name, task }),
      trialStamp(cell.state, name),
      deps.now,
      () => deps.backend.tryNode(node, { ssh: sshOf(draft), sources: sourcesOf(draft), secrets }, signal),
      signal,
    );
  });
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
