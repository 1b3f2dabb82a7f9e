/** Asks a node's package manager what it would do. Reads only. */

import { WizardError } from '../core/errors.js';
import type { Executor } from '../exec/executor.js';
import { parseTransaction, type Transaction } from './transaction.js';
import type { PackageManager } from './types.js';

const LIMIT_MS = 120_000;

/**
 * What installing each of these packages by itself would do, as raw text for `NodeFacts.simulations`.
 * @throws WizardError `change-failed` when the package manager cannot be asked
 */
export async function simulatePackages(executor: Executor, kitDir: string, manager: PackageManager, packages: readonly string[]): Promise<Readonly<Record<string, string>>> {
  if (packages.length === 0) return {};
  const result = await executor.run({ argv: ['sh', `${kitDir}/sh/apply-simulate.sh`, manager, ...packages] }, { as: 'root', timeoutMs: LIMIT_MS });
  if (result.code !== 0) {
    throw new WizardError('change-failed', `${executor.node.name}: ${manager} could not be asked what it would install.`, {
      nodes: [executor.node.name],
      evidence: result.stderr.trim().split('\n').slice(-5),
    });
  }
  return splitSimulations(result.stdout);
}

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
