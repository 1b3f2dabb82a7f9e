import { Box } from 'ink';
import type { ReactElement } from 'react';
import { currentSection, sections } from '../../flow/selectors.js';
import type { FlowState } from '../../flow/state.js';
import { PRODUCT } from '../../messages.js';
import { paint, type RenderStyle } from '../../text/render-style.js';
import { clean, displayWidth, pad, truncateEnd } from '../../text/width.js';
import { Text } from '../Text.js';
import { railLine } from './rail.js';

export interface HeaderProps {
  readonly flow: FlowState;
  readonly style: RenderStyle;
  readonly compact: boolean;
  /** The rail as a line of the header. */
  readonly rail: boolean;
}

function leftRight(left: string, right: string, width: number): { readonly left: string; readonly right: string } {
  const room = width - displayWidth(right) - 2;
  return room < 10 ? { left: truncateEnd(left, width), right: '' } : { left: pad(truncateEnd(left, room), room + 2), right };
}

/** The position: cluster, step of the guide with its title, n of N, what comes next. */
export function Header({ flow, style, compact, rail }: HeaderProps): ReactElement {
  const info = currentSection(flow);
  const all = sections(flow);
  const label = typeof flow.draft['cluster'] === 'string' ? clean(flow.draft['cluster']) : '';
  const place = `${all.findIndex((s) => s.id === info.id) + 1} of ${all.length}`;
  const formatStep = (title: string) => (info.number === '' ? title : `Step ${info.number}: ${title}`);
  const step = formatStep(info.title);
  const name = label === '' ? PRODUCT : compact ? label : `${PRODUCT}  ${label}`;
  // A title is never cut for the name beside it: where both do not fit, the short title is used.
  const whole = `${name}  ${step}`;
  const short = displayWidth(whole) + displayWidth(place) + 2 <= style.width ? whole : `${name}  ${formatStep(info.brief)}`;
  const top = leftRight(compact ? short : name, place, style.width);
  const next = `next: ${info.next}`;
  const second = leftRight(step, info.next === '' || displayWidth(step) + displayWidth(next) + 2 > style.width ? '' : next, style.width);
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">
        {paint(style, compact ? 'accent' : 'strong', top.left)}
        {paint(style, 'dim', top.right)}
      </Text>
      {compact ? null : (
        <Text wrap="truncate">
          {paint(style, 'accent', second.left)}
          {paint(style, 'dim', second.right)}
        </Text>
      )}
      {rail ? <Text wrap="truncate">{railLine(flow, style)}</Text> : null}
      <Text> </Text>
    </Box>
  );
}
