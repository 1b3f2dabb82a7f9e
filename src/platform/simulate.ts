/** Simulations of the package manager as facts. Pure; src/engine/simulate.ts asks for them. */

import { parseTransaction, type Transaction } from './transaction.js';
import type { PackageManager } from './types.js';

/** Package name → the text below its heading. */
export function splitSimulations(text: string): Readonly<Record<string, string>> {
  const parts = text.split(/^== (\S+)$/m);
  const found: Record<string, string> = {};
  for (let i = 1; i + 1 < parts.length; i += 2) found[parts[i] ?? ''] = parts[i + 1] ?? '';
  return found;
}

/** The simulation of one package as a transaction; null when it was not asked. */
export function simulated(simulations: Readonly<Record<string, string>> | undefined, manager: PackageManager, name: string): Transaction | null {
  const text = simulations?.[name];
  return text === undefined ? null : parseTransaction(manager, text);
}
