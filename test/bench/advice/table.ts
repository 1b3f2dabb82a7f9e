/** What was measured, as a table, and the regret: how much slower the recommended configuration is than the best one. */

import type { Measured, Times } from './load.js';

export interface Row extends Measured {
  readonly scenario: string;
  readonly configuration: string;
  /** The load that it was measured under. */
  readonly load: number;
  /** All configurations are measured one after the other, and then once more: what the machine does meanwhile shows in the difference. */
  readonly pass: number;
}

export interface Regret {
  /** Shares of the best: 0.05 = 5 % slower. */
  readonly warm: number;
  readonly work: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
};

/** Milliseconds of a page: the mean, over all pages, of each page's median. A median of all pages together would jump between fast and slow pages. */
export const pageMs = (times: Times): number => times.reduce((sum, page) => sum + median(page), 0) / times.length;

interface Line {
  readonly configuration: string;
  readonly ms: Readonly<Record<Kind, number>>;
  /** Half of what the passes differ by, milliseconds. */
  readonly spread: Readonly<Record<Kind, number>>;
}

const KINDS = ['warm', 'work', 'cold'] as const;
type Kind = (typeof KINDS)[number];

/** The passes of one configuration together. */
function lineOf(configuration: string, rows: readonly Row[]): Line {
  const each = (of: (kind: Kind) => number) => Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Record<Kind, number>;
  const together = (kind: Kind): Times => (rows[0]?.[kind] ?? []).map((_, page) => rows.flatMap((r) => r[kind][page] ?? []));
  const passes = (kind: Kind): readonly number[] => rows.map((r) => pageMs(r[kind]));
  return {
    configuration,
    ms: each((kind) => pageMs(together(kind))),
    spread: each((kind) => (Math.max(...passes(kind)) - Math.min(...passes(kind))) / 2),
  };
}

function regretOf(lines: readonly Line[], chosen: string, kind: Kind): number {
  const own = lines.find((l) => l.configuration === chosen);
  return own ? own.ms[kind] / Math.min(...lines.map((l) => l.ms[kind])) - 1 : Number.NaN;
}

const cell = (value: number, spread: number) => `${value.toFixed(1).padStart(8)} ±${spread.toFixed(1).padStart(5)}`;

/** Prints one scenario. */
export function printTable(scenario: string, rows: readonly Row[], chosen: string): Regret {
  const names = [...new Set(rows.map((r) => r.configuration))];
  const lines = names
    .map((name) =>
      lineOf(
        name,
        rows.filter((r) => r.configuration === name),
      ),
    )
    .sort((a, b) => a.ms.warm - b.ms.warm);
  const regret = { warm: regretOf(lines, chosen, 'warm'), work: regretOf(lines, chosen, 'work') };
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const table = lines.map(
    (l) => `${l.configuration.padEnd(28)}${KINDS.map((k) => cell(l.ms[k], l.spread[k])).join('')}${l.configuration === chosen ? '  recommended' : ''}`,
  );
  process.stdout.write(
    `\n${scenario}: first byte of a page, ms (± half of what the passes differ by)\n${''.padEnd(28)}${KINDS.map((k) => k.padStart(8).padEnd(15)).join('')}\n${table.join('\n')}\nregret: warm ${percent(regret.warm)}, after normal work ${percent(regret.work)}\n`,
  );
  return regret;
}
