import type { ReactElement } from 'react';
import type { FlowState } from '../../flow/state.js';
import { keyBar } from '../../keys.js';
import { paint, type RenderStyle, symbols } from '../../text/render-style.js';
import { truncateEnd } from '../../text/width.js';
import { TextInput } from '../inputs/text/TextInput.js';
import { keyScreen, statusLine, withoutAsked, withoutCommands } from '../now.js';
import { Text } from '../Text.js';
import type { Ask, UiState } from '../ui-state.js';

export interface FooterProps {
  readonly flow: FlowState;
  readonly ui: UiState;
  readonly style: RenderStyle;
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
export function Footer({ flow, ui, style, now }: FooterProps): ReactElement {
  const status = statusLine(flow, ui, now);
  // What the name is wanted for stands on this line until something is typed.
  const typed = ui.ask !== null && ui.ask !== 'sure' && (ui.ask !== 'name' || ui.line.text !== '');
  const { hint } = LINES[ui.ask ?? 'sure'];
  const keys = keyBar(keyScreen(flow, ui), style.width, style.ascii, ui.ask ? withoutAsked(flow) : withoutCommands(flow));
  return (
    <>
      {typed && !ui.message ? (
        <TextInput state={ui.line} style={style} label={labelOf(ui)} placeholder={hint} masked={ui.ask === 'password'} />
      ) : (
        <Text wrap="truncate">{status.text === '' ? ' ' : paint(style, status.tone, truncateEnd(status.text, style.width, symbols(style).ellipsis))}</Text>
      )}
      <Text wrap="truncate">{keys.map((k) => `${paint(style, 'strong', k.key)} ${paint(style, 'dim', k.label)}`).join('  ')}</Text>
    </>
  );
}
