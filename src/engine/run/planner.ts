/** From facts and answers to a plan. Pure: the same input gives the same plan and hash. */

import { createHash } from 'node:crypto';
import type { Answers } from '../../answers/schema.js';
import { restorePointChange } from '../../caches/muc/stage.js';
import type { Advice } from '../../core/advice.js';
import { type Change, effects, type Finding, type Plan, type StagePlan } from '../../core/change.js';
import { type Cluster, mainNode } from '../../core/cluster.js';
import type { WizardError } from '../../core/errors.js';
import type { ClusterFacts } from '../../core/facts.js';
import { nodeFindings } from '../../survey/findings.js';
import type { PlanInput } from '../../track/step.js';
import { planSteps, type Track } from '../../track/track.js';
import type { StageGuard } from './stage-guard.js';

export interface PlannerInput {
  readonly track: Track;
  readonly cluster: Cluster;
  readonly answers: Answers;
  readonly facts: ClusterFacts;
  readonly secretHmacs: Readonly<Record<string, string>>;
  readonly siteId: string;
  /** Step ids whose changes are planned; the others are only surveyed and verified. */
  readonly steps?: ReadonlySet<string>;
  /** False: no automatic rollback is armed on the nodes and no pages are watched. */
  readonly trial?: boolean;
}

export interface Planned {
  readonly plan: Plan;
  readonly refusals: readonly WizardError[];
  readonly input: PlanInput;
}

/** Gates alone are no reason to run a stage. */
const hasEffect = (changes: readonly Change[]) => changes.some((c) => c.risk !== 'gate');

/** Stages that change something, in the track's order; the restore point comes before the first effect of all. */
function stagesOf(track: Track, cluster: Cluster, changes: Readonly<Record<string, readonly Change[]>>, mucHash: string | null): readonly StagePlan[] {
  const stages: StagePlan[] = [];
  for (const { id, followsOthers } of track.titles.stages) {
    const own = changes[id] ?? [];
    if (!hasEffect(own)) continue;
    const first = stages.length === 0 ? [restorePointChange(cluster, own[0]?.step ?? '', mucHash ?? '')] : [];
    stages.push({ stage: id, changes: [...first, ...own], provisional: followsOthers === true && stages.length > 0 });
  }
  return stages;
}

/** Plans all stages of a track. Refusals are returned, not thrown, so that a front end can show all of them beside the findings. */
export function makePlan({ track, cluster, answers, facts, secretHmacs, siteId, steps, trial = true }: PlannerInput): Planned {
  const advice = track.advise(cluster, answers, facts);
  const input: PlanInput = { cluster, answers, facts, advice, secretHmacs };
  const plans = planSteps(track, input);
  const assembled = track.assemble(plans, input, { wanted: (step) => steps === undefined || steps.has(step), trial });
  const stages = stagesOf(track, cluster, assembled.stages, facts.nodes[mainNode(cluster).name]?.moodle?.mucFile.sha256 ?? null);
  const findings = [...nodeFindings(cluster, facts), ...plans.all.flatMap(({ plan }) => plan.findings)];
  return {
    plan: sealPlan({ cluster: cluster.label, siteId, stages, findings, advice }),
    refusals: [...track.refusals(cluster, answers, facts), ...plans.all.flatMap(({ plan }) => plan.refusals), ...assembled.refusals],
    input,
  };
}

/** Gives a plan its hash. */
export function sealPlan(parts: {
  readonly cluster: string;
  readonly siteId: string;
  readonly stages: readonly StagePlan[];
  readonly findings: readonly Finding[];
  readonly advice: Advice;
}): Plan {
  const hash = createHash('sha256')
    .update(JSON.stringify([parts.siteId, parts.stages]))
    .digest('hex');
  return { version: 1, ...parts, hash };
}

/**
 * Says whether a stage planned again is the one that was approved. `comparable`: the parts of a change that must be the same; all of it where the stage has
 * no guard. The restore point is the run's, not the stage's.
 */
export function sameStage(approved: StagePlan | undefined, again: StagePlan | undefined, guard: Pick<StageGuard, 'comparable'> | null): boolean {
  const core = (stage: StagePlan | undefined) =>
    JSON.stringify((stage?.changes ?? []).filter((c) => c.kind !== 'restore-point').map((c) => (guard ? guard.comparable(c, approved) : c)));
  return core(approved) === core(again);
}

/** True when the plan would change something. */
export function isPending(plan: Plan): boolean {
  return effects(plan).length > 0;
}
