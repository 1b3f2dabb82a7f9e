/** Simulations of the package manager as facts. Pure; src/engine/session/simulate.ts asks for them. */

import { parseTransaction, type Transaction } from './transaction.js';
import type { PackageManager } from './types.js';

/** A simulation takes a few lines a package; what is longer is cut and then read as far as it goes. Characters. */
const MOST = 256_000;

/** Package name → the text below its heading, of the packages that were asked for. */
export function splitSimulations(text: string, asked: readonly string[]): Readonly<Record<string, string>> {
  const whole = `\n${text}`;
  const found = asked.flatMap((name) => {
    const heading = `\n== ${name}\n`;
    const at = whole.indexOf(heading);
    if (at < 0) return [];
    const from = at + heading.length - 1;
    const next = whole.indexOf('\n== ', from);
    return [[name, whole.slice(from, Math.min(next < 0 ? whole.length : next + 1, from + MOST))] as const];
  });
  return Object.fromEntries(found);
}

/** The simulation of one package as a transaction; null when it was not asked. */
export function simulated(simulations: Readonly<Record<string, string>> | undefined, manager: PackageManager, name: string): Transaction | null {
  const text = simulations?.[name];
  return text === undefined ? null : parseTransaction(manager, text);
}
