/** Entries typed or pasted one a line: pure. */

import type { ListFormat } from '../../../flow/list-entries.js';
import { clean } from '../../../text/width.js';
import { formatPasted, INPUT } from '../../messages.js';
import { type TextState, textOf } from '../text/state.js';

export interface ListState {
  readonly entries: readonly string[];
  /** The chosen entry; `entries.length` is the line that is typed in. */
  readonly index: number;
  readonly input: TextState;
  readonly message: string | null;
  /** Which suggestion comes next. */
  readonly suggestion: number;
}

export function listOf(entries: readonly string[]): ListState {
  return { entries, index: entries.length, input: textOf(''), message: null, suggestion: 0 };
}

/** Adds the typed entry, or sets the message that says what is wrong with it. */
export function addTyped(state: ListState, format: ListFormat): ListState {
  const text = state.input.text.trim();
  const wrong = format.check(text);
  if (wrong !== null) return { ...state, message: wrong };
  const entries = [...state.entries, format.normalize(text)];
  return { ...state, entries, index: entries.length, input: textOf(''), message: null };
}

/** Adds every valid pasted line; the first invalid one goes into the input line, and the message says how many are invalid. */
export function addPasted(state: ListState, pasted: string, format: ListFormat): ListState {
  const lines = pasted
    .split(/\r\n|\r|\n/)
    .map((l) =>
      clean(l)
        .trim()
        .replace(/^[-*]\s+/, ''),
    )
    .filter((l) => l !== '' && !l.startsWith('#'));
  if (lines.length === 1) return { ...state, input: textOf(state.input.text + (lines[0] ?? '')), index: state.entries.length, message: null };
  const good = lines.filter((l) => format.check(l) === null);
  const bad = lines.filter((l) => format.check(l) !== null);
  const entries = [...state.entries, ...good.map((l) => format.normalize(l))];
  const first = bad[0];
  const message = formatPasted(good.length, bad.length, first === undefined ? '' : (format.check(first) ?? ''));
  return { ...state, entries, index: entries.length, input: textOf(first ?? ''), message };
}

/** Removes the chosen entry; with `edit`, moves it to the input line. */
export function takeOut(state: ListState, edit: boolean): ListState {
  const entry = state.entries[state.index];
  if (entry === undefined) return state;
  const entries = state.entries.filter((_, i) => i !== state.index);
  return { ...state, entries, index: edit ? entries.length : Math.min(state.index, entries.length), input: edit ? textOf(entry) : state.input, message: null };
}

export function moveList(state: ListState, by: number): ListState {
  return { ...state, index: Math.max(0, Math.min(state.entries.length, state.index + by)) };
}

/** Puts the next known name that is not in the list into the input line. */
export function suggest(state: ListState, suggestions: readonly string[]): ListState {
  const open = suggestions.filter((s) => !state.entries.some((e) => e.split(/[\s=]/)[0] === s));
  if (open.length === 0) return { ...state, message: INPUT.noSuggestion };
  return { ...state, index: state.entries.length, input: textOf(`${open[state.suggestion % open.length]} `), suggestion: state.suggestion + 1, message: null };
}
