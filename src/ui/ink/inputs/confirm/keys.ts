/** Keys of yes or no. */

import { commandOf } from '../../../keys.js';
import type { Key } from '../../decode.js';

export type ConfirmCommand = 'yes' | 'no' | 'toggle' | 'accept';

export function confirmKey(key: Key): ConfirmCommand | null {
  const command = commandOf('confirm', key.name);
  if (command === 'up' || command === 'down') return 'toggle';
  return command === 'yes' || command === 'no' || command === 'accept' ? command : null;
}
