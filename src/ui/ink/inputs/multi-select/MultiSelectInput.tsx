import { Box } from 'ink';
import type { ReactElement } from 'react';
import { type Look, paint, symbols } from '../../../text/look.js';
import { Text } from '../../Text.js';
import { type Choice, windowOf } from '../select/state.js';
import type { MultiState } from './state.js';

export interface MultiSelectInputProps {
  readonly choices: readonly Choice[];
  readonly state: MultiState;
  readonly look: Look;
  readonly height: number;
}

/** Choices with a box each. */
export function MultiSelectInput({ choices, state, look, height }: MultiSelectInputProps): ReactElement {
  const s = symbols(look);
  const { from, to } = windowOf(state.index, choices.length, height);
  return (
    <Box flexDirection="column">
      {choices.slice(from, to).map((choice, i) => (
        <Text key={choice.value} wrap="truncate">
          {`${from + i === state.index ? paint(look, 'accent', s.pointer) : ' '} [${state.chosen.includes(choice.value) ? s.checked : ' '}] ${choice.label}${choice.hint ? paint(look, 'dim', `  ${choice.hint}`) : ''}`}
        </Text>
      ))}
    </Box>
  );
}
