/** `plan`: survey, advise, plan. Reads only. */

import type { Plan } from '../../core/change.js';
import { combineErrors, EXIT } from '../../core/errors.js';
import type { ClusterFacts } from '../../core/facts.js';
import { completeMucStage } from '../muc/stage-copies.js';
import { sessionSite } from '../points.js';
import { isPending, makePlan, type Planned } from '../run/planner.js';
import { tellUnfinished } from '../run/unfinished.js';
import { bringMeasurements, type MeasureWish, wishOf } from '../session/measurements.js';
import type { Session } from '../session/session.js';
import type { CommandContext, CommandResult } from './types.js';

/** Looks at the cluster; stops with everything that makes a plan impossible. @throws WizardError */
export async function surveyOrRefuse(session: Session, wish: MeasureWish = wishOf(session)): Promise<void> {
  refuse(session, await session.survey());
  // Only a started Moodle tells whether an upgrade is pending.
  refuse(session, await session.deepen());
  await bringMeasurements(session, wish);
}

function refuse(session: Session, facts: ClusterFacts): void {
  const refusals = session.track.refusals(session.cluster, session.answers, facts);
  if (refusals.length > 0) throw combineErrors(refusals);
}

export interface PlanChoice {
  /** Step ids whose changes are planned. */
  readonly steps?: ReadonlySet<string> | undefined;
  /** False: without a trial. */
  readonly trial?: boolean;
}

/** Plans from the last survey. @throws WizardError with every refusal at once */
export async function planNow(session: Session, { steps, trial }: PlanChoice = {}): Promise<Planned> {
  const make = () =>
    makePlan({
      track: session.track,
      cluster: session.cluster,
      answers: session.answers,
      facts: session.facts(),
      secretHmacs: session.secretHmacs,
      siteId: sessionSite(session),
      ...(steps === undefined ? {} : { steps }),
      ...(trial === undefined ? {} : { trial }),
    });
  let planned = make();
  // Each round asks for the next name of what is still open; a node that cannot be asked ends the rounds.
  let asked = '{}';
  for (
    let wanted = session.track.simulations(planned.input);
    JSON.stringify(wanted) !== asked && Object.keys(wanted).length > 0;
    wanted = session.track.simulations(planned.input)
  ) {
    asked = JSON.stringify(wanted);
    await session.simulate(wanted);
    planned = make();
  }
  if (planned.refusals.length > 0) throw combineErrors(planned.refusals);
  return { ...planned, plan: await completeMucStage(session, planned.plan) };
}

/** Exit 0: nothing to do. Exit 10: changes. */
export async function planCommand(context: CommandContext, choice: PlanChoice = {}): Promise<CommandResult & { readonly plan: Plan }> {
  await surveyOrRefuse(context.session);
  await tellUnfinished(context);
  const { plan } = await planNow(context.session, choice);
  const { emit } = context.frontend;
  emit({ type: 'findings', findings: plan.findings });
  emit({ type: 'advice', advice: plan.advice });
  emit({ type: 'plan', plan });
  const pending = isPending(plan);
  return {
    outcome: pending ? 'pending' : 'unchanged',
    exitCode: pending ? EXIT.pending : EXIT.done,
    message: pending ? 'There are changes to make; nothing has been changed.' : 'Nothing to do: the cluster is as the answers say.',
    plan,
  };
}
