import { Box } from 'ink';
import type { ReactElement } from 'react';
import { type Look, paint, symbols } from '../../../text/look.js';
import { displayWidth, truncateEnd, wrapWith } from '../../../text/width.js';
import { Text } from '../../Text.js';
import { TextInput } from '../text/TextInput.js';
import { type Choice, type SelectState, windowOf } from './state.js';

export interface SelectInputProps {
  readonly choices: readonly Choice[];
  readonly state: SelectState;
  readonly look: Look;
  readonly height: number;
  readonly other?: string;
}

/** Columns left for the hint beside a label. */
function hintRoom(choice: Choice, look: Look): number {
  return look.width - displayWidth(labelOf(choice)) - 6;
}

function labelOf(choice: Choice): string {
  return choice.disabled === undefined ? choice.label : `${choice.label} (not possible)`;
}

/** The whole hint of the chosen one below, when it was cut beside it and there is room. */
function wholeHint(choice: Choice | undefined, look: Look, room: number): readonly string[] {
  const text = choice?.disabled ?? choice?.hint ?? '';
  if (!choice || displayWidth(text) <= hintRoom(choice, look)) return [];
  const lines = wrapWith('  ', text, look.width);
  return lines.length + 1 <= room ? [' ', ...lines] : [];
}

/** One choice: label and, where there is room, its hint. */
function choiceLine(choice: Choice, chosen: boolean, look: Look): string {
  const s = symbols(look);
  const mark = chosen ? paint(look, 'accent', s.pointer) : ' ';
  const label = labelOf(choice);
  const room = hintRoom(choice, look);
  const text = choice.disabled ?? choice.hint ?? '';
  const hint = text === '' || room < 12 ? '' : `  ${truncateEnd(text, room, s.ellipsis)}`;
  const shown = chosen ? paint(look, 'strong', label) : choice.disabled === undefined ? label : paint(look, 'dim', label);
  return `${mark} ${shown}${paint(look, 'dim', hint)}`;
}

/** Choices one under the other; marks show that there are more above or below. */
export function SelectInput({ choices, state, look, height, other }: SelectInputProps): ReactElement {
  const s = symbols(look);
  if (state.other) return <TextInput state={state.other} look={look} />;
  const all: readonly Choice[] = other === undefined ? choices : [...choices, { value: '', label: other }];
  const { from, to } = windowOf(state.index, all.length, height);
  return (
    <Box flexDirection="column">
      {all.slice(from, to).map((choice, i) => {
        const more = (i === 0 && from > 0) || (from + i === to - 1 && to < all.length);
        return (
          <Text key={`${choice.value}:${choice.label}`} wrap="truncate">
            {choiceLine(choice, from + i === state.index, look)}
            {more ? paint(look, 'dim', ` ${i === 0 && from > 0 ? s.up : s.down}`) : ''}
          </Text>
        );
      })}
      {wholeHint(all[state.index], look, height - (to - from)).map((line) => (
        <Text key={line} wrap="truncate">
          {paint(look, 'dim', line)}
        </Text>
      ))}
    </Box>
  );
}
