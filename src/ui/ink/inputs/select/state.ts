/** One of several: pure. */

import { type TextState, textOf } from '../text/state.js';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
  readonly disabled?: string;
}

export interface SelectState {
  readonly index: number;
  /** Another value is being typed. */
  readonly other: TextState | null;
}

/** On the choice with this value, else on the first that is possible; a value that is none of them is "another". */
export function selectOf(choices: readonly Choice[], value: string, hasOther: boolean): SelectState {
  const at = choices.findIndex((c) => c.value === value);
  if (at >= 0 && choices[at]?.disabled === undefined) return { index: at, other: null };
  if (at < 0 && value !== '' && hasOther) return { index: choices.length, other: null };
  return {
    index: Math.max(
      0,
      choices.findIndex((c) => c.disabled === undefined),
    ),
    other: null,
  };
}

/** One up or down; the ends are joined. Impossible choices are stopped at too: their reason is shown there. */
export function moveSelect(state: SelectState, by: number, count: number): SelectState {
  return count === 0 ? state : { ...state, index: (state.index + by + count) % count };
}

/** Begins to type another value. */
export function typeOther(state: SelectState, text: string): SelectState {
  return { ...state, other: textOf(text) };
}

/** The rows in sight, so that the chosen one always is. */
export function windowOf(index: number, count: number, height: number): { readonly from: number; readonly to: number } {
  const rows = Math.max(1, height);
  const from = Math.max(0, Math.min(index - Math.floor(rows / 2), count - rows));
  return { from, to: Math.min(count, from + rows) };
}
