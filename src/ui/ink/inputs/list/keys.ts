/** Keys of a list: the line takes text while it is chosen, entries take commands. */

import { commandOf } from '../../../keys.js';
import type { Key } from '../../decode.js';
import { textKey } from '../text/keys.js';
import type { TextAction } from '../text/state.js';

export type ListCommand =
  | { readonly type: 'move'; readonly by: number }
  | { readonly type: 'accept' | 'edit' | 'delete' | 'suggest' }
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'text'; readonly action: TextAction };

/** What a key does, or null. `onEntry`: an entry is chosen, not the line. */
export function listKey(key: Key, onEntry: boolean): ListCommand | null {
  if (key.name === 'paste') return { type: 'paste', text: key.text };
  const command = commandOf('list', key.name);
  if (command === 'up' || command === 'down') return { type: 'move', by: command === 'up' ? -1 : 1 };
  if (command === 'accept') return { type: onEntry ? 'edit' : 'accept' };
  if (command === 'edit' || command === 'delete' || command === 'suggest') return { type: command };
  if (onEntry && key.name === 'backspace') return { type: 'delete' };
  const action = textKey(key);
  return action ? { type: 'text', action } : null;
}
