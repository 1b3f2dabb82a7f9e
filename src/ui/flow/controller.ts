/** Holds the state and does what a page needs: the one place where the interactive front ends meet the app. */

import { setMaxListeners } from 'node:events';
import { type Draft, tidy } from '../../answers/draft.js';
import type { Plan } from '../../core/change.js';
import { asWizardError, WizardError } from '../../core/errors.js';
import type { Frontend, Situation } from '../../core/events.js';
import type { RunResult, SiteCandidate } from '../wizard-port.js';
import { type Cell, createSend, type Send, type WizardDeps } from './cell.js';
import { cleanBackend } from './clean-backend.js';
import { inputOf } from './input.js';
import { currentPage, triesNodes } from './selectors.js';
import { type Action, type FlowState, initialState, type RunKind, type Saving } from './state.js';
import { attempt, plan, survey, tryNodes } from './tasks.js';
import { loadRules } from './validate.js';

export type { WizardDeps } from './cell.js';

export interface Wizard {
  getState(): FlowState;
  dispatch(action: Action): void;
  subscribe(listener: () => void): () => void;
  /** Loads what answers are checked with, and looks for a run left half-done. No answer may be given before. */
  load(): Promise<void>;
  /** Looks around once, at the start. */
  begin(): Promise<void>;
  /** Does what the open page needs and resolves when it is done; cheap when nothing is due. */
  work(): Promise<void>;
  /** Stops what `work` does for a page that was left. */
  cancelWork(): void;
  /** Runs the approved plan, or the rollback. */
  run(kind: RunKind, byStage?: boolean): Promise<RunResult>;
  /** The answer to a plan that is asked for again; `byStage`: from now on also before each later stage. */
  decide(approved: boolean, byStage?: boolean): void;
  /** Ends a running trial, or gives it its time once more. */
  endTrial(how: 'keep' | 'revert' | 'more'): Promise<RunResult>;
  /** Passwords typed for a run that is resumed. */
  giveSecret(name: string, text: string): void;
  /** Writes the answers given so far. */
  save(): Promise<Saving>;
  /** One Ctrl+C during a run. */
  interrupt(): 1 | 2 | 3;
}

/** An abort for work on any number of nodes at once. */
function workAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

async function quietly<T>(ask: Promise<T> | undefined, use: (value: T) => void): Promise<void> {
  try {
    if (ask) use(await ask);
  } catch {
    // An offer that cannot be made; everything it would offer can be typed.
  }
}

/** Looks once; keys wait for it, so that a run left half-done is offered however fast one types. */
function lookForUnfinished(cell: Cell, send: Send, deps: WizardDeps): Promise<void> {
  cell.looked ??= quietly(deps.backend.findUnfinished?.(), (run) => send({ type: 'unfinished', run }));
  return cell.looked;
}

async function begin(cell: Cell, send: Send, deps: WizardDeps): Promise<void> {
  const { signal } = cell.workAbort;
  await loadRules();
  await Promise.all([
    attempt<readonly SiteCandidate[]>(
      (task) => send({ type: 'sites', task }),
      '',
      deps.now,
      () => deps.backend.findSites(signal),
      signal,
    ),
    quietly(deps.backend.sshHosts?.(), (hosts) => send({ type: 'ssh-hosts', hosts })),
    lookForUnfinished(cell, send, deps),
  ]);
}

function frontendFor(cell: Cell, send: Send, deps: WizardDeps, approved: string | null): Frontend {
  return {
    emit(event) {
      deps.onEvent?.(event);
      send({ type: 'event', event, at: deps.now() });
    },
    approve(shown: Plan, irreversible: readonly string[], situation: Situation = 'first') {
      if (situation === 'as-approved' ? !cell.byStage : shown.hash === approved) return Promise.resolve(true);
      // After a request to stop, the user is not asked to continue.
      if (cell.interrupter?.gentle.aborted) return Promise.resolve(false);
      return new Promise<boolean>((resolve) => {
        cell.decision = resolve;
        send({ type: 'asking', asking: { plan: shown, irreversible, situation } });
      });
    },
  };
}

