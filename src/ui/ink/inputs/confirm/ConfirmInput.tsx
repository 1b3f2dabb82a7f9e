import type { ReactElement } from 'react';
import { type Look, paint, symbols } from '../../../text/look.js';
import { Text } from '../../Text.js';
import type { ConfirmState } from './state.js';

/** Both answers, one of them pointed at. */
export function ConfirmInput({ state, look }: { readonly state: ConfirmState; readonly look: Look }): ReactElement {
  const pointer = paint(look, 'accent', symbols(look).pointer);
  const line = (yes: boolean, word: string) => `${state.yes === yes ? pointer : ' '} ${state.yes === yes ? paint(look, 'strong', word) : word}`;
  return (
    <>
      <Text>{line(false, 'no')}</Text>
      <Text>{line(true, 'yes')}</Text>
    </>
  );
}
