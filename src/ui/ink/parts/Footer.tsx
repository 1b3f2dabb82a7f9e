import type { ReactElement } from 'react';
import type { FlowState } from '../../flow/state.js';
import { keyBar } from '../../keys.js';
import { type Look, paint, symbols } from '../../text/look.js';
import { truncateEnd } from '../../text/width.js';
import { TextInput } from '../inputs/text/TextInput.js';
import { keyScreen, statusLine, withoutAsked, withoutCommands } from '../now.js';
import { Text } from '../Text.js';
import type { Ask, UiState } from '../ui-state.js';

export interface FooterProps {
  readonly flow: FlowState;
  readonly ui: UiState;
  readonly look: Look;
  readonly now: number;
}

/** What stands before the line that is typed, and in it while it is empty. */
const LINES: Readonly<Record<Ask, { readonly label: string; readonly hint: string }>> = {
  sure: { label: '', hint: '' },
  name: { label: 'Name', hint: '' },
  search: { label: 'Search', hint: '' },
  mapping: { label: 'Stores', hint: 'empty: as advised; else primary first, with commas' },
  which: { label: 'Which to leave out', hint: 'names with spaces between' },
  reason: { label: '', hint: 'told in every report; may be empty' },
  password: { label: '', hint: 'the password that this run had' },
};

function labelOf({ ask, askFor, leaving }: UiState): string {
  if (ask === 'password') return askFor?.name ?? '';
  if (ask === 'reason') return `Leaving out ${leaving.length > 2 ? `${leaving.length} nodes` : leaving.join(', ')}, because`;
  return LINES[ask ?? 'sure'].label;
}

/** What is to be done now (or typed), and the keys that work. Always two rows. */
export function Footer({ flow, ui, look, now }: FooterProps): ReactElement {
  const status = statusLine(flow, ui, now);
  // What the name is wanted for stands on this line until something is typed.
  const typed = ui.ask !== null && ui.ask !== 'sure' && (ui.ask !== 'name' || ui.line.text !== '');
  const { hint } = LINES[ui.ask ?? 'sure'];
  const keys = keyBar(keyScreen(flow, ui), look.width, look.ascii, ui.ask ? withoutAsked(flow) : withoutCommands(flow));
  return (
    <>
      {typed && !ui.message ? (
        <TextInput state={ui.line} look={look} label={labelOf(ui)} placeholder={hint} masked={ui.ask === 'password'} />
      ) : (
        <Text wrap="truncate">{status.text === '' ? ' ' : paint(look, status.tone, truncateEnd(status.text, look.width, symbols(look).ellipsis))}</Text>
      )}
      <Text wrap="truncate">{keys.map((k) => `${paint(look, 'strong', k.key)} ${paint(look, 'dim', k.label)}`).join('  ')}</Text>
    </>
  );
}
