/** What names and paths of a system may look like: the one place that decides it, for schemas, executors and messages. Pure. */

/** Control characters, line and paragraph separators, and characters that turn the direction of what follows. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const ALL_CONTROL = new RegExp(CONTROL.source, 'g');

/** POSIX portable names, and what directories give besides: `DOMAIN\user`, `user@domain`, names with a dot. Never an option. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@\\+-]{0,62}\$?$/;
/** systemd's own character set. */
const UNIT = /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]{0,254}$/;

const MOST_PATH_BYTES = 4096;

export function hasControl(text: string): boolean {
  return CONTROL.test(text);
}

/** A value of a node as it may stand in a message: at most `most` characters, control characters as `?`. */
export function shown(value: unknown, most = 80): string {
  const text = typeof value === 'string' ? value : value === null || ['number', 'boolean', 'undefined'].includes(typeof value) ? String(value) : typeof value;
  const clean = text.slice(0, most + 1).replaceAll(ALL_CONTROL, '?');
  return clean.length > most ? `${clean.slice(0, most)}…` : clean;
}

/** What another program says, inside a sentence of ours: in quotes and short, so that it cannot pass for our words. */
export function quoted(text: string, most = 200): string {
  return `"${shown(text.trim(), most).replaceAll('"', "'")}"`;
}

/** Free text without control characters; line breaks and tabs become spaces, what is longer is cut. */
export function plainText(text: string, most: number): string {
  const clean = text
    .slice(0, most)
    .replaceAll(/[\t\r\n]+/g, ' ')
    .replaceAll(ALL_CONTROL, '?');
  return clean;
}

/** `/` first, no control characters, at most 4096 bytes. Not normalised: it stays as the node writes it. */
export function isAbsolutePath(text: string): boolean {
  return text.startsWith('/') && !CONTROL.test(text) && Buffer.byteLength(text) <= MOST_PATH_BYTES;
}

/** A name of a user or group of at most 64 characters, or its number. */
export function isUserName(text: string): boolean {
  return USER.test(text) && text.length <= 64;
}

/** Root by name or by number. That an account of another name has the number 0 only its own machine can tell. */
export function isRootName(text: string): boolean {
  return text.toLowerCase() === 'root' || /^[0+-]+$/.test(text);
}

export function isUnitName(text: string): boolean {
  return UNIT.test(text);
}

/** Names that every JavaScript object has: as keys from outside they would find functions. */
export function isReservedKey(text: string): boolean {
  return text in Object.prototype;
}
