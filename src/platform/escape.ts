/** Values in configuration files: one function per format; a value that the format cannot hold is refused by name. Pure. */

import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';

/** Redis before 6 keeps at most this many characters of a password. */
const REDIS_PASSWORD_MAX = 512;

/**
 * A word of redis.conf that stands for exactly this text: in double quotes, with every byte beyond plain ASCII as `\xHH`.
 * @throws WizardError `secret-unavailable` naming the value when it is empty, too long or holds control characters
 */
export function redisQuote(name: string, value: string): string {
  const refuse = (why: string) =>
    new WizardError('secret-unavailable', `The secret "${name}" ${why}.`, {
      remedies: [remedy`Use 16 to 128 printable characters. Create them, for example: openssl rand -hex 24`],
    });
  if (value === '') throw refuse('is empty');
  if (/[\u0000-\u001f\u007f]/.test(value)) throw refuse('has a control character or a line break');
  const bytes = [...Buffer.from(value, 'utf8')];
  if (bytes.length > REDIS_PASSWORD_MAX) throw refuse(`is longer than ${REDIS_PASSWORD_MAX} bytes`);
  const words = bytes.map((byte) => {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === '\\') return `\\${char}`;
    return byte >= 0x20 && byte <= 0x7e ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${words.join('')}"`;
}

/** Text for a comment or a unit's Description: letters, digits and a little punctuation; everything else becomes `_`, `%` included. */
export function plainText(value: string): string {
  return value.replace(/[^A-Za-z0-9 .,:;/()_-]/g, '_');
}

/** Mebibytes of a size such as `512M` or `2G`. @throws Error on anything else: answers are checked before */
export function mebibytes(size: string): number {
  const [, number, unit] = /^([1-9][0-9]*)([MG])$/.exec(size) ?? [];
  if (number === undefined) throw new Error(`not a size: ${size}`);
  return Number(number) * (unit === 'G' ? 1024 : 1);
}
