/** How text is rendered: width, colour and symbols, decided once and passed to every renderer. */

import { PAINTS } from '../../core/clean.js';

export interface RenderStyle {
  /** Columns to stay within. */
  readonly width: number;
  readonly colour: boolean;
  /** Only ASCII characters. */
  readonly ascii: boolean;
}

export const PLAIN_STYLE: RenderStyle = { width: 80, colour: false, ascii: false };

export type Tone = 'strong' | 'dim' | 'good' | 'bad' | 'warn' | 'accent';

/** Text in a tone; unchanged without colour. */
export function paint(style: Pick<RenderStyle, 'colour'>, tone: Tone, text: string): string {
  if (!style.colour || text === '') return text;
  const [on, off] = PAINTS[tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

export interface Symbols {
  readonly done: string;
  readonly failed: string;
  readonly unknown: string;
  readonly running: string;
  readonly open: string;
  readonly skipped: string;
  readonly warning: string;
  readonly pointer: string;
  readonly bullet: string;
  readonly dash: string;
  readonly dot: string;
  readonly ellipsis: string;
  readonly rule: string;
  readonly arrow: string;
  readonly up: string;
  readonly down: string;
  readonly checked: string;
  readonly unchecked: string;
  readonly mask: string;
}

const UNICODE: Symbols = {
  done: '✔',
  failed: '✖',
  unknown: '?',
  running: '●',
  open: '○',
  skipped: '–',
  warning: '!',
  pointer: '❯',
  bullet: '•',
  dash: '–',
  dot: '·',
  ellipsis: '…',
  rule: '─',
  arrow: '→',
  up: '↑',
  down: '↓',
  checked: '◼',
  unchecked: '◻',
  mask: '•',
};

const ASCII: Symbols = {
  done: '+',
  failed: 'x',
  unknown: '?',
  running: '*',
  open: '.',
  skipped: '-',
  warning: '!',
  pointer: '>',
  bullet: '-',
  dash: '-',
  dot: '|',
  ellipsis: '~',
  rule: '-',
  arrow: '->',
  up: '^',
  down: 'v',
  checked: 'x',
  unchecked: ' ',
  mask: '*',
};

/** The symbols of a style. Words stand beside them wherever they tell a state. */
export function symbols(style: Pick<RenderStyle, 'ascii'>): Symbols {
  return style.ascii ? ASCII : UNICODE;
}

/** Milliseconds for people: `340 ms`, `4.2 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  if (ms > 0 && ms < 0.1) return '<0.1 ms';
  if (ms < 1000) return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 60_000 && ms % 1000 === 0) return `${ms / 1000} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9_950 ? 1 : 0)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Swapped colours: how the cursor is shown. It is no colour, so it stays without colour too. */
export function inverse(text: string): string {
  const [on, off] = PAINTS.inverse;
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
