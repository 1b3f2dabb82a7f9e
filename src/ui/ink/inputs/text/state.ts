/** A single line of text with a cursor: pure. Positions count user-perceived characters. */

import { clean, displayWidth, graphemes } from '../../../text/width.js';

export interface TextState {
  readonly text: string;
  readonly cursor: number;
}

export type TextAction =
  | { readonly type: 'insert'; readonly text: string }
  | { readonly type: 'left' | 'right' | 'home' | 'end' | 'backspace' | 'delete' | 'clear' | 'word' };

/** With the cursor at the end. */
export function textOf(text: string): TextState {
  return { text, cursor: graphemes(text).length };
}

/** The first line of what was pasted, trimmed, and whether more lines were dropped. */
export function firstLine(pasted: string): { readonly text: string; readonly more: boolean } {
  const lines = pasted.split(/\r\n|\r|\n/).filter((l) => l.trim() !== '');
  return { text: clean(lines[0] ?? '').trim(), more: lines.length > 1 };
}

function splice(state: TextState, from: number, remove: number, insert: string): TextState {
  const all = graphemes(state.text);
  const text = [...all.slice(0, from), insert, ...all.slice(from + remove)].join('');
  return { text, cursor: from + graphemes(insert).length };
}

/** The state after an action. */
export function reduceText(state: TextState, action: TextAction): TextState {
  const length = graphemes(state.text).length;
  switch (action.type) {
    case 'insert':
      return splice(state, state.cursor, 0, clean(action.text));
    case 'left':
      return { ...state, cursor: Math.max(0, state.cursor - 1) };
    case 'right':
      return { ...state, cursor: Math.min(length, state.cursor + 1) };
    case 'home':
      return { ...state, cursor: 0 };
    case 'end':
      return { ...state, cursor: length };
    case 'backspace':
      return state.cursor === 0 ? state : splice(state, state.cursor - 1, 1, '');
    case 'delete':
      return state.cursor === length ? state : splice(state, state.cursor, 1, '');
    case 'clear':
      return { text: '', cursor: 0 };
    case 'word': {
      const before = graphemes(state.text).slice(0, state.cursor).join('');
      const kept = graphemes(before.replace(/\S+\s*$/, '')).length;
      return splice(state, kept, state.cursor - kept, '');
    }
  }
}

/** The part that fits in `width` columns with the cursor in sight: before it, under it, after it. */
export function textWindow(state: TextState, width: number): { readonly before: string; readonly at: string; readonly after: string } {
  const all = graphemes(state.text);
  let start = 0;
  while (start < state.cursor && displayWidth(all.slice(start, state.cursor + 1).join('')) >= width) start += 1;
  const before = all.slice(start, state.cursor).join('');
  const at = all[state.cursor] ?? ' ';
  let end = state.cursor + 1;
  while (end < all.length && displayWidth(before + at + all.slice(state.cursor + 1, end + 1).join('')) <= width) end += 1;
  return { before, at, after: all.slice(state.cursor + 1, end).join('') };
}
