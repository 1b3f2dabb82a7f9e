import { Box } from 'ink';
import type { ReactElement } from 'react';
import { count } from '../../../core/count.js';
import { paint, type RenderStyle, symbols } from '../../text/render-style.js';
import { Text } from '../Text.js';

export interface ScrollTextProps {
  readonly lines: readonly string[];
  readonly from: number;
  readonly height: number;
  readonly style: RenderStyle;
}

/** The first visible line at the end of the text; one row is for the number of lines above. */
export const lastStart = (lines: number, height: number): number => Math.max(0, lines <= height ? 0 : lines - height + 1);

/** The visible lines; when there are more, the last row says how many. */
export function ScrollText({ lines, from, height, style }: ScrollTextProps): ReactElement {
  const s = symbols(style);
  const all = lines.length <= height;
  const start = all ? 0 : Math.max(0, Math.min(from, lastStart(lines.length, height)));
  const shown = lines.slice(start, start + (all ? height : height - 1));
  const below = lines.length - start - shown.length;
  return (
    <Box flexDirection="column">
      {shown.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the window is its place
        <Text key={i} wrap="truncate">
          {line === '' ? ' ' : line}
        </Text>
      ))}
      {all ? null : <Text wrap="truncate">{paint(style, 'dim', `${s.up} ${count(start, 'line')} above  ${s.down} ${below} below`)}</Text>}
    </Box>
  );
}
