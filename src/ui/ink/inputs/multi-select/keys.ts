/** Keys of a choice of several. */

import { commandOf } from '../../../keys.js';
import type { Key } from '../../decode.js';

export type MultiCommand = { readonly type: 'move'; readonly by: number } | { readonly type: 'toggle' } | { readonly type: 'accept' };

export function multiKey(key: Key): MultiCommand | null {
  switch (commandOf('multiselect', key.name)) {
    case 'up':
      return { type: 'move', by: -1 };
    case 'down':
      return { type: 'move', by: 1 };
    case 'toggle':
      return { type: 'toggle' };
    case 'accept':
      return { type: 'accept' };
    default:
      return null;
  }
}
