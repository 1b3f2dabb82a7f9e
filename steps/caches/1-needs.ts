/** Step 1 of the guide: what the caches are needed for. Asks little, advises, changes nothing. */

import { measuredFindings } from '../../src/advice/findings.js';
import { adviceContext } from '../../src/advice/gather.js';
import { FEW_USERS } from '../../src/advice/rules.js';
import { CACHE_STEP } from '../../src/caches/steps.js';
import type { Finding } from '../../src/core/change.js';
import { mainNode } from '../../src/core/cluster.js';
import { remedy } from '../../src/core/remedy.js';
import type { PlanInput, Question, Step, StepPlan } from '../../src/track/step.js';

import { titleOf } from './titles.js';

const STEP = CACHE_STEP.needs;

const USERS: Question = {
  key: 'needs.users',
  kind: 'number',
  message: 'How many people use the site in a busy hour?',
  help: `A whole number, such as 2000; a guess will do. Up to ${FEW_USERS} a service in memory is rarely worth running. Reports > Live logs of a busy hour tell it.`,
  validate: (value) =>
    Number.isInteger(Number(value)) && Number(value) >= 1 && Number(value) <= 10_000_000 ? null : 'A whole number from 1 to 10,000,000, please.',
};

const DISK: Question = {
  key: 'needs.sharedDisk',
  kind: 'select',
  message: 'How fast is the shared disk (dataroot)?',
  help: 'The disk that all nodes share. "measure" lets the wizard decide from what it finds; the other two overrule it.',
  default: 'measure',
  choices: [
    { value: 'measure', label: 'Find out', hint: 'from a measurement, else from the kind of disk' },
    { value: 'slow', label: 'Slow', hint: 'a private cache on each node helps' },
    { value: 'fast', label: 'Fast' },
  ],
};

const AIM: Question = {
  key: 'needs.aim',
  kind: 'select',
  message: 'What matters most?',
  help: 'How far the wizard should go. You see every change before it is made.',
  default: 'balanced',
  choices: [
    { value: 'few-changes', label: 'Few changes', hint: 'one shared store for application caches, nothing else' },
    { value: 'balanced', label: 'Balanced', hint: 'private copies on each node too, where they pay' },
    { value: 'fastest', label: 'As fast as possible', hint: 'every private copy that is safe' },
  ],
};

function plan(input: PlanInput): StepPlan {
  const context = adviceContext(input.cluster, input.answers, input.facts);
  const node = mainNode(input.cluster).name;
  const provisional = input.advice.provisional ? ' (to be looked at again when services and PHP modules are ready)' : '';
  const findings: readonly Finding[] = [
    {
      id: 'needs:disk',
      node,
      subject: 'Shared disk',
      is: context.disk.why,
      mustBe: 'fast',
      todo: context.disk.slow ? remedy`Mend it where you can; caches in memory and private copies on each node help.` : remedy``,
      level: context.disk.slow ? 'note' : 'ok',
    },
    ...measuredFindings(context),
    { id: 'needs:advice', node, subject: `Advice${provisional}`, is: input.advice.summary, mustBe: '', todo: remedy``, level: 'ok' },
  ];
  return { changes: [], findings, refusals: [], edits: null };
}

export const needsStep: Step = {
  ...titleOf(STEP),
  questions: () => [USERS, DISK, AIM],
  plan,
  verify: () => [],
};
