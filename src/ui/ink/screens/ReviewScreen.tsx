import { Box } from 'ink';
import type { ReactElement } from 'react';
import { type ReviewRow, reviewRows } from '../../flow/review.js';
import type { FlowState } from '../../flow/state.js';
import { paint, type RenderStyle, symbols } from '../../text/render-style.js';
import { displayWidth, pad, truncateEnd } from '../../text/width.js';
import { windowOf } from '../inputs/select/state.js';
import { Text } from '../Text.js';

export interface ReviewScreenProps {
  readonly flow: FlowState;
  readonly index: number;
  readonly style: RenderStyle;
  readonly height: number;
}

/** Every answer with its section; the chosen one can be changed. */
export function ReviewScreen({ flow, index, style, height }: ReviewScreenProps): ReactElement {
  const s = symbols(style);
  const rows = reviewRows(flow);
  const { from, to } = windowOf(index, rows.length, height - 1);
  const section = Math.max(...rows.map((r) => displayWidth(r.section)));
  const label = Math.min(Math.max(...rows.map((r) => displayWidth(r.label))), Math.floor(style.width * 0.4));
  const draw = (row: ReviewRow, i: number) => {
    const first = i === from || rows[i - 1]?.section !== row.section;
    const text = `${pad(first ? row.section : '', section)}  ${pad(truncateEnd(row.label, label, s.ellipsis), label)}  ${row.value}`;
    const cut = truncateEnd(text, style.width - 2, s.ellipsis);
    if (i === index) return `${paint(style, 'accent', s.pointer)} ${paint(style, 'strong', cut)}`;
    return `  ${row.advanced ? paint(style, 'dim', cut) : row.value === 'not answered yet' ? paint(style, 'warn', cut) : cut}`;
  };
  return (
    <Box flexDirection="column">
      {rows.slice(from, to).map((row, i) => (
        <Text key={row.page} wrap="truncate">
          {draw(row, from + i)}
        </Text>
      ))}
      <Text wrap="truncate">{paint(style, 'dim', `  ${index + 1} of ${rows.length}`)}</Text>
    </Box>
  );
}
