/** `advise`: survey and advice, nothing else. */

import { EXIT } from '../../core/errors.js';
import { makePlan } from '../planner.js';
import { sessionSite } from '../points.js';
import { surveyOrRefuse } from './plan.js';
import type { CommandContext, CommandResult } from './types.js';

/** Reads only. */
export async function adviseCommand(context: CommandContext): Promise<CommandResult> {
  const { session, frontend } = context;
  await surveyOrRefuse(session, 'fresh');
  const { plan } = makePlan({
    cluster: session.cluster,
    answers: session.answers,
    facts: session.facts(),
    secretHmacs: session.secretHmacs,
    siteId: sessionSite(session),
  });
  frontend.emit({ type: 'findings', findings: plan.findings });
  frontend.emit({ type: 'advice', advice: plan.advice });
  return { outcome: 'unchanged', exitCode: EXIT.done, message: plan.advice.summary, data: { advice: plan.advice, findings: plan.findings } };
}
