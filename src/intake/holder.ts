/** Who holds the wizard's lock, out of a file that the web user can write. */

import type { LockHolder } from '../core/facts.js';

const MOST_TOKEN = 200;

/** Whatever stands in the lock becomes short plain text and a number; a lock that cannot be read is nobody's. */
export function holderOf(found: unknown): LockHolder | null {
  if (found === null || typeof found !== 'object') return null;
  const fields = found as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name].replace(/[^\x20-\x7e]/g, '?').slice(0, 120) : '');
  const pid = typeof fields['pid'] === 'number' && Number.isSafeInteger(fields['pid']) && fields['pid'] > 0 ? fields['pid'] : 0;
  const token = typeof fields['token'] === 'string' && fields['token'].length <= MOST_TOKEN ? fields['token'] : '';
  return {
    token,
    run: text('run'),
    user: text('user'),
    host: text('host'),
    pid,
    processStart: text('processStart'),
    since: text('since'),
    ...(text('machine') === '' ? {} : { machine: text('machine') }),
    ...(text('boot') === '' ? {} : { boot: text('boot') }),
  };
}
