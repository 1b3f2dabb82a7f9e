/** The track `caches` in words, numbers and questions: the guide's "Step by step guide". */

import { CACHE_STEP } from '../../src/caches/steps.js';
import type { StepTitle, TrackTitles } from '../../src/track/titles.js';
import { NEEDS_QUESTIONS } from './1-needs.questions.js';
import { serviceQuestions } from './2-services.questions.js';
import { MODULE_QUESTIONS } from './3-modules.questions.js';
import { storeQuestions } from './4-stores.questions.js';
import { mappingQuestions } from './5-mappings.questions.js';

export const CACHES: TrackTitles = {
  id: 'caches',
  title: 'Caches',
  guide: 'Step by step guide for server cluster with MUC cache stores',
  purpose: 'It replaces the default caches with caches that suit your cluster, and verifies them on every node.',
  answers: ['needs', 'services', 'modules', 'stores', 'mappings', 'remove'],
  advises: true,
  stages: [
    { id: 'services', title: 'cache services' },
    { id: 'modules', title: 'PHP modules' },
    { id: 'muc', title: "Moodle's cache configuration", followsOthers: true, guard: 'muc' },
  ],
  steps: [
    {
      id: CACHE_STEP.needs,
      number: '1',
      short: 'Needs',
      brief: 'Need for caches',
      title: 'Determine your specific need for caches',
      why: 'The caches depend on the shared disk, the number of users and the speed you want. A small site on a fast disk needs none.',
      stage: null,
      questions: () => NEEDS_QUESTIONS,
      beforeSurvey: true,
    },
    {
      id: CACHE_STEP.services,
      number: '2',
      short: 'Services',
      brief: 'Cache services',
      title: 'Configure the cache services, test and verify them',
      why: 'A shared memory service helps only when every node always reaches it. A node that cannot reach it silently uses the shared disk.',
      stage: 'services',
      questions: serviceQuestions,
    },
    {
      id: CACHE_STEP.modules,
      number: '3',
      short: 'Modules',
      brief: 'PHP modules',
      title: 'Install the cache support on the servers',
      why: 'A node without the PHP extension of a store silently uses the shared file store instead.',
      stage: 'modules',
      questions: () => MODULE_QUESTIONS,
    },
    {
      id: CACHE_STEP.stores,
      number: '4',
      short: 'Stores',
      brief: 'Stores',
      title: 'Create the stores',
      why: 'A store defines where a service is and how Moodle uses it. No cache uses it before step 5, so it can be verified on every node first.',
      stage: 'muc',
      questions: storeQuestions,
    },
    {
      id: CACHE_STEP.mappings,
      number: '5',
      short: 'Mappings',
      brief: 'Mappings',
      title: 'Map the definitions to the stores',
      why: 'Caches move in this step only, on trial: every node schedules an automatic rollback first, which runs if anything fails.',
      stage: 'muc',
      questions: mappingQuestions,
    },
  ],
};

/** The title of one step. @throws Error for an id that is not in the list */
export function titleOf(id: string): StepTitle {
  const found = CACHES.steps.find((s) => s.id === id);
  if (!found) throw new Error(`no step ${id}`);
  return found;
}
