/** Step 1 of the guide: what the caches are needed for. Asks little, advises, changes nothing. */

import { measuredFindings } from '../../src/advice/findings.js';
import { adviceContext } from '../../src/advice/gather.js';
import { CACHE_STEP } from '../../src/caches/steps.js';
import type { Finding } from '../../src/core/change.js';
import { mainNode } from '../../src/core/cluster.js';
import { remedy } from '../../src/core/remedy.js';
import type { PlanInput, Step, StepPlan } from '../../src/track/step.js';
import { titleOf } from './titles.js';

const STEP = CACHE_STEP.needs;

function plan(input: PlanInput): StepPlan {
  const context = adviceContext(input.cluster, input.answers, input.facts);
  const node = mainNode(input.cluster).name;
  const provisional = input.advice.provisional ? ' (recalculated when services and PHP modules are ready)' : '';
  const findings: readonly Finding[] = [
    {
      id: 'needs:disk',
      node,
      subject: 'Shared disk',
      is: context.disk.why,
      mustBe: 'fast',
      todo: context.disk.slow ? remedy`Fix it where you can; caches in memory and private copies on each node help.` : remedy``,
      level: context.disk.slow ? 'note' : 'ok',
    },
    ...measuredFindings(context),
    { id: 'needs:advice', node, subject: `Advice${provisional}`, is: input.advice.summary, mustBe: '', todo: remedy``, level: 'ok' },
  ];
  return { changes: [], findings, refusals: [], edits: null };
}

export const needsStep: Step = {
  ...titleOf(STEP),
  plan,
  verify: () => [],
};
