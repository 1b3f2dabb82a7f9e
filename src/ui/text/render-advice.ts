/** The advice of step 1: a summary, the available cache stores, and a decision per definition. */

import type { Advice, DefinitionAdvice } from '../../core/advice.js';
import { ADVICE, formatUnchanged } from './messages.js';
import { PLAIN_STYLE, paint, type RenderStyle, symbols } from './render-style.js';
import { renderTable } from './table.js';
import { clean, wrap, wrapWith } from './width.js';

const MODES = { 1: 'application', 2: 'session', 4: 'request' } as const;

/** The name of a mode. */
export function modeName(mode: 1 | 2 | 4): string {
  return MODES[mode];
}

/** `apcu over app`, or the default of its mode when it has no mapping of its own. */
export function formatStores(advice: DefinitionAdvice): string {
  return advice.stores.length === 0 ? `(${modeName(advice.mode)} default)` : advice.stores.join(' over ');
}

/** Definitions in the order of the table: those that change come first. */
export function sortDefinitions(definitions: readonly DefinitionAdvice[]): readonly DefinitionAdvice[] {
  return [...definitions].sort((a, b) => Number(b.changes) - Number(a.changes) || a.definition.localeCompare(b.definition, 'en', { numeric: true }));
}

function options(advice: Advice, style: RenderStyle): readonly string[] {
  if (advice.options.length === 0) return [];
  const s = symbols(style);
  return [
    '',
    paint(style, 'strong', ADVICE.options),
    ...advice.options.flatMap((o) =>
      wrapWith(`  ${o.available ? s.done : s.failed} ${o.plugin}${o.available ? '' : ADVICE.unavailable}: `, clean(o.why), style.width),
    ),
  ];
}

function services(advice: Advice, style: RenderStyle): readonly string[] {
  if (advice.services.length === 0) return [];
  const line = (s: Advice['services'][number]) => {
    const item = s.maxItemMb === undefined ? '' : `, items up to ${s.maxItemMb} MB`;
    return wrapWith(`  ${s.name} on ${s.node}: `, `${s.memoryMb} MB${item}${s.policy === undefined ? '' : `, ${s.policy}`}: ${clean(s.why)}`, style.width);
  };
  return ['', paint(style, 'strong', advice.services.some((s) => !s.listed) ? ADVICE.serviceProposed : ADVICE.services), ...advice.services.flatMap(line)];
}

/** Lines of the whole advice. Definitions that stay unchanged are only counted unless `all`. */
export function renderAdvice(advice: Advice, style: RenderStyle = PLAIN_STYLE, all = false): readonly string[] {
  const changing = sortDefinitions(advice.definitions).filter((d) => all || d.changes);
  const rest = advice.definitions.length - changing.length;
  const rows = changing.map((d) => [d.definition, d.placement, formatStores(d), clean(d.reason)]);
  const columns = [
    { title: ADVICE.columns[0], min: 16 },
    { title: ADVICE.columns[1], min: 7 },
    { title: ADVICE.columns[2], min: 10 },
    { title: ADVICE.columns[3], min: 20 },
  ];
  return [
    ...wrap(clean(advice.summary), style.width),
    ...(advice.provisional ? wrapWith('', ADVICE.provisional, style.width) : []),
    ...options(advice, style),
    ...services(advice, style),
    ...(advice.modes.length === 0 ? [] : ['', paint(style, 'strong', ADVICE.modes)]),
    ...advice.modes.flatMap((m) => wrapWith(`  ${modeName(m.mode)} ${symbols(style).arrow} ${m.store}: `, clean(m.reason), style.width)),
    ...(rows.length === 0 ? [] : ['', paint(style, 'strong', ADVICE.definitions), ...renderTable(columns, rows, style)]),
    ...(rest > 0 ? ['', paint(style, 'dim', formatUnchanged(rest))] : []),
  ];
}
