import type { ReactElement } from 'react';
import { inverse, type Look, paint, symbols } from '../../../text/look.js';
import { displayWidth, graphemes } from '../../../text/width.js';
import { Text } from '../../Text.js';
import { type TextState, textWindow } from './state.js';

export interface TextInputProps {
  readonly state: TextState;
  readonly look: Look;
  /** Shows marks instead of characters. */
  readonly masked?: boolean;
  /** Dim text while nothing is typed. */
  readonly placeholder?: string;
  /** Words before the line. */
  readonly label?: string;
}

/** A line of text with its cursor; long texts scroll under it. */
export function TextInput({ state, look, masked = false, placeholder = '', label = '' }: TextInputProps): ReactElement {
  const s = symbols(look);
  const shown = masked ? { ...state, text: s.mask.repeat(graphemes(state.text).length) } : state;
  const lead = label === '' ? '' : `${label} `;
  const { before, at, after } = textWindow(shown, Math.max(4, look.width - 4 - displayWidth(lead)));
  const hint = state.text === '' && placeholder !== '' ? paint(look, 'dim', placeholder) : '';
  return <Text wrap="truncate">{`${lead}${paint(look, 'accent', s.pointer)} ${before}${inverse(at)}${after}${hint}`}</Text>;
}
