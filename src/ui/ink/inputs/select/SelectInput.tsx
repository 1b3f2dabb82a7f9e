import { Box } from 'ink';
import type { ReactElement } from 'react';
import { paint, type RenderStyle, symbols } from '../../../text/render-style.js';
import { displayWidth, truncateEnd, wrapWith } from '../../../text/width.js';
import { Text } from '../../Text.js';
import { TextInput } from '../text/TextInput.js';
import { type Choice, type SelectState, windowOf } from './state.js';

export interface SelectInputProps {
  readonly choices: readonly Choice[];
  readonly state: SelectState;
  readonly style: RenderStyle;
  readonly height: number;
  readonly other?: string;
}

/** Columns left for the hint beside a label. */
function hintRoom(choice: Choice, style: RenderStyle): number {
  return style.width - displayWidth(labelOf(choice)) - 6;
}

function labelOf(choice: Choice): string {
  return choice.disabled === undefined ? choice.label : `${choice.label} (not available)`;
}

/** The whole hint of the chosen one below, when it was cut beside it and there is room. */
function wholeHint(choice: Choice | undefined, style: RenderStyle, room: number): readonly string[] {
  const text = choice?.disabled ?? choice?.hint ?? '';
  if (!choice || displayWidth(text) <= hintRoom(choice, style)) return [];
  const lines = wrapWith('  ', text, style.width);
  return lines.length + 1 <= room ? [' ', ...lines] : [];
}

/** One choice: label and, where there is room, its hint. */
function choiceLine(choice: Choice, chosen: boolean, style: RenderStyle): string {
  const s = symbols(style);
  const mark = chosen ? paint(style, 'accent', s.pointer) : ' ';
  const label = labelOf(choice);
  const room = hintRoom(choice, style);
  const text = choice.disabled ?? choice.hint ?? '';
  const hint = text === '' || room < 12 ? '' : `  ${truncateEnd(text, room, s.ellipsis)}`;
  const shown = chosen ? paint(style, 'strong', label) : choice.disabled === undefined ? label : paint(style, 'dim', label);
  return `${mark} ${shown}${paint(style, 'dim', hint)}`;
}

/** Choices one under the other; marks show that there are more above or below. */
export function SelectInput({ choices, state, style, height, other }: SelectInputProps): ReactElement {
  const s = symbols(style);
  if (state.other) return <TextInput state={state.other} style={style} />;
  const all: readonly Choice[] = other === undefined ? choices : [...choices, { value: '', label: other }];
  const { from, to } = windowOf(state.index, all.length, height);
  return (
    <Box flexDirection="column">
      {all.slice(from, to).map((choice, i) => {
        const more = (i === 0 && from > 0) || (from + i === to - 1 && to < all.length);
        return (
          <Text key={`${choice.value}:${choice.label}`} wrap="truncate">
            {choiceLine(choice, from + i === state.index, style)}
            {more ? paint(style, 'dim', ` ${i === 0 && from > 0 ? s.up : s.down}`) : ''}
          </Text>
        );
      })}
      {wholeHint(all[state.index], style, height - (to - from)).map((line) => (
        <Text key={line} wrap="truncate">
          {paint(style, 'dim', line)}
        </Text>
      ))}
    </Box>
  );
}
