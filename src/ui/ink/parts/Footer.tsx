import type { ReactElement } from 'react';
import type { FlowState } from '../../flow/state.js';
import { keyBar } from '../../keys.js';
import { paint, type RenderStyle, symbols } from '../../text/render-style.js';
import { fitSentences } from '../../text/width.js';
import { TextInput } from '../inputs/text/TextInput.js';
import { formatReasonLabel, LINES } from '../messages.js';
import { keyScreen, statusLine, withoutAsked, withoutCommands } from '../now.js';
import { Text } from '../Text.js';
import type { UiState } from '../ui-state.js';

export interface FooterProps {
  readonly flow: FlowState;
  readonly ui: UiState;
  readonly style: RenderStyle;
  readonly now: number;
}

function labelOf({ ask, askFor, leaving }: UiState): string {
  if (ask === 'password') return askFor?.name ?? '';
  if (ask === 'reason') return formatReasonLabel(leaving);
  return LINES[ask ?? 'sure'].label;
}

/** The status or the line that is typed, and the keys that work. Always two rows. */
export function Footer({ flow, ui, style, now }: FooterProps): ReactElement {
  const status = statusLine(flow, ui, now);
  // The reason to type the name is on this line until something is typed.
  const typed = ui.ask !== null && ui.ask !== 'sure' && (ui.ask !== 'name' || ui.line.text !== '');
  const { hint } = LINES[ui.ask ?? 'sure'];
  const keys = keyBar(keyScreen(flow, ui), style.width, style.ascii, ui.ask ? withoutAsked(flow) : withoutCommands(flow));
  return (
    <>
      {typed && !ui.message ? (
        <TextInput state={ui.line} style={style} label={labelOf(ui)} placeholder={hint} masked={ui.ask === 'password'} />
      ) : (
        <Text wrap="truncate">{status.text === '' ? ' ' : paint(style, status.tone, fitSentences(status.text, style.width, symbols(style).ellipsis))}</Text>
      )}
      <Text wrap="truncate">{keys.map((k) => `${paint(style, 'strong', k.key)} ${paint(style, 'dim', k.label)}`).join('  ')}</Text>
    </>
  );
}