async function startRun(cell: Cell, send: Send, deps: WizardDeps, kind: RunKind): Promise<RunResult> {
  const shown = cell.state.plan.state === 'done' ? cell.state.plan.value : null;
  const { unfinished, page } = cell.state;
  // An unfinished run is resumed, or rolled back, with its own answers.
  const own = kind === 'resume' || page === 'unfinished' ? unfinished?.answers : null;
  if (own) send({ type: 'adopt', answers: own as unknown as Draft });
  const { secrets } = cell.state;
  const stop = deps.interrupter();
  cell.interrupter = stop;
  send({ type: 'run-begin', kind, at: deps.now() });
  const frontend = frontendFor(cell, send, deps, kind === 'apply' ? (shown?.hash ?? null) : null);
  const go = async (): Promise<RunResult> => {
    const input = own ? { answers: own, secrets, onRecord: true } : inputOf(cell.state);
    if (kind === 'resume' && deps.backend.resume) return deps.backend.resume(input, frontend, stop);
    if (kind === 'verify') return deps.backend.verify(input, frontend.emit, AbortSignal.any([stop.gentle, stop.now]));
    if (kind === 'rollback') return deps.backend.rollback(input, frontend, stop);
    if (!shown) throw new WizardError('bug', 'no plan was shown');
    return deps.backend.apply(shown, input, frontend, stop, unfinished !== null);
  };
  const result = await go().catch((thrown: unknown): RunResult => {
    const error = asWizardError(thrown);
    return { outcome: 'unknown', exitCode: error.exitCode, message: error.message, error };
  });
  // The next run resumes what this run left unfinished.
  // A trial of this run is decided on its result page.
  if (kind !== 'verify')
    await quietly(deps.backend.findUnfinished?.(), (run) => send({ type: 'unfinished', run: run?.trialEndsAt === undefined ? run : null }));
  send({ type: 'run-end', result });
  return result;
}

async function endTrial(cell: Cell, send: Send, deps: WizardDeps, how: 'keep' | 'revert' | 'more'): Promise<RunResult> {
  const { emit } = frontendFor(cell, send, deps, null);
  const before = cell.state.result;
  send({ type: 'ending', ending: how });
  const { backend } = deps;
  const result = await (how === 'keep'
    ? backend.confirmTrial(emit)
    : how === 'revert'
      ? backend.revertTrial(emit)
      : (backend.extendTrial?.(emit) ?? Promise.resolve(before ?? NO_TRIAL)));
  // A failed request ends nothing: the trial continues, and the request can be repeated.
  const goesOn = result.error && result.outcome !== 'reverted' && !OVER.includes(result.error.code);
  if (goesOn && before) send({ type: 'run-end', result: { ...before, message: result.error.message } });
  else send({ type: 'run-end', result });
  return result;
}

async function save(cell: Cell, send: Send, deps: WizardDeps): Promise<Saving> {
  const before = cell.state.saved;
  const saved = await deps.backend
    .saveAnswers(tidy(cell.state.draft), deps.options.answersPath)
    .then((now): Saving => (before && 'how' in before && before.how === 'written' ? before : now))
    .catch((thrown: unknown): Saving => ({ error: asWizardError(thrown).message }));
  send({ type: 'saved', saved });
  return saved;
}

/** Errors after which there is no trial any more. */
const OVER: readonly string[] = ['no-trial', 'verify-failed'];
const NO_TRIAL: RunResult = { outcome: 'unchanged', exitCode: 0, message: 'There is no trial.' };

/** The wizard without a screen. */
export function createWizard(given: WizardDeps): Wizard {
  const deps: WizardDeps = { ...given, backend: cleanBackend(given.backend) };
  const cell: Cell = {
    state: initialState(deps.options.initial, deps.options.tracks),
    listeners: new Set(),
    timer: null,
    workAbort: workAbort(),
    interrupter: null,
    decision: null,
    byStage: false,
    looked: null,
    trying: new Map(),
  };
  const send = createSend(cell);
  return {
    getState: () => cell.state,
    dispatch: send,
    subscribe(listener) {
      cell.listeners.add(listener);
      return () => cell.listeners.delete(listener);
    },
    load: async () => void (await Promise.all([loadRules(), lookForUnfinished(cell, send, deps)])),
    begin: () => begin(cell, send, deps),
    async work() {
      const { signal } = cell.workAbort;
      const { kind } = currentPage(cell.state);
      if (triesNodes(cell.state)) await tryNodes(cell, send, deps, signal);
      if (kind === 'survey') await survey(cell, send, deps, signal);
      if (kind === 'plan') await plan(cell, send, deps, signal);
    },
    cancelWork() {
      cell.workAbort.abort();
      cell.workAbort = workAbort();
    },
    run(kind, byStage = false) {
      cell.byStage = byStage;
      return startRun(cell, send, deps, kind);
    },
    decide(approved, byStage = cell.byStage) {
      cell.byStage = byStage;
      send({ type: 'asking', asking: null });
      cell.decision?.(approved);
      cell.decision = null;
    },
    endTrial: (how) => endTrial(cell, send, deps, how),
    giveSecret: (name, text) => send({ type: 'typed-secret', name, text }),
    save: () => save(cell, send, deps),
    interrupt() {
      const stage = cell.interrupter?.interrupt() ?? 3;
      if (stage !== 3) send({ type: 'interrupted', stage });
      // A request to stop does not approve what is on the screen.
      if (cell.decision) {
        cell.decision(false);
        cell.decision = null;
        send({ type: 'asking', asking: null });
      }
      return stage;
    },
  };
}
