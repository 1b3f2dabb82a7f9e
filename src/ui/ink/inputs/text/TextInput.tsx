import type { ReactElement } from 'react';
import { inverse, paint, type RenderStyle, symbols } from '../../../text/render-style.js';
import { displayWidth, graphemes } from '../../../text/width.js';
import { Text } from '../../Text.js';
import { type TextState, textWindow } from './state.js';

export interface TextInputProps {
  readonly state: TextState;
  readonly style: RenderStyle;
  /** Shows marks instead of characters. */
  readonly masked?: boolean;
  /** Dim text while nothing is typed. */
  readonly placeholder?: string;
  /** Words before the line. */
  readonly label?: string;
}

/** A line of text with its cursor; long texts scroll under it. */
export function TextInput({ state, style, masked = false, placeholder = '', label = '' }: TextInputProps): ReactElement {
  const s = symbols(style);
  const shown = masked ? { ...state, text: s.mask.repeat(graphemes(state.text).length) } : state;
  const lead = label === '' ? '' : `${label} `;
  const { before, at, after } = textWindow(shown, Math.max(4, style.width - 4 - displayWidth(lead)));
  const hint = state.text === '' && placeholder !== '' ? paint(style, 'dim', placeholder) : '';
  return <Text wrap="truncate">{`${lead}${paint(style, 'accent', s.pointer)} ${before}${inverse(at)}${after}${hint}`}</Text>;
}
