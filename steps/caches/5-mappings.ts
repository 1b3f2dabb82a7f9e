/** Step 5 of the guide: which instance serves which cache. Its edits become one change in src/caches/muc/stage.ts, on trial. */

import type { Check } from '../../src/core/check.js';
import { mainNode } from '../../src/core/cluster.js';
import { describeEdit } from '../../src/core/muc-edit.js';
import { remedy } from '../../src/core/remedy.js';
import type { PlanInput, Step, StepPlan } from '../../src/track/step.js';
import { type MappingEdits, mappingEdits } from './lib/mapping-edits.js';
import { MAPPINGS_STEP } from './lib/mapping-rules.js';
import { titleOf } from './titles.js';

export { type MappingEdits, type MovedDefinition, mappingEdits } from './lib/mapping-edits.js';

function plan(input: PlanInput): StepPlan<MappingEdits> {
  const edits = mappingEdits(input);
  return { changes: [], findings: edits.findings, refusals: edits.refusals, edits };
}

/** The file's mappings against the wanted ones. What really serves each cache is proven by the engine on every node. */
function verify(input: PlanInput): readonly Check[] {
  const { edits, refusals } = mappingEdits(input);
  const common = { id: 'mappings', node: mainNode(input.cluster).name, step: MAPPINGS_STEP, subject: 'Mappings are up to date' };
  if (refusals[0])
    return [{ ...common, status: 'failed', detail: refusals.map((r) => r.message).join(' '), remedy: refusals[0].remedies[0] ?? remedy`Change the answers.` }];
  if (edits.length === 0) return [{ ...common, status: 'passed', detail: 'as in the answers and the recommendation' }];
  const shown = edits.slice(0, 3).map(describeEdit).join('; ');
  return [{ ...common, status: 'failed', detail: `${edits.length} differ: ${shown}${edits.length > 3 ? ' …' : ''}`, remedy: remedy`Apply the plan.` }];
}

export const mappingsStep: Step<MappingEdits> = {
  ...titleOf(MAPPINGS_STEP),
  plan,
  verify,
};
