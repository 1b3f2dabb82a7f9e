/** Measurements as bars on one scale for all nodes: longer is slower. Pure text for every front end. */

import { DISK_OPS, type Measurements, type NodeMeasure } from '../../core/measure.js';
import { MEASURE } from './messages.js';
import { PLAIN_STYLE, paint, type RenderStyle } from './render-style.js';
import { clean, displayWidth, pad, wrapWith } from './width.js';

interface Bar {
  readonly label: string;
  /** Milliseconds; null where there is no number, with the reason in `words`. */
  readonly ms: number | null;
  readonly words: string;
}

/** A number of milliseconds with its unit, short. */
function shortMs(ms: number): string {
  if (ms >= 100) return `${Math.round(ms)} ms`;
  if (ms >= 1) return `${ms.toFixed(1)} ms`;
  return `${ms.toFixed(3)} ms`;
}

function diskBars(node: NodeMeasure): readonly Bar[] {
  return node.places.map((p) => {
    const read = p.ops.read;
    const label = `read, ${MEASURE.places[p.place]}`;
    if (!read) return { label, ms: null, words: p.refused ?? p.failed ?? MEASURE.none };
    const others = DISK_OPS.filter((op) => op !== 'read' && op !== 'stat').flatMap((op) => (p.ops[op] ? [`${op} ${shortMs(p.ops[op].p50)}`] : []));
    return { label, ms: read.p50, words: `${p.fsType}; ${others.join(', ')}` };
  });
}

function serviceBars(node: NodeMeasure): readonly Bar[] {
  return node.services.map((s) => {
    const name = s.service.startsWith('distance:') ? `network to ${s.service.slice('distance:'.length)}` : s.service;
    const trip = s.roundTrips.find((r) => r.bytes === 1000)?.get;
    const large = [...s.roundTrips].reverse().find((r) => r.get);
    const refused = s.roundTrips.find((r) => r.refused !== undefined);
    const note = s.unmeasured !== undefined ? `${MEASURE.none}: ${s.unmeasured}` : s.via === 'php' ? MEASURE.throughPhp : MEASURE.estimate;
    const more = [
      note,
      ...(s.connect ? [`connect ${shortMs(s.connect.p50)}`] : []),
      ...(large?.get && large.bytes > 1000
        ? [`${large.bytes >= 1_000_000 ? `${(large.bytes / 1e6).toFixed(1)} MB` : `${large.bytes / 1000} kB`} ${shortMs(large.get.p50)}`]
        : []),
      ...(refused ? [`refuses ${(refused.bytes / 1e6).toFixed(1)} MB`] : []),
      ...(s.error === undefined ? [] : [s.error]),
    ].join('; ');
    return { label: `read, ${name}`, ms: trip?.p50 ?? s.connect?.p50 ?? null, words: more };
  });
}

/** Width of a bar on a logarithmic scale: on a linear one, all fast places would look alike. */
export function barLength(ms: number, least: number, most: number, width: number): number {
  if (most <= least) return width;
  const share = (Math.log10(Math.max(ms, least)) - Math.log10(least)) / (Math.log10(most) - Math.log10(least));
  return Math.max(1, Math.round(share * width));
}

function drawNode(node: NodeMeasure, scale: { readonly least: number; readonly most: number; readonly label: number }, style: RenderStyle): readonly string[] {
  const full = style.ascii ? '#' : '█';
  // Narrow terminals give each bar a line of its own.
  const narrow = style.width < scale.label + 34;
  const width = narrow ? Math.max(4, style.width - 14) : Math.min(30, style.width - scale.label - 30);
  const lines = [...diskBars(node), ...serviceBars(node)].flatMap((bar) => {
    const label = `  ${pad(clean(bar.label), scale.label)}  `;
    if (bar.ms === null) return wrapWith(label, clean(bar.words), style.width);
    const length = barLength(bar.ms, scale.least, scale.most, width);
    const drawn = `${full.repeat(length)}${' '.repeat(width - length)} ${pad(shortMs(bar.ms), 9, 'right')}`;
    if (narrow) return [...wrapWith('  ', clean(bar.label), style.width), `  ${drawn}`.trimEnd(), ...wrapWith('    ', clean(bar.words), style.width)];
    const room = style.width - displayWidth(label) - width - 12;
    return room < 16
      ? [`${label}${drawn}`.trimEnd(), ...wrapWith('    ', clean(bar.words), style.width)]
      : wrapWith(`${label}${drawn}  `, clean(bar.words), style.width);
  });
  const page = node.page
    ? wrapWith('  ', `page: ${shortMs(node.page.p50)} (median of ${node.page.n}; 95 % within ${shortMs(node.page.p95)})`, style.width)
    : [];
  return [paint(style, 'strong', node.node), ...lines, ...page, ...node.errors.flatMap((e) => wrapWith('  not measured: ', clean(e), style.width))];
}

function sharedLines(measured: Measurements, style: RenderStyle): readonly string[] {
  const { shared } = measured;
  if (!shared) return [];
  if (shared.refused !== null) return wrapWith(MEASURE.shared, `not tested, ${clean(shared.refused)}`, style.width);
  const words = shared.lookers.map((l) => {
    if (l.error !== undefined) return `${l.node} was not tested: ${clean(l.error)}`;
    if (!l.sees) return `${l.node} does not see writes of ${shared.writer}`;
    const none = shared.locked === false && l.lock === 'not-seen';
    const lock = none ? '' : ` and ${MEASURE.locks[l.lock]}`;
    const first = l.cold ? `, first read ${shortMs(l.cold.p50)}` : '';
    return `${l.node} sees writes of ${shared.writer}${(l.staleMs ?? 0) < 50 ? ' immediately' : ` after up to ${shortMs(l.staleMs ?? 0)}`}${first}${lock}`;
  });
  const locked = shared.locked === false ? [`${shared.writer} CANNOT lock files there`] : [];
  return wrapWith(MEASURE.shared, `${[...locked, ...words].join('; ')}.`, style.width);
}

/** Lines of the whole measurement; empty when nothing was measured. */
export function renderMeasurements(measured: Measurements | undefined, style: RenderStyle = PLAIN_STYLE): readonly string[] {
  if (!measured) return [];
  const nodes = Object.values(measured.nodes);
  const bars = nodes.flatMap((n) => [...diskBars(n), ...serviceBars(n)]);
  const times = bars.flatMap((b) => (b.ms === null || b.ms <= 0 ? [] : [b.ms]));
  const label = Math.min(26, Math.max(8, ...bars.map((b) => displayWidth(b.label))));
  const scale = { least: Math.min(...times, 1) / 2, most: Math.max(...times, 0.01), label };
  return [
    paint(style, 'strong', `Measured ${measured.at.slice(0, 16).replace('T', ' ')} UTC`),
    ...wrapWith('', MEASURE.scale, style.width),
    '',
    ...nodes.flatMap((n) => [...drawNode(n, scale, style), '']),
    ...sharedLines(measured, style),
  ];
}
