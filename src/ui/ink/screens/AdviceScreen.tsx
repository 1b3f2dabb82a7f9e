import { Box } from 'ink';
import type { ReactElement } from 'react';
import { consequence, ownStoresKey } from '../../../advice/overruled.js';
import { getAt } from '../../../answers/draft.js';
import { contextOf } from '../../flow/selectors.js';
import type { FlowState } from '../../flow/state.js';
import { formatStores, sortDefinitions } from '../../text/render-advice.js';
import { paint, type RenderStyle, symbols } from '../../text/render-style.js';
import { clean, displayWidth, pad, truncateEnd, truncateMiddle, wrap, wrapWith } from '../../text/width.js';
import { windowOf } from '../inputs/select/state.js';
import { Text } from '../Text.js';

export interface AdviceScreenProps {
  readonly flow: FlowState;
  readonly index: number;
  readonly style: RenderStyle;
  readonly height: number;
}

/** As many rows as there is room for; the last one shows that there are more. */
function firstRows(rows: readonly string[], room: number, style: RenderStyle): readonly string[] {
  const { ellipsis } = symbols(style);
  const cut = (row: string) => (displayWidth(row) + 2 <= style.width ? `${row} ${ellipsis}` : truncateEnd(row, style.width - 1, '') + ellipsis);
  return rows.slice(0, room).map((row, i) => (i === room - 1 && rows.length > room ? cut(row) : row));
}

/** The recommendations as a table: definition, placement, stores; the reason of the selected row below. */
export function AdviceScreen({ flow, index, style, height }: AdviceScreenProps): ReactElement | null {
  if (flow.survey.state !== 'done') return null;
  const { advice } = flow.survey.value;
  const s = symbols(style);
  const rows = sortDefinitions(advice.definitions);
  const chosen = rows[index];
  // An overruled row shows what that costs instead: on three rows if there is room.
  const cost = chosen ? consequence(contextOf(flow), chosen) : null;
  const reasonRows = cost !== null && height >= 12 ? 3 : 2;
  const why = chosen ? wrapWith(cost === null ? 'Why: ' : 'Your choice: ', cost ?? clean(chosen.reason), style.width) : [];
  const reason = firstRows(why, reasonRows, style);
  const summary = wrap(clean(advice.summary), style.width);
  // With few rows the table comes first.
  const gap = height >= 12 ? 1 : 0;
  const summaryRoom = Math.max(1, Math.min(summary.length, height - 8, 4));
  const tableHeight = Math.max(2, height - summaryRoom - gap - 1 - reasonRows);
  const { from, to } = windowOf(index, rows.length, tableHeight);
  const first = Math.min(Math.max(12, ...rows.map((r) => displayWidth(r.definition))), Math.max(14, Math.floor(style.width * 0.42)));
  // Where there is room the table shows the reasons as well.
  const wide = style.width >= 110;
  const line = (row: (typeof rows)[number], at: number) => {
    const own = getAt(flow.draft, ownStoresKey(row.definition));
    const stores = Array.isArray(own) ? `${(own as string[]).join(' over ')} (your choice)` : formatStores(row);
    const text = `${pad(truncateMiddle(row.definition, first, s.ellipsis), first)}  ${row.changes || own !== undefined ? '*' : ' '} ${pad(row.placement, 7)}  ${stores}`;
    const cut = truncateEnd(wide ? `${pad(text, first + 36)}  ${clean(row.reason)}` : text, style.width - 2, s.ellipsis);
    return at === index ? `${paint(style, 'accent', s.pointer)} ${paint(style, 'strong', cut)}` : `  ${cut}`;
  };
  const shown = firstRows(summary, summaryRoom, style);
  const place = `${index + 1} of ${rows.length}`;
  const heading = `${pad(`  ${pad('Definition', first)}    Where    Stores${wide ? `${' '.repeat(19)}Why` : ''}`, style.width - displayWidth(place) - 1)} ${place}`;
  return (
    <Box flexDirection="column">
      {shown.map((l) => (
        <Text key={l} wrap="truncate">
          {l}
        </Text>
      ))}
      {gap > 0 ? <Text> </Text> : null}
      <Text wrap="truncate">{paint(style, 'dim', heading)}</Text>
      {rows.slice(from, to).map((row, i) => (
        <Text key={row.definition} wrap="truncate">
          {line(row, from + i)}
        </Text>
      ))}
      {reason.map((l) => (
        <Text key={l} wrap="truncate">
          {paint(style, 'accent', l)}
        </Text>
      ))}
    </Box>
  );
}
