/** Survey and plan of one session: what `plan`, `apply` and every later stage of a run begin with. Reads only. */

import type { Plan } from '../../core/change.js';
import { combineErrors } from '../../core/errors.js';
import type { ClusterFacts } from '../../core/facts.js';
import { guardOf } from '../guards.js';
import { sessionSite } from '../points.js';
import { loadOrMeasure, type MeasureWish, wishOf } from '../session/measurements.js';
import type { Session } from '../session/session.js';
import { makePlan, type Planned, sealPlan } from './planner.js';

/** Surveys the cluster; stops with every reason why no plan is possible. @throws WizardError */
export async function surveyOrRefuse(session: Session, wish: MeasureWish = wishOf(session)): Promise<void> {
  refuse(session, await session.survey());
  // Only a started Moodle tells whether an upgrade is pending.
  refuse(session, await session.inspectSite());
  await loadOrMeasure(session, wish);
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
  return { ...planned, plan: await complete(session, planned.plan) };
}

/** A provisional stage stays as it is: what it builds on is not there yet. */
async function complete(session: Session, plan: Plan): Promise<Plan> {
  const stages = [];
  for (const stage of plan.stages) {
    const guard = stage.provisional ? null : guardOf(session.track.titles, stage.stage);
    stages.push(guard === null ? stage : await guard.complete(session, stage));
  }
  return sealPlan({ ...plan, stages });
}
