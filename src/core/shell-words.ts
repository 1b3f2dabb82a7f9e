/** Text as words of a POSIX shell: for what we run (`quote`) and for what people are given to type (`typed`). Pure. */

import { cleanWord } from './clean.js';

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One shell word that stands for exactly this text. @throws Error on NUL, which no argument can carry */
export function quote(word: string): string {
  if (word.includes('\0')) throw new Error('a shell word cannot hold a NUL character');
  return PLAIN.test(word) && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

const SAFE = /[A-Za-z0-9_@%+=:,./\ufffd-]|\p{L}|\p{N}|\p{M}/u;

/**
 * One word for people to paste: every character that a shell could act on has a backslash before it.
 * Unlike quotes this holds wherever it is pasted: an apostrophe in the sentence before it cannot turn it into a command.
 * What cannot be seen becomes U+FFFD: such a word names nothing.
 * @param limit UTF-16 units after which it is cut
 */
export function typed(value: unknown, limit: number): string {
  const text = cleanWord(value, limit);
  return PLAIN.test(text) ? text : [...text].map((char) => (SAFE.test(char) ? char : `\\${char}`)).join('');
}
