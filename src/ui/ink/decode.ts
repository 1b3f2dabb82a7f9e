/** What Ink tells of the keyboard as named keys: pastes whole, typed-ahead text key by key. */

import type { Key as InkKey } from 'ink';
import { graphemes } from '../text/width.js';

export interface Key {
  /** `up`, `enter`, `ctrl+c`, `paste`, or the character itself. */
  readonly name: string;
  /** The text that it types, if any. */
  readonly text: string;
}

const key = (name: string, text = ''): Key => ({ name, text });

function special(input: string, ink: InkKey): Key | null {
  if (ink.ctrl && input.length === 1) return key(`ctrl+${input.toLowerCase()}`);
  if (ink.upArrow) return key('up');
  if (ink.downArrow) return key('down');
  if (ink.leftArrow) return key('left');
  if (ink.rightArrow) return key('right');
  if (ink.pageUp) return key('pageup');
  if (ink.pageDown) return key('pagedown');
  if (ink.home) return key('home');
  if (ink.end) return key('end');
  if (ink.escape) return key('escape');
  if (ink.tab) return key('tab');
  // Ink calls the Backspace key "delete".
  if (ink.backspace || ink.delete) return key('backspace');
  return ink.return ? key('enter') : null;
}

/** Characters that arrived in one piece. */
function characters(text: string): readonly Key[] {
  return graphemes(text).flatMap((g) => {
    if (g === '\r' || g === '\n' || g === '\r\n') return [key('enter')];
    if (g === '\t') return [key('tab')];
    if (g === '\u007f' || g === '\b') return [key('backspace')];
    const code = g.codePointAt(0) ?? 0;
    if (code > 0 && code < 27) return [key(`ctrl+${String.fromCharCode(code + 96)}`)];
    if (code < 32) return [];
    return [key(g === ' ' ? 'space' : g, g)];
  });
}

/** Fewer lines in one piece are answers typed ahead. */
const PASTED_LINES = 4;

/** Many lines at once, from a terminal that does not mark pastes. */
function looksPasted(text: string): boolean {
  return text.split(/[\r\n]+/).filter((l) => l.trim() !== '').length >= PASTED_LINES;
}

/** A decoder that remembers an open paste. Terminals mark pastes when asked to (`ESC[?2004h`). */
export function createDecoder(): (input: string, ink: InkKey) => readonly Key[] {
  let pasting: string | null = null;
  return (input, ink) => {
    if (input === '[200~') {
      pasting = '';
      return [];
    }
    if (input === '[201~') {
      const text = pasting ?? '';
      pasting = null;
      return text === '' ? [] : [key('paste', text)];
    }
    if (pasting !== null) {
      pasting += input === '' && ink.tab ? '\t' : input === '' && ink.return ? '\n' : input;
      return [];
    }
    // Esc and a letter in one piece: two keys typed fast, not Alt.
    if (ink.meta && !ink.escape && !ink.ctrl && special(input, ink) === null && input !== '') return [key('escape'), ...characters(input)];
    const one = special(input, ink);
    if (one) return [one];
    return looksPasted(input) ? [key('paste', input)] : characters(input);
  };
}
