import type { ReactElement } from 'react';
import { paint, type RenderStyle, symbols } from '../../../text/render-style.js';
import { Text } from '../../Text.js';
import type { ConfirmState } from './state.js';

/** Both answers, one of them pointed at. */
export function ConfirmInput({ state, style }: { readonly state: ConfirmState; readonly style: RenderStyle }): ReactElement {
  const pointer = paint(style, 'accent', symbols(style).pointer);
  const line = (yes: boolean, word: string) => `${state.yes === yes ? pointer : ' '} ${state.yes === yes ? paint(style, 'strong', word) : word}`;
  return (
    <>
      <Text>{line(false, 'no')}</Text>
      <Text>{line(true, 'yes')}</Text>
    </>
  );
}
