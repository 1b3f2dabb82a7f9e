import { Box } from 'ink';
import type { ReactElement } from 'react';
import { paint, type RenderStyle, symbols } from '../../../text/render-style.js';
import { truncateEnd } from '../../../text/width.js';
import { INPUT } from '../../messages.js';
import { Text } from '../../Text.js';
import { windowOf } from '../select/state.js';
import { TextInput } from '../text/TextInput.js';
import type { ListState } from './state.js';

export interface ListInputProps {
  readonly state: ListState;
  readonly style: RenderStyle;
  readonly height: number;
  readonly example: string;
}

/** Entries with their numbers; the input line is always visible. */
export function ListInput({ state, style, height, example }: ListInputProps): ReactElement {
  const s = symbols(style);
  const { from, to } = windowOf(Math.min(state.index, state.entries.length - 1), state.entries.length, height - 1);
  const shown = state.entries.slice(from, to);
  return (
    <Box flexDirection="column">
      {shown.map((entry, i) => {
        const chosen = from + i === state.index;
        const hidden =
          i === 0 && from > 0
            ? ` ${s.up} ${from} more`
            : from + i === to - 1 && to < state.entries.length
              ? ` ${s.down} ${state.entries.length - to} more`
              : '';
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries may be equal, their place tells them apart
          <Text key={`${from + i}:${entry}`} wrap="truncate">
            {`${chosen ? paint(style, 'accent', s.pointer) : ' '} ${String(from + i + 1).padStart(2)}. ${truncateEnd(entry, style.width - 8 - hidden.length, s.ellipsis)}${paint(style, 'dim', hidden)}`}
          </Text>
        );
      })}
      {state.index === state.entries.length ? (
        <TextInput state={state.input} style={style} placeholder={state.entries.length === 0 ? `for example: ${example}` : INPUT.nextEntry} />
      ) : (
        <Text wrap="truncate">
          {paint(style, 'dim', `  ${state.input.text === '' ? (style.ascii ? INPUT.entryKeysAscii : INPUT.entryKeys) : state.input.text}`)}
        </Text>
      )}
    </Box>
  );
}
