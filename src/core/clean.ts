/** Text of other machines made safe for a terminal, a file or a pipe. Pure; the only place that knows what is removed. */

/** Longest field on a screen, in UTF-16 units; the log keeps more. */
export const FIELD_MAX = 4096;
/** Longest text of one field in a log or journal, where a person may look for the rest. */
export const LOG_FIELD_MAX = 65_536;
/** Longest text of several lines on a screen: diffs, file contents, recipes. */
export const BLOCK_MAX = 1_048_576;

/** OSC, DCS, SOS, PM and APC strings with their end. One without an end loses its beginning only. */
const STRINGS = '(?:\\u001b[P\\]X^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007\\u001b\\u0090\\u0098\\u009c-\\u009f]*(?:\\u0007|\\u001b\\\\|\\u009c)';
const CSI = '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]';
const ESCAPE = '\\u001b[ -/]*[0-~]?';
/** Controls (C0, DEL, C1), what turns the writing direction, what has no width or is a blank letter, tags, line and paragraph separators. */
export const UNSEEN =
  '[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u2060-\\u206f\\u3164\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff\\u{e0000}-\\u{e0fff}]';
const SEQUENCES = new RegExp(`${STRINGS}|${CSI}|${ESCAPE}`, 'g');
const HIDDEN = new RegExp(UNSEEN, 'gu');
/** More marks on one letter than any script has: they would cover the lines beside it. */
const STACKED = /(\p{M}{4})\p{M}+/gu;
const PLAIN_ASCII = /^[\x20-\x7e]*$/;

/** What a value says as text, whatever type it turns out to have: facts come from other machines. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}

/** Cuts a long text and says how much is missing. */
export function bounded(text: string, limit: number, length = text.length): string {
  return text.length <= limit && length <= limit ? text : `${text.slice(0, limit).toWellFormed()} … (${length - Math.min(limit, text.length)} characters more)`;
}

function bare(text: string, instead = ''): string {
  return text.toWellFormed().replace(SEQUENCES, instead).replace(HIDDEN, instead).replace(STACKED, '$1');
}

/**
 * One line that is safe to print: no escape sequences, no control or hidden characters, tabs as two spaces, line breaks as one space.
 * @param limit UTF-16 units after which it is cut
 */
export function clean(text: string, limit = FIELD_MAX): string {
  const given = textOf(text);
  if (given.length <= limit && PLAIN_ASCII.test(given)) return given;
  // Cut before the search too: a field of megabytes must not cost seconds.
  const part = given.length > limit * 4 ? given.slice(0, limit * 4) : given;
  const line = bare(
    part
      .replace(SEQUENCES, '')
      .replaceAll('\t', '  ')
      .replace(/[\r\n\u2028\u2029]+/g, ' '),
  );
  return bounded(line, limit, line.length + given.length - part.length);
}

/** The same for text of several lines: line breaks stay. */
export function cleanBlock(text: string, limit = BLOCK_MAX): string {
  const given = textOf(text);
  const part = bounded(given, limit);
  return part
    .split(/\r?\n/)
    .map((line) => clean(line, LOG_FIELD_MAX))
    .join('\n');
}

/** Lines that belong together, each made safe before they are joined: a line break inside one of them makes no line of its own. */
export function cleanLines(lines: readonly string[]): string {
  return lines.map((line) => clean(line)).join('\n');
}

/** One word: what cannot be seen becomes U+FFFD, so that the word names nothing that exists. */
export function cleanWord(value: unknown, limit: number): string {
  const text = textOf(value);
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return PLAIN_ASCII.test(shown) ? shown : shown.toWellFormed().replace(HIDDEN, '\ufffd').replace(STACKED, '$1');
}

/** The colours and weights that our own front ends paint with: all that ever passes a last write. */
export const PAINTS = { strong: [1, 22], dim: [2, 22], good: [32, 39], bad: [31, 39], warn: [33, 39], accent: [36, 39], inverse: [7, 27] } as const;
const PAINTED = new Set(Object.values(PAINTS).flatMap((pair) => pair.map((code) => `\u001b[${code}m`)));
const LAST = new RegExp(`${STRINGS}|${CSI}|${ESCAPE}|${UNSEEN}`, 'gu');
const NEEDS_NOTHING = /^[\x20-\x7e\n]*$/;

/** The last look at what is written: line breaks and our own paint stay, everything else that a terminal would act on goes. */
export function cleanOutput(text: string): string {
  if (NEEDS_NOTHING.test(text)) return text;
  return text.toWellFormed().replace(LAST, (found) => (found === '\n' || PAINTED.has(found) ? found : found === '\t' ? '  ' : ''));
}

/** What full-screen drawing and line editing need: moves of the cursor, erasing, its visibility, bracketed paste, synchronized updates, any colour. */
const MOVES = /^\u001b(?:\[[0-9;]*[ABCDEFGHJKm]|\[\?(?:25|2004|2026)[hl]|[78])$/;

/** The last look at what a drawing library writes: its moves stay; titles, clipboards, queries, modes and hidden characters go. */
export function cleanScreen(text: string): string {
  if (NEEDS_NOTHING.test(text)) return text;
  return text.toWellFormed().replace(LAST, (found) => (/^[\n\r\t\b]$/.test(found) || MOVES.test(found) ? found : ''));
}
