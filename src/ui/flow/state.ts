/** The wizard's whole state and the one reducer that changes it. No screen, no clock, no input or output. */

import { TRACK_TITLES } from '../../../steps/titles.js';
import { type Draft, getAt, setAt } from '../../answers/draft.js';
import type { Plan } from '../../core/change.js';
import type { WizardError } from '../../core/errors.js';
import type { Situation, WizardEvent } from '../../core/events.js';
import { Secret } from '../../core/secret.js';
import type { TrackTitles } from '../../track/titles.js';
import type { NodeTrial, RunResult, SavedAnswers, SiteCandidate, SurveyResult, UnfinishedRun } from '../wizard-port.js';
import { setAnswer } from './answer.js';
import { withoutRefused } from './missing.js';
import type { Page } from './pages.js';
import type { FlowQuestion } from './question.js';
import { EMPTY_RUN, type RunView, reduceRun, runOf } from './run-view.js';
import { allReached, currentPage, isFresh, pagesOf, surveyStamp } from './selectors.js';

/** The last attempt to save the answers. */
export type Saving = SavedAnswers | { readonly error: string };

/** Work of the app while the wizard waits or continues; `stamp` says for which answers. */
export type Task<T> =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly stamp: string; readonly startedAt: number }
  | { readonly state: 'done'; readonly stamp: string; readonly value: T }
  | { readonly state: 'failed'; readonly stamp: string; readonly error: WizardError };

export type RunKind = 'apply' | 'verify' | 'rollback' | 'resume';

export interface FlowState {
  /** The tracks that there are. */
  readonly tracks: readonly TrackTitles[];
  readonly draft: Draft;
  readonly secrets: ReadonlyMap<string, Secret>;
  /** The draft began with the answers of a run on record. */
  readonly onRecord: boolean;
  readonly page: string;
  /** Pages that have been left forwards. */
  readonly visited: ReadonlySet<string>;
  /** True while a single answer is edited from the review. */
  readonly editing: boolean;
  readonly sites: Task<readonly SiteCandidate[]>;
  readonly sshHosts: readonly string[];
  readonly unfinished: UnfinishedRun | null;
  readonly trials: Readonly<Record<string, Task<NodeTrial>>>;
  readonly survey: Task<SurveyResult>;
  readonly plan: Task<Plan>;
  readonly run: RunView;
  readonly runKind: RunKind;
  /** What is to be approved in the middle of a run, and why. */
  readonly asking: { readonly plan: Plan; readonly irreversible: readonly string[]; readonly situation: Situation } | null;
  readonly running: boolean;
  readonly result: RunResult | null;
  readonly saved: Saving | null;
  readonly interrupted: 0 | 1 | 2;
  /** The trial is being ended, or prolonged. */
  readonly ending: 'keep' | 'revert' | 'more' | null;
}

export type Action =
  | { readonly type: 'answer'; readonly question: FlowQuestion; readonly value: unknown }
  | { readonly type: 'secret'; readonly question: FlowQuestion; readonly text: string }
  | { readonly type: 'set'; readonly key: string; readonly value: unknown }
  | { readonly type: 'next' }
  | { readonly type: 'back' }
  | { readonly type: 'goto'; readonly page: string; readonly editing?: boolean }
  | { readonly type: 'sites'; readonly task: Task<readonly SiteCandidate[]> }
  | { readonly type: 'ssh-hosts'; readonly hosts: readonly string[] }
  | { readonly type: 'unfinished'; readonly run: UnfinishedRun | null }
  /** The answers of a run that is resumed or rolled back apply to everything that follows. */
  | { readonly type: 'adopt'; readonly answers: Draft }
  | { readonly type: 'trial'; readonly node: string; readonly task: Task<NodeTrial> }
  | { readonly type: 'retry'; readonly what: 'trials' | 'survey' | 'plan' }
  | { readonly type: 'survey'; readonly task: Task<SurveyResult> }
  | { readonly type: 'plan'; readonly task: Task<Plan> }
  | { readonly type: 'event'; readonly event: WizardEvent; readonly at: number }
  | { readonly type: 'run-begin'; readonly kind: RunKind; readonly at: number }
  | { readonly type: 'run-end'; readonly result: RunResult }
  | { readonly type: 'asking'; readonly asking: FlowState['asking'] }
  | { readonly type: 'ending'; readonly ending: FlowState['ending'] }
  | { readonly type: 'typed-secret'; readonly name: string; readonly text: string }
  | { readonly type: 'saved'; readonly saved: Saving }
  | { readonly type: 'interrupted'; readonly stage: 1 | 2 };

/** The state before anything was asked. The app has checked the form of `initial`: what is missing is asked for. */
export function initialState(initial: unknown, tracks: readonly TrackTitles[] = TRACK_TITLES): FlowState {
  const given = typeof initial === 'object' && initial !== null && !Array.isArray(initial) ? (initial as Draft) : {};
  return {
    tracks,
    draft: { version: 1, ...given },
    secrets: new Map(),
    onRecord: false,
    page: 'welcome',
    visited: new Set(),
    editing: false,
    sites: { state: 'idle' },
    sshHosts: [],
    unfinished: null,
    trials: {},
    survey: { state: 'idle' },
    plan: { state: 'idle' },
    run: EMPTY_RUN,
    runKind: 'apply',
    asking: null,
    running: false,
    result: null,
    saved: null,
    interrupted: 0,
    ending: null,
  };
}

