/** Asks a node's package manager what it would do. Reads only. */

import { WizardError } from '../../core/errors.js';
import type { Executor } from '../../exec/executor.js';
import { OUTPUT } from '../../exec/limits.js';
import { lastLines } from '../../exec/sudo.js';
import { splitSimulations } from '../../platform/simulate.js';
import type { PackageManager } from '../../platform/types.js';

const LIMIT_MS = 120_000;

/**
 * What installing each of these packages by itself would do, as raw text for `NodeFacts.simulations`.
 * @throws WizardError `change-failed` when the package manager cannot be asked
 */
export async function simulatePackages(
  executor: Executor,
  toolkitDir: string,
  manager: PackageManager,
  packages: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  if (packages.length === 0) return {};
  const result = await executor.run(
    { argv: ['sh', `${toolkitDir}/sh/apply-simulate.sh`, manager, ...packages] },
    { as: 'root', timeoutMs: LIMIT_MS, maxBytes: OUTPUT.answer },
  );
  if (result.code !== 0) {
    throw new WizardError('change-failed', `${executor.node.name}: ${manager} cannot simulate the installation.`, {
      nodes: [executor.node.name],
      evidence: lastLines(result.stderr),
    });
  }
  return splitSimulations(result.stdout, packages);
}
