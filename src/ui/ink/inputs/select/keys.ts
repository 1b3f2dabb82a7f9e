/** Keys of a choice. */

import { commandOf } from '../../../keys.js';
import type { Key } from '../../decode.js';

export type SelectCommand = { readonly type: 'move'; readonly by: number } | { readonly type: 'jump'; readonly to: number } | { readonly type: 'accept' };

/** What a key does, or null. Digits go to a choice. */
export function selectKey(key: Key, count: number): SelectCommand | null {
  const digit = /^[1-9]$/.test(key.name) ? Number(key.name) : 0;
  if (digit > 0 && digit <= count) return { type: 'jump', to: digit - 1 };
  switch (commandOf('select', key.name)) {
    case 'up':
      return { type: 'move', by: -1 };
    case 'down':
      return { type: 'move', by: 1 };
    case 'accept':
      return { type: 'accept' };
    default:
      return null;
  }
}
