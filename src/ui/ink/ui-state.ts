/** What only the screen knows: cursors, scroll positions, overlays. Kept outside React so that keys that come in one piece see each other's effect. */

import { getAt } from '../../answers/draft.js';
import type { TakeUp } from '../flow/missing.js';
import { encodeValue, type FlowQuestion } from '../flow/question.js';
import { currentPage } from '../flow/selectors.js';
import type { FlowState } from '../flow/state.js';
import { type ConfirmState, confirmOf } from './inputs/confirm/state.js';
import { type ListState, listOf } from './inputs/list/state.js';
import { type MultiState, multiOf } from './inputs/multi-select/state.js';
import { type SelectState, selectOf } from './inputs/select/state.js';
import { type TextState, textOf } from './inputs/text/state.js';
import type { Size } from './layout.js';

export type Input =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly state: TextState }
  | { readonly kind: 'secret'; readonly state: TextState; readonly first: string | null }
  | { readonly kind: 'select'; readonly state: SelectState }
  | { readonly kind: 'multiselect'; readonly state: MultiState }
  | { readonly kind: 'confirm'; readonly state: ConfirmState }
  | { readonly kind: 'list'; readonly state: ListState };

export interface Message {
  readonly text: string;
  readonly tone: 'bad' | 'warn' | 'good' | 'dim';
}

/** A small question at the foot of a page. */
export type Ask = 'sure' | 'name' | 'search' | 'mapping' | 'which' | 'reason' | 'password';

/** What lies over the page until it is closed. */
export type Overlay = 'help' | 'log' | 'journal' | 'checks';

export interface UiState {
  /** The page that the rest belongs to. */
  readonly page: string;
  readonly input: Input;
  readonly message: Message | null;
  readonly scroll: number;
  readonly index: number;
  readonly detail: boolean;
  readonly overlay: Overlay | null;
  readonly overlayScroll: number;
  /** The check that is chosen among those that do not hold, and whether it is open. */
  readonly cell: { readonly index: number; readonly open: boolean };
  /** Numbers of the plan's stages that are folded. */
  readonly folded: ReadonlySet<number>;
  readonly ask: Ask | null;
  /** Stage by stage was chosen before the name was asked for. */
  readonly byStage: boolean;
  /** The secret that `password` asks for, and what for. */
  readonly askFor: { readonly name: string; readonly purpose: TakeUp } | null;
  /** The nodes that `which` and `reason` ask about. */
  readonly leaving: readonly string[];
  readonly line: TextState;
  readonly search: string;
  readonly size: Size;
  /** The wizard is over: nothing is drawn any more. */
  readonly ended: boolean;
}

export interface UiStore {
  get(): UiState;
  set(change: Partial<UiState>): void;
  subscribe(listener: () => void): () => void;
}

/** The input of a question, filled with its answer or its default. */
export function inputOf(question: FlowQuestion, flow: FlowState): Input {
  const value = getAt(flow.draft, question.key) ?? question.default;
  switch (question.kind) {
    case 'text':
    case 'number':
      return { kind: 'text', state: textOf(encodeValue(question, value)) };
    case 'secret':
      return { kind: 'secret', state: textOf(''), first: null };
    case 'select':
      return { kind: 'select', state: selectOf(question.choices ?? [], encodeValue(question, value), question.other !== undefined) };
    case 'multiselect':
      return { kind: 'multiselect', state: multiOf(value) };
    case 'confirm':
      return { kind: 'confirm', state: confirmOf(value) };
    case 'list':
      return { kind: 'list', state: listOf(question.list?.toEntries(value) ?? []) };
  }
}

/** What stands on the screen: a page, or a plan in the middle of a run, each of which is a new one. */
function placeOf(flow: FlowState): string {
  return flow.asking ? `asked ${flow.asking.situation} ${flow.asking.plan.hash}` : currentPage(flow).id;
}

/** A page as it is when it is come to. */
function freshPage(flow: FlowState): Pick<UiState, 'page' | 'input' | 'message' | 'scroll' | 'index' | 'folded' | 'ask' | 'line' | 'search'> {
  const page = currentPage(flow);
  return {
    page: placeOf(flow),
    input: page.question ? inputOf(page.question, flow) : { kind: 'none' },
    message: null,
    scroll: 0,
    index: 0,
    folded: new Set(),
    ask: null,
    line: textOf(''),
    search: '',
  };
}

/** The screen's state with nothing on it yet. */
export function initialUi(flow: FlowState, size: Size): UiState {
  return {
    ...freshPage(flow),
    byStage: false,
    askFor: null,
    leaving: [],
    detail: false,
    overlay: null,
    overlayScroll: 0,
    cell: { index: 0, open: false },
    size,
    ended: false,
  };
}

/** The store of the screen's state. */
export function createUiStore(initial: UiState): UiStore {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...change };
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Brings the screen's state to the page that is open. Rows chosen in a table are found again when it is come back to. */
export function followPage(ui: UiStore, flow: FlowState, rows: Map<string, number>): void {
  const now = ui.get();
  const place = placeOf(flow);
  // Also when what was to be approved in the middle of a run has been decided otherwise: then the question at the foot goes too.
  if (now.page === place) return;
  rows.set(now.page, now.index);
  ui.set({ ...freshPage(flow), index: rows.get(place) ?? 0 });
}
