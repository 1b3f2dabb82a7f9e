import { Box } from 'ink';
import type { ReactElement } from 'react';
import type { FlowQuestion } from '../../flow/question.js';
import { paint, type RenderStyle, symbols } from '../../text/render-style.js';
import { takeWidth, wrap } from '../../text/width.js';
import { ConfirmInput } from '../inputs/confirm/ConfirmInput.js';
import { ListInput } from '../inputs/list/ListInput.js';
import { MultiSelectInput } from '../inputs/multi-select/MultiSelectInput.js';
import { SelectInput } from '../inputs/select/SelectInput.js';
import { TextInput } from '../inputs/text/TextInput.js';
import { INPUT } from '../messages.js';
import { Text } from '../Text.js';
import type { Input } from '../ui-state.js';

export interface QuestionScreenProps {
  readonly question: FlowQuestion;
  readonly input: Input;
  /** It has an answer already. */
  readonly answered: boolean;
  readonly style: RenderStyle;
  readonly height: number;
}

function Widget({ question, input, answered, style, height }: QuestionScreenProps): ReactElement | null {
  switch (input.kind) {
    case 'text':
      return <TextInput state={input.state} style={style} placeholder={question.optional === true ? INPUT.optional : ''} />;
    case 'secret':
      return (
        <TextInput
          state={input.state}
          style={style}
          masked
          placeholder={input.first !== null ? INPUT.again : answered ? INPUT.keep : question.optional === true ? INPUT.optional : ''}
        />
      );
    case 'select':
      return (
        <SelectInput
          choices={question.choices ?? []}
          state={input.state}
          style={style}
          height={height}
          {...(question.other === undefined ? {} : { other: question.other })}
        />
      );
    case 'multiselect':
      return <MultiSelectInput choices={question.choices ?? []} state={input.state} style={style} height={height} />;
    case 'confirm':
      return <ConfirmInput state={input.state} style={style} />;
    case 'list':
      return <ListInput state={input.state} style={style} height={height} example={question.list?.example ?? ''} />;
    case 'none':
      return null;
  }
}

/** Rows the widget wants at least, so that help never pushes it off. */
function wanted(question: FlowQuestion, input: Input, height: number): number {
  if (input.kind === 'list') return Math.min(height < 12 ? 5 : 8, input.state.entries.length + 1);
  if (input.kind === 'confirm') return 2;
  return question.choices ? Math.min(5, question.choices.length + (question.other === undefined ? 0 : 1)) : 1;
}

/** A question: what is asked, what to fill in, and the input. Help is cut before the input is. */
export function QuestionScreen({ question, input, answered, style, height }: QuestionScreenProps): ReactElement {
  const title = wrap(question.message, style.width);
  const help = wrap(question.help, style.width);
  const gaps = height >= 12 ? 2 : 1;
  const room = Math.max(0, height - title.length - gaps - wanted(question, input, height));
  const ellipsis = symbols(style).ellipsis;
  const cut =
    room === 0 ? [] : [...help.slice(0, room - 1), `${takeWidth(help[room - 1] ?? '', style.width - 1 - INPUT.helpCut.length)}${ellipsis}${INPUT.helpCut}`];
  const shown = help.length <= room ? help : cut;
  const left = height - title.length - shown.length - gaps;
  return (
    <Box flexDirection="column">
      {title.map((line) => (
        <Text key={line}>{paint(style, 'strong', line)}</Text>
      ))}
      {shown.map((line) => (
        <Text key={line} wrap="truncate">
          {paint(style, 'dim', line)}
        </Text>
      ))}
      <Text> </Text>
      <Widget question={question} input={input} answered={answered} style={style} height={left} />
    </Box>
  );
}
