import { Box, Text } from 'ink';
import type { ReactElement } from 'react';
import { type Look, paint, symbols } from '../../text/look.js';

export interface ScrollTextProps {
  readonly lines: readonly string[];
  readonly from: number;
  readonly height: number;
  readonly look: Look;
}

/** The lines in sight; when there are more, the last row says how many. */
export function ScrollText({ lines, from, height, look }: ScrollTextProps): ReactElement {
  const s = symbols(look);
  const start = Math.max(0, Math.min(from, lines.length - height));
  const all = lines.length <= height;
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
      {all ? null : <Text wrap="truncate">{paint(look, 'dim', `${s.up} ${start} lines above  ${s.down} ${below} below`)}</Text>}
    </Box>
  );
}
