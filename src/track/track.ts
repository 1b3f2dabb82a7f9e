/** A track: one section of the guide as steps, and what the engine must know to plan it. Its code lives in `steps/<track>/`. */

import type { Answers } from '../answers/schema.js';
import type { Advice } from '../core/advice.js';
import type { Change } from '../core/change.js';
import type { Cluster } from '../core/cluster.js';
import type { WizardError } from '../core/errors.js';
import type { ClusterFacts } from '../core/facts.js';
import type { ServiceEndpoint } from '../core/service-endpoint.js';
import type { PlanInput, Step, StepPlan } from './step.js';
import type { TrackTitles } from './titles.js';

/** What the survey looks at for a track, besides the facts of every node. */
export interface SurveyNeeds {
  /** Absolute paths whose owner, mode and hash are wanted. */
  readonly paths: readonly string[];
  /** Services that every Moodle node is asked about by their own protocols. */
  readonly services: readonly ServiceEndpoint[];
}

/** The plans of a track's steps, each computed once. */
export interface StepPlans {
  /** The plan of a step, in that step's own type. @throws Error for a step that is not of this track */
  of<E>(step: Step<E>): StepPlan<E>;
  /** Every plan with its step, in the track's order. */
  readonly all: readonly { readonly step: Step; readonly plan: StepPlan }[];
}

export interface AssembleOptions {
  /** Whether a step's changes are wanted; the others are only surveyed and verified. */
  readonly wanted: (step: string) => boolean;
  /** False: no automatic rollback is armed and no pages are watched. */
  readonly trial: boolean;
}

export interface Assembled {
  /** Changes by stage id; a stage without changes may be absent. */
  readonly stages: Readonly<Record<string, readonly Change[]>>;
  readonly refusals: readonly WizardError[];
}

export interface Track {
  readonly titles: TrackTitles;
  /** In the order of `titles.steps`. */
  readonly steps: readonly Step<unknown>[];
  /** `facts`: null before the first survey, from which addresses follow. */
  surveyNeeds(cluster: Cluster, answers: Answers, facts: ClusterFacts | null): SurveyNeeds;
  /** Packages by node that the package manager is asked to simulate before the plan is exact. */
  simulations(input: PlanInput): Readonly<Record<string, readonly string[]>>;
  /** Why this site cannot be worked on at all. */
  refusals(cluster: Cluster, answers: Answers, facts: ClusterFacts): readonly WizardError[];
  advise(cluster: Cluster, answers: Answers, facts: ClusterFacts): Advice;
  /** Puts the steps' plans together: what runs, by stage and in order. */
  assemble(plans: StepPlans, input: PlanInput, options: AssembleOptions): Assembled;
}

/** For plans that follow from records or checks, not from advice. */
export const NO_ADVICE: Advice = { provisional: false, summary: '', options: [], services: [], modes: [], definitions: [] };

/** Plans every step of a track once. */
export function planSteps(track: Track, input: PlanInput): StepPlans {
  const all = track.steps.map((step) => ({ step, plan: step.plan(input) }));
  return {
    all,
    of<E>(step: Step<E>) {
      const found = all.find((p) => p.step === step);
      if (!found) throw new Error(`the step ${step.id} is not of the track ${track.titles.id}`);
      return found.plan as StepPlan<E>;
    },
  };
}

/** The usual way to assemble: each wanted step's changes in its own stage. */
export function byStage(plans: StepPlans, { wanted }: AssembleOptions): Readonly<Record<string, readonly Change[]>> {
  const stages: Record<string, Change[]> = {};
  for (const { step, plan } of plans.all) {
    if (step.stage === null || !wanted(step.id)) continue;
    stages[step.stage] = [...(stages[step.stage] ?? []), ...plan.changes];
  }
  return stages;
}
