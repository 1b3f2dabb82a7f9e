/** What was measured, as a table, and the regret: how much slower the recommended configuration is than the best one. */

import type { Times } from './load.js';

export interface Row extends Times {
  readonly scenario: string;
  readonly configuration: string;
  /** The load that it was measured under. */
  readonly load: number;
}

export interface Regret {
  /** Shares of the best: 0.05 = 5 % slower. */
  readonly warm: number;
  readonly work: number;
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const at = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
const ms = (value: number) => value.toFixed(0).padStart(6);

function regretOf(rows: readonly Row[], chosen: string, kind: 'warm' | 'work'): number {
  const own = rows.find((r) => r.configuration === chosen);
  return own ? median(own[kind]) / Math.min(...rows.map((r) => median(r[kind]))) - 1 : Number.NaN;
}

/** Prints one scenario. */
export function printTable(scenario: string, rows: readonly Row[], chosen: string): Regret {
  const lines = [...rows]
    .sort((a, b) => median(a.warm) - median(b.warm))
    .map((r) => {
      const spread = `${ms(median(r.warm))}${ms(at(r.warm, 0.1))}${ms(at(r.warm, 0.9))}`;
      return `${r.configuration.padEnd(28)}${spread}${ms(median(r.work))}${ms(at(r.work, 0.9))}${ms(median(r.cold))}${r.configuration === chosen ? '  recommended' : ''}`;
    });
  const regret = { warm: regretOf(rows, chosen, 'warm'), work: regretOf(rows, chosen, 'work') };
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  process.stdout.write(
    `\n${scenario}: first byte, ms\n${''.padEnd(28)}  warm   p10   p90  work   p90  cold\n${lines.join('\n')}\nregret: warm ${percent(regret.warm)}, after normal work ${percent(regret.work)}\n`,
  );
  return regret;
}