function settled(state: FlowState, page: Page): boolean {
  if (page.kind === 'connect') return allReached(state);
  if (page.kind === 'survey') return isFresh(state.survey, surveyStamp(state));
  if (page.question) return getAt(state.draft, page.question.key) !== undefined || (page.question.optional === true && state.visited.has(page.id));
  return state.visited.has(page.id);
}

function nextPage(state: FlowState): string {
  const linear = pagesOf(state);
  const all = pagesOf(state, true);
  const at = all.findIndex((p) => p.id === currentPage(state).id);
  const after = all.slice(at + 1).filter((p) => linear.some((l) => l.id === p.id));
  if (!state.editing) return after[0]?.id ?? state.page;
  // From the review: only what the new answer made necessary comes in between.
  return after.find((p) => p.kind === 'review' || !settled(state, p))?.id ?? 'review';
}

function previousPage(state: FlowState): string {
  if (state.editing) return 'review';
  const linear = pagesOf(state);
  const all = pagesOf(state, true);
  const at = all.findIndex((p) => p.id === currentPage(state).id);
  return (
    all
      .slice(0, Math.max(0, at))
      .reverse()
      .find((p) => linear.some((l) => l.id === p.id))?.id ?? state.page
  );
}

/** Another first answer of an entry makes every question about that entry new. */
function forget(state: FlowState, { key, begins }: FlowQuestion, value: unknown): ReadonlySet<string> {
  if (begins === undefined || getAt(state.draft, key) === value) return state.visited;
  return new Set([...state.visited].filter((id) => !id.includes(`:${begins}.`)));
}

/** `redis1Password` → `REDIS1_PASSWORD` */
export function envName(secretName: string): string {
  return secretName.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

function setSecret(state: FlowState, question: FlowQuestion, text: string): FlowState {
  const name = question.secretName ?? question.key;
  const isReference = question.key.startsWith('secrets.');
  // Nothing typed: what was given before stays; nothing before means none.
  if (text === '') return state;
  const secrets = new Map(state.secrets);
  secrets.set(name, new Secret(name, text));
  let draft = getAt(state.draft, `secrets.${name}`) === undefined ? setAt(state.draft, `secrets.${name}`, `env:${envName(name)}`) : state.draft;
  if (!isReference) draft = setAt(draft, question.key, `secret:${name}`);
  // What a wrong password made fail is to be tried again.
  return { ...state, draft, secrets, trials: {}, plan: { state: 'idle' } };
}

function advance(state: FlowState): FlowState {
  const page = nextPage(state);
  const visited = new Set(state.visited).add(currentPage(state).id);
  return { ...state, visited, page, editing: state.editing && page !== 'review' };
}

/** The state after an action. */
export function reduce(state: FlowState, action: Action): FlowState {
  switch (action.type) {
    case 'answer':
      return { ...state, draft: setAnswer(state.draft, action.question, action.value), visited: forget(state, action.question, action.value) };
    case 'secret':
      return setSecret(state, action.question, action.text);
    case 'set':
      return { ...state, draft: setAt(state.draft, action.key, action.value) };
    case 'next':
      return advance(state);
    case 'back': {
      const page = previousPage(state);
      return { ...state, page, editing: false };
    }
    case 'goto':
      return { ...state, page: action.page, editing: action.editing ?? false };
    case 'sites':
      return { ...state, sites: action.task };
    case 'ssh-hosts':
      return { ...state, sshHosts: action.hosts };
    case 'unfinished':
      return { ...state, unfinished: action.run };
    case 'adopt':
      return { ...state, draft: { version: 1, ...action.answers }, onRecord: true, trials: {}, survey: { state: 'idle' }, plan: { state: 'idle' } };
    case 'trial':
      return { ...state, trials: { ...state.trials, [action.node]: action.task } };
    case 'retry':
      return action.what === 'trials'
        ? { ...state, trials: Object.fromEntries(Object.entries(state.trials).filter(([, t]) => t.state === 'running' || (t.state === 'done' && t.value.ok))) }
        : // The result of the last run is still shown at the end.
          { ...state, [action.what]: { state: 'idle' } };
    case 'survey':
      return { ...state, survey: action.task, run: action.task.state === 'running' ? EMPTY_RUN : state.run };
    case 'plan':
      return { ...state, plan: action.task, run: action.task.state === 'running' ? EMPTY_RUN : state.run };
    case 'event':
      return { ...state, run: reduceRun(state.run, action.event, action.at) };
    case 'run-begin': {
      const run = action.kind === 'apply' && state.plan.state === 'done' ? runOf(state.plan.value, action.at) : { ...EMPTY_RUN, startedAt: action.at };
      return { ...state, run, runKind: action.kind, running: true, result: null, interrupted: 0, page: 'run', editing: false };
    }
    case 'run-end':
      return {
        ...state,
        running: false,
        asking: null,
        ending: null,
        result: action.result,
        page: 'result',
        plan: { state: 'idle' },
        secrets: withoutRefused(state, action.result.error?.code),
      };
    case 'asking':
      return { ...state, asking: action.asking };
    case 'ending':
      return { ...state, ending: action.ending };
    case 'typed-secret':
      return { ...state, secrets: new Map(state.secrets).set(action.name, new Secret(action.name, action.text)) };
    case 'saved':
      return { ...state, saved: action.saved };
    case 'interrupted':
      return { ...state, interrupted: action.stage };
  }
}
