/** The cache configuration as it will be when all edits are made: what step 5 judges mappings by. Pure. */

import type { AdviceContext } from '../../../src/advice/context.js';
import type { PlannedStore } from '../../../src/advice/instances.js';
import type { MucConfig, MucStore } from '../../../src/core/facts.js';

/** Instances after step 4 and after the removals that the answers ask for. */
export function targetStores(context: AdviceContext, planned: readonly PlannedStore[]): readonly MucStore[] {
  const removed = new Set(context.answers.remove?.stores ?? []);
  const added = planned
    .filter((p) => !p.existing)
    .map((p): MucStore => ({ name: p.name, plugin: p.plugin, configuration: p.wanted.configuration, default: false }));
  return [...context.muc.stores.filter((s) => s.default || !removed.has(s.name)), ...added];
}

/** `muc` with other instances and mappings. */
export function targetConfig(
  muc: MucConfig,
  stores: readonly MucStore[],
  modes: Readonly<Record<1 | 2 | 4, readonly string[]>>,
  definitions: Readonly<Record<string, readonly string[]>>,
): MucConfig {
  return { ...muc, stores, modeMappings: modes, definitionMappings: definitions };
}
