import { Text } from 'ink';
import type { ReactElement } from 'react';
import type { FlowState } from '../../flow/state.js';
import { keyBar } from '../../keys.js';
import { type Look, paint, symbols } from '../../text/look.js';
import { truncateEnd } from '../../text/width.js';
import { TextInput } from '../inputs/text/TextInput.js';
import { keyScreen, statusLine, withoutAsked, withoutCommands } from '../now.js';
import type { UiState } from '../ui-state.js';

export interface FooterProps {
  readonly flow: FlowState;
  readonly ui: UiState;
  readonly look: Look;
  readonly now: number;
}

/** What is to be done now (or typed), and the keys that work. Always two rows. */
export function Footer({ flow, ui, look, now }: FooterProps): ReactElement {
  const status = statusLine(flow, ui, now);
  const typed = ui.ask === 'search' || ui.ask === 'mapping' || ui.ask === 'password' || (ui.ask === 'name' && ui.line.text !== '');
  const label = ui.ask === 'password' ? (ui.askFor?.name ?? '') : ui.ask === 'search' ? 'Search' : ui.ask === 'mapping' ? 'Stores' : 'Name';
  const hint = ui.ask === 'mapping' ? 'empty: as advised; else primary first, with commas' : ui.ask === 'password' ? 'the password that this run had' : '';
  const keys = keyBar(keyScreen(flow, ui), look.width, look.ascii, ui.ask ? withoutAsked(flow) : withoutCommands(flow));
  return (
    <>
      {typed && !ui.message ? (
        <TextInput state={ui.line} look={look} label={label} placeholder={hint} masked={ui.ask === 'password'} />
      ) : (
        <Text wrap="truncate">{status.text === '' ? ' ' : paint(look, status.tone, truncateEnd(status.text, look.width, symbols(look).ellipsis))}</Text>
      )}
      <Text wrap="truncate">{keys.map((k) => `${paint(look, 'strong', k.key)} ${paint(look, 'dim', k.label)}`).join('  ')}</Text>
    </>
  );
}
