/** Where no trial can be armed. Pure. */

import type { Change } from '../../core/change.js';
import { WizardError } from '../../core/errors.js';
import type { ClusterFacts } from '../../core/facts.js';
import { remedy } from '../../core/remedy.js';
import { CACHE_STEP } from '../steps.js';

/** A node without systemd has nothing that would roll back after this wizard has ended. */
export function trialRefusals(facts: ClusterFacts, armed: readonly Change[]): readonly WizardError[] {
  const without = armed.filter((c) => facts.nodes[c.node]?.systemd === false).map((c) => c.node);
  if (without.length === 0) return [];
  return [
    new WizardError('platform-refused', `Cannot schedule automatic rollback on ${without.join(', ')}: systemd does not run there.`, {
      nodes: without,
      step: CACHE_STEP.mappings,
      remedies: [remedy`Apply without a trial: apply … --no-trial (every store and mapping is still tested, and rolled back on failure).`],
    }),
  ];
}
