/** Steps and stages by id, for headings and "where" lines, as their tracks name them. */

import { TRACK_TITLES } from '../../../steps/titles.js';
import type { StepTitle } from '../../track/titles.js';

/** Every step of every track. */
export const GUIDE_STEPS: readonly StepTitle[] = TRACK_TITLES.flatMap((t) => t.steps);

const STAGES = TRACK_TITLES.flatMap((t) => t.stages);

/** `step 3 of the guide, "Install the cache support on the servers"`; the id itself for a step of another version. */
export function formatStep(id: string): string {
  const step = GUIDE_STEPS.find((s) => s.id === id);
  return step ? `step ${step.number} of the guide, "${step.title}"` : `step ${id}`;
}

/** A stage's title; its id for a stage of another version. */
export function stageTitle(id: string): string {
  return STAGES.find((s) => s.id === id)?.title ?? id;
}

/** Ids of stages in the order in which they run. */
export const STAGE_IDS: readonly string[] = STAGES.map((s) => s.id);
