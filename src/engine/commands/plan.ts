/** `plan`: survey, advise, plan. Reads only. */

import type { Plan } from '../../core/change.js';
import { EXIT } from '../../core/errors.js';
import { type PlanChoice, planNow, surveyOrRefuse } from '../run/plan-now.js';
import { isPending } from '../run/planner.js';
import { reportUnfinished } from '../run/unfinished.js';
import type { CommandContext, CommandResult } from './types.js';

/** Exit 0: nothing to do. Exit 10: changes. */
export async function planCommand(context: CommandContext, choice: PlanChoice = {}): Promise<CommandResult & { readonly plan: Plan }> {
  await surveyOrRefuse(context.session);
  await reportUnfinished(context);
  const { plan } = await planNow(context.session, choice);
  const { emit } = context.frontend;
  emit({ type: 'findings', findings: plan.findings });
  emit({ type: 'advice', advice: plan.advice });
  emit({ type: 'plan', plan });
  const pending = isPending(plan);
  return {
    outcome: pending ? 'pending' : 'unchanged',
    exitCode: pending ? EXIT.pending : EXIT.done,
    message: pending ? 'Changes are pending. Nothing was changed.' : 'Nothing to do: the cluster is up to date.',
    plan,
  };
}
