/** Unified diffs, coloured, with words instead of signs where signs are not read out. */

import { PLAIN_STYLE, paint, type RenderStyle, type Tone } from './render-style.js';
import { clean, displayWidth, splitWidth } from './width.js';

export interface DiffOptions {
  /** "added:" and "removed:" stand for + and -. */
  readonly words?: boolean;
  /** Lines longer than the style's width continue on the next line; otherwise they stay whole, for copying and for `patch`. */
  readonly fold?: boolean;
}

function toneOf(line: string): Tone | null {
  if (line.startsWith('+++') || line.startsWith('---')) return 'strong';
  if (line.startsWith('@@')) return 'accent';
  if (line.startsWith('+')) return 'good';
  return line.startsWith('-') ? 'bad' : null;
}

function worded(line: string, tone: Tone | null): string {
  if (tone === 'good') return `added: ${line.slice(1)}`;
  return tone === 'bad' ? `removed: ${line.slice(1)}` : line;
}

/** A line as it is, or in pieces no wider than `width`. */
export function foldLine(line: string, width: number, fold: boolean | undefined): readonly string[] {
  if (fold !== true || displayWidth(line) <= width) return [line];
  const [first = '', ...rest] = splitWidth(line, Math.max(4, width - 2));
  return [first, ...rest.map((part) => `  ${part}`)];
}

/** Lines of a unified diff. */
export function renderDiff(diff: string, style: RenderStyle = PLAIN_STYLE, options: DiffOptions = {}): readonly string[] {
  return diff
    .replace(/\n$/, '')
    .split('\n')
    .flatMap((raw) => {
      const line = clean(raw);
      const tone = toneOf(line);
      const parts = foldLine(options.words ? worded(line, tone) : line, style.width, options.fold);
      return tone ? parts.map((part) => paint(style, tone, part)) : parts;
    });
}

/** How many lines a diff adds and removes. */
export function diffSize(diff: string): { readonly added: number; readonly removed: number } {
  const lines = diff.split('\n');
  return {
    added: lines.filter((l) => l.startsWith('+') && !l.startsWith('+++')).length,
    removed: lines.filter((l) => l.startsWith('-') && !l.startsWith('---')).length,
  };
}
