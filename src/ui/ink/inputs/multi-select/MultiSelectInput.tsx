import { Box } from 'ink';
import type { ReactElement } from 'react';
import { paint, type RenderStyle, symbols } from '../../../text/render-style.js';
import { Text } from '../../Text.js';
import { type Choice, windowOf } from '../select/state.js';
import type { MultiState } from './state.js';

export interface MultiSelectInputProps {
  readonly choices: readonly Choice[];
  readonly state: MultiState;
  readonly style: RenderStyle;
  readonly height: number;
}

/** Choices with a box each. */
export function MultiSelectInput({ choices, state, style, height }: MultiSelectInputProps): ReactElement {
  const s = symbols(style);
  const { from, to } = windowOf(state.index, choices.length, height);
  return (
    <Box flexDirection="column">
      {choices.slice(from, to).map((choice, i) => (
        <Text key={choice.value} wrap="truncate">
          {`${from + i === state.index ? paint(style, 'accent', s.pointer) : ' '} [${state.chosen.includes(choice.value) ? s.checked : ' '}] ${choice.label}${choice.hint ? paint(style, 'dim', `  ${choice.hint}`) : ''}`}
        </Text>
      ))}
    </Box>
  );
}
