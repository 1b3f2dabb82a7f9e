/** How wide text is on a terminal, and how it is cut, padded and wrapped. Pure. */

import { stripVTControlCharacters } from 'node:util';

export { clean } from '../../core/clean.js';

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Characters of one column each that join with nothing: ASCII, Latin, dashes and quotes, arrows, lines and blocks, ticks and crosses. */
const SIMPLE = /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u25fc\u2713-\u2718]*$/;
/** Made when it is needed: what it loads takes a tenth of the start. */
let segmenter: Intl.Segmenter | null = null;

function clusterWidth(cluster: string): number {
  if (WIDE.test(cluster)) return 2;
  return ZERO.test(cluster) ? 0 : 1;
}

/** The user-perceived characters of a text, so that cursors never stop inside one. */
export function graphemes(text: string): readonly string[] {
  if (SIMPLE.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return [...segmenter.segment(text)].map((s) => s.segment);
}

/** Columns that a text takes; colour escapes take none. */
export function displayWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  const bare = text.includes('\u001b') ? stripVTControlCharacters(text) : text;
  if (SIMPLE.test(bare)) return bare.length;
  return graphemes(bare).reduce((sum, g) => sum + clusterWidth(g), 0);
}

/** The longest beginning of `text` that fits in `width` columns. */
export function takeWidth(text: string, width: number): string {
  let used = 0;
  let out = '';
  for (const g of graphemes(text)) {
    used += clusterWidth(g);
    if (used > width) break;
    out += g;
  }
  return out;
}

/** Cuts at the end with an ellipsis. Unpainted text only. */
export function truncateEnd(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  return width <= displayWidth(ellipsis) ? takeWidth(text, width) : takeWidth(text, width - displayWidth(ellipsis)) + ellipsis;
}

/** The whole sentences that fit; a first sentence that does not is cut with an ellipsis. Unpainted text only. */
export function fitSentences(text: string, width: number, ellipsis = '…'): string {
  const sentences = text.split(/(?<=[.?]) (?=[A-Z])/);
  while (sentences.length > 1 && displayWidth(sentences.join(' ')) > width) sentences.pop();
  return truncateEnd(sentences.join(' '), width, ellipsis);
}

/** Cuts in the middle: what a path needs, whose ends tell it apart. Unpainted text only. */
export function truncateMiddle(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  const room = width - displayWidth(ellipsis);
  if (room < 2) return takeWidth(text, width);
  const head = takeWidth(text, Math.floor(room / 2));
  let tail = '';
  for (const g of [...graphemes(text)].reverse()) {
    if (displayWidth(g + tail) > room - displayWidth(head)) break;
    tail = g + tail;
  }
  return head + ellipsis + tail;
}

/** Fills with spaces up to `width` columns. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Cuts text into pieces no wider than `width`. */
export function splitWidth(word: string, width: number): readonly string[] {
  const parts: string[] = [];
  // One column each: no need to measure what is left again and again.
  if (SIMPLE.test(word) && width > 0) {
    for (let at = 0; at < word.length; at += width) parts.push(word.slice(at, at + width));
    return parts;
  }
  let rest = word;
  while (displayWidth(rest) > width) {
    const head = takeWidth(rest, width) || (graphemes(rest)[0] ?? '');
    parts.push(head);
    rest = rest.slice(head.length);
  }
  return rest === '' ? parts : [...parts, rest];
}

/** Wraps at spaces; words longer than a line are split. Never gives an empty list. Unpainted text only. */
export function wrap(text: string, width: number): readonly string[] {
  const columns = Math.max(1, width);
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ').flatMap((w) => (displayWidth(w) > columns ? splitWidth(w, columns) : [w]))) {
      if (line === '') line = word;
      else if (displayWidth(line) + 1 + displayWidth(word) <= columns) line += ` ${word}`;
      else {
        lines.push(line);
        line = word;
      }
    }
    lines.push(line);
  }
  return lines;
}

/** Wraps with a first prefix and an equally wide indent for the lines after it. */
export function wrapWith(prefix: string, text: string, width: number): readonly string[] {
  const indent = ' '.repeat(displayWidth(prefix));
  return wrap(text, Math.max(8, width - displayWidth(prefix))).map((line, i) => (i === 0 ? prefix : indent) + line);
}

/** What a shell would run or set if a pasted line began with it: a path, an assignment. */
const BEGINS_A_COMMAND = /^\s*(?:[.~\\]|\S*[/=])/;

/**
 * Wraps a remedy. A line that continues with a path has a mark before it, so that two lines pasted as they stand do not run that path:
 * the path may be one that a node named.
 */
export function wrapRemedy(text: string, width: number): readonly string[] {
  const split = (columns: number) => text.split(' ').some((word) => displayWidth(word) > columns);
  const begins = (line: string, i: number) => i > 0 && BEGINS_A_COMMAND.test(line);
  const lines = wrap(text, width);
  if (!split(width) && !lines.some(begins)) return lines;
  const room = Math.max(8, width - 2);
  return wrap(text, room).map((line, i) => (i > 0 && (split(room) || begins(line, i)) ? `… ${line}` : line));
}

/** The same with a first prefix and an equally wide indent for the lines after it. */
export function wrapRemedyWith(prefix: string, text: string, width: number): readonly string[] {
  const indent = ' '.repeat(displayWidth(prefix));
  return wrapRemedy(text, Math.max(10, width - displayWidth(prefix))).map((line, i) => (i === 0 ? prefix : indent) + line);
}
