/** Keys of a text line. */

import type { Key } from '../../decode.js';
import { INPUT } from '../../messages.js';
import { firstLine, type TextAction } from './state.js';

const ACTIONS: Readonly<Record<string, TextAction>> = {
  left: { type: 'left' },
  right: { type: 'right' },
  home: { type: 'home' },
  end: { type: 'end' },
  'ctrl+a': { type: 'home' },
  backspace: { type: 'backspace' },
  'ctrl+h': { type: 'backspace' },
  'ctrl+u': { type: 'clear' },
  'ctrl+w': { type: 'word' },
};

/** What a key does to the line, or null when it is not for it. */
export function textKey(key: Key): TextAction | null {
  if (key.name === 'paste') return { type: 'insert', text: firstLine(key.text).text };
  return ACTIONS[key.name] ?? (key.text === '' ? null : { type: 'insert', text: key.text });
}

/** The message when only a part of a paste was inserted; null otherwise. */
export function pasteNotice(key: Key): string | null {
  return key.name === 'paste' && firstLine(key.text).more ? INPUT.firstLineOnly : null;
}
