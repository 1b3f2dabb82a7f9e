/** Step 4 of the guide: store instances, every field explained. Its edits become one change in src/caches/muc/stage.ts. */

import { adviceContext } from '../../src/advice/gather.js';
import { plannedStores } from '../../src/advice/instances.js';
import type { Check } from '../../src/core/check.js';
import { mainNode } from '../../src/core/cluster.js';
import { remedy } from '../../src/core/remedy.js';
import type { PlanInput, Step, StepPlan } from '../../src/track/step.js';
import { STORES_STEP, type StoreEdits, storeEdits } from './lib/store-edits.js';
import { titleOf } from './titles.js';

export { type StoreEdits, type StoreUse, storeEdits } from './lib/store-edits.js';

function plan(input: PlanInput): StepPlan<StoreEdits> {
  const edits = storeEdits(input);
  return { changes: [], findings: edits.findings, refusals: edits.refusals, edits };
}

/** Configured, that is: in the file as the answers say. Whether each node reaches it is proven by the engine. */
function verify(input: PlanInput): readonly Check[] {
  const node = mainNode(input.cluster).name;
  const { edits, refusals } = storeEdits(input);
  return plannedStores(adviceContext(input.cluster, input.answers, input.facts)).map((store): Check => {
    const edit = edits.find((e) => e.edit === 'store' && e.name === store.name);
    const common = { id: `store:${store.name}`, node, step: STORES_STEP, subject: `"${store.name}" is configured`, store: store.name };
    const refused = refusals.find((r) => r.message.includes(`"${store.name}"`));
    if (refused) return { ...common, status: 'failed', detail: refused.message, ...(refused.remedies[0] === undefined ? {} : { remedy: refused.remedies[0] }) };
    if (edit) return { ...common, status: 'failed', detail: store.existing ? edit.why : 'missing', remedy: remedy`Apply the plan.` };
    return { ...common, status: 'passed', detail: `${store.plugin}, up to date` };
  });
}

export const storesStep: Step<StoreEdits> = {
  ...titleOf(STORES_STEP),
  plan,
  verify,
};
