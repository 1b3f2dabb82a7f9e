/** The track `caches`: the guide's "Step by step guide", in its order and with its numbers. */

import { advise } from '../../src/advice/advise.js';
import { forcedCacheArray } from '../../src/advice/forced-cache.js';
import { adviceContext } from '../../src/advice/gather.js';
import { pageTargets } from '../../src/caches/muc/page-targets.js';
import { mucChanges, type StoreUse } from '../../src/caches/muc/stage.js';
import { trialRefusals } from '../../src/caches/muc/trial-refusals.js';
import { serviceEndpoints } from '../../src/caches/services/endpoints.js';
import { isSharedStore } from '../../src/caches/store-scope.js';
import { mainNode } from '../../src/core/cluster.js';
import { withDetails } from '../../src/core/errors.js';
import { siteRefusals } from '../../src/survey/findings.js';
import type { PlanInput } from '../../src/track/step.js';
import { type Assembled, byStage, type StepPlans, type Track } from '../../src/track/track.js';
import { needsStep } from './1-needs.js';
import { servicePaths, servicesStep } from './2-services.js';
import { modulesStep, packagesToSimulate } from './3-modules.js';
import { storesStep } from './4-stores.js';
import { mappingsStep } from './5-mappings.js';
import { CACHES } from './titles.js';

/** Where a store instance lives: shared by all nodes or private to each. */
function storeUses(input: PlanInput, touched: readonly StoreUse[]): readonly StoreUse[] {
  const named = new Map(touched.map((s) => [s.name, s]));
  const muc = input.facts.nodes[mainNode(input.cluster).name]?.moodle?.muc;
  for (const store of muc?.state === 'ok' ? muc.config.stores : []) {
    if (!named.has(store.name)) named.set(store.name, { name: store.name, plugin: store.plugin, shared: isSharedStore(store, input.cluster, input.facts) });
  }
  return [...named.values()];
}

/** Edits of steps 4 and 5 become one sequence in the stage of Moodle's cache configuration: made, converged, emptied, proven. */
function assemble(plans: StepPlans, input: PlanInput, options: Parameters<Track['assemble']>[2]): Assembled {
  const { cluster, facts } = input;
  const stores = plans.of(storesStep).edits;
  const mappings = plans.of(mappingsStep).edits;
  const muc = mucChanges({
    cluster,
    storeEdits: options.wanted(storesStep.id) ? stores.edits : [],
    mappingEdits: options.wanted(mappingsStep.id) ? mappings.edits : [],
    stores: storeUses(input, stores.stores),
    effective: mappings.effective,
    moved: mappings.moved,
    mucHash: facts.nodes[mainNode(cluster).name]?.moodle?.mucFile.sha256 ?? null,
    ...(options.trial ? { trial: { targets: pageTargets(cluster, facts) } } : {}),
  });
  return {
    stages: { ...byStage(plans, options), muc },
    refusals: trialRefusals(
      facts,
      muc.filter((c) => c.kind === 'trial-arm'),
    ),
  };
}

export const caches: Track = {
  titles: CACHES,
  steps: [needsStep, servicesStep, modulesStep, storesStep, mappingsStep],
  surveyNeeds: (cluster, answers, facts) => ({
    paths: servicePaths(answers.services ?? []),
    services: serviceEndpoints(cluster, answers, facts ?? { nodes: {}, site: null }),
  }),
  simulations: packagesToSimulate,
  refusals: (cluster, answers, facts) =>
    siteRefusals(cluster, facts).map((refusal) => {
      // Where another cache factory decides, the same effect is shown in its own form.
      const attachment = refusal.code === 'cache-factory' ? forcedCacheArray(adviceContext(cluster, answers, facts)) : null;
      return attachment === null ? refusal : withDetails(refusal, { attachment });
    }),
  advise,
  assemble,
};
