/** From facts and answers to a plan. Pure: the same input gives the same plan and hash. */

import { createHash } from 'node:crypto';
import { storeEdits } from '../../steps/caches/4-stores.js';
import { type MappingEdits, mappingEdits } from '../../steps/caches/5-mappings.js';
import { STEPS } from '../../steps/index.js';
import { advise } from '../advice/advise.js';
import type { Answers } from '../answers/schema.js';
import { pageTargets } from '../caches/muc/page-targets.js';
import { mucChanges, restorePointChange, type StoreUse } from '../caches/muc/stage.js';
import { trialRefusals } from '../caches/muc/trial-refusals.js';
import { isSharedStore } from '../caches/store-scope.js';
import type { Advice } from '../core/advice.js';
import { type Change, effects, type Finding, type Plan, STAGES, type StageId, type StagePlan } from '../core/change.js';
import { type Cluster, mainNode } from '../core/cluster.js';
import type { WizardError } from '../core/errors.js';
import type { ClusterFacts, MucConfig } from '../core/facts.js';
import { nodeFindings, siteRefusals } from '../survey/findings.js';
import type { PlanInput } from '../track/step.js';

export interface PlannerInput {
  readonly cluster: Cluster;
  readonly answers: Answers;
  readonly facts: ClusterFacts;
  readonly secretHmacs: Readonly<Record<string, string>>;
  readonly siteId: string;
  /** Step ids whose changes are planned; the others are only surveyed and verified. */
  readonly steps?: ReadonlySet<string>;
  /** False: no way back is armed on the nodes and no pages are watched. */
  readonly trial?: boolean;
}

export interface Planned {
  readonly plan: Plan;
  readonly refusals: readonly WizardError[];
  readonly input: PlanInput;
}

/** Where a store instance lives: shared by all nodes or private to each. */
function storeUses(muc: MucConfig | null, touched: readonly StoreUse[], { cluster, facts }: PlanInput): readonly StoreUse[] {
  const named = new Map(touched.map((s) => [s.name, s]));
  for (const store of muc?.stores ?? []) {
    if (!named.has(store.name)) named.set(store.name, { name: store.name, plugin: store.plugin, shared: isSharedStore(store, cluster, facts) });
  }
  return [...named.values()];
}

function stagePlans(input: PlanInput, planned: { steps: ReadonlySet<string> | undefined; mucHash: string | null; trial: boolean }) {
  const findings: Finding[] = [];
  const refusals: WizardError[] = [];
  const byStage: Record<StageId, Change[]> = { services: [], modules: [], muc: [] };
  const wanted = (step: string) => planned.steps === undefined || planned.steps.has(step);
  for (const step of STEPS) {
    const own = step.plan(input);
    findings.push(...own.findings);
    refusals.push(...own.refusals);
    if (step.stage && wanted(step.id)) byStage[step.stage].push(...own.changes);
  }
  const stores = storeEdits(input);
  const mappings: MappingEdits = mappingEdits(input);
  const muc = input.facts.nodes[mainNode(input.cluster).name]?.moodle?.muc;
  byStage.muc.push(
    ...mucChanges({
      cluster: input.cluster,
      storeEdits: wanted('caches.stores') ? stores.edits : [],
      mappingEdits: wanted('caches.mappings') ? mappings.edits : [],
      stores: storeUses(muc?.state === 'ok' ? muc.config : null, stores.stores, input),
      effective: mappings.effective,
      moved: mappings.moved,
      mucHash: planned.mucHash,
      ...(planned.trial ? { trial: { targets: pageTargets(input.cluster, input.facts) } } : {}),
    }),
  );
  return { findings, refusals, byStage };
}

/** Gates alone are no reason to run a stage. */
const hasEffect = (changes: readonly Change[]) => changes.some((c) => c.risk !== 'gate');

/** Plans all stages. Refusals are returned, not thrown, so that a front end can show all of them beside the findings. */
export function makePlan({ cluster, answers, facts, secretHmacs, siteId, steps, trial = true }: PlannerInput): Planned {
  const advice = advise(cluster, answers, facts);
  const input: PlanInput = { cluster, answers, facts, advice, secretHmacs };
  const main = facts.nodes[mainNode(cluster).name];
  const mucHash = main?.moodle?.mucFile.sha256 ?? null;
  const site = siteRefusals(cluster, facts);
  const { findings, refusals, byStage } = stagePlans(input, { steps, mucHash, trial });
  const stages: StagePlan[] = [];
  let earlier = false;
  for (const stage of STAGES) {
    const changes = hasEffect(byStage[stage]) ? byStage[stage] : [];
    if (changes.length === 0) continue;
    const first = !earlier ? [restorePointChange(cluster, changes[0]?.step ?? 'caches.needs', mucHash ?? '')] : [];
    stages.push({ stage, changes: [...first, ...changes], provisional: stage === 'muc' && earlier });
    earlier = true;
  }
  const plan = sealPlan({ cluster: cluster.label, siteId, stages, findings: [...nodeFindings(cluster, facts), ...findings], advice });
  const armed = stages.flatMap((s) => s.changes).filter((c) => c.kind === 'trial-arm');
  return { plan, refusals: [...site, ...refusals, ...trialRefusals(facts, armed)], input };
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
 * Says whether a stage planned again is the one that was approved: what only later knowledge fills in (hashes, diffs) may differ while it was provisional.
 * The file that the first edits are made for is known from the beginning: another one is somebody else's edit.
 */
export function sameStage(approved: StagePlan | undefined, again: StagePlan | undefined): boolean {
  const known = new Set((approved?.changes ?? []).flatMap((c) => (c.kind === 'muc-publish' && (c.before !== null || !approved?.provisional) ? [c.id] : [])));
  const core = (stage: StagePlan | undefined) =>
    JSON.stringify(
      (stage?.changes ?? [])
        .filter((c) => c.kind !== 'restore-point')
        .map((c) => {
          // The reason of an edit cites numbers, which are taken again when services and extensions have come.
          if (c.kind === 'muc-publish')
            return [c.id, c.edits.map(({ why, ...effect }) => effect), ...(known.has(c.id) ? [c.before] : []), ...(approved?.provisional ? [] : [c.result])];
          if (c.kind === 'converge' || c.kind === 'trial-arm') return [c.id];
          return c;
        }),
    );
  return core(approved) === core(again);
}

/** True when the plan would change something. */
export function isPending(plan: Plan): boolean {
  return effects(plan).length > 0;
}
