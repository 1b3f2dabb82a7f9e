/** The guards of the engine. A track names the guard of a stage by its id; an id without a guard here does not compile. */

import type { GuardId, TrackTitles } from '../track/titles.js';
import { mucGuard } from './muc/guard.js';
import type { StageGuard } from './run/stage-guard.js';

const GUARDS: Readonly<Record<GuardId, StageGuard>> = { muc: mucGuard };

/** Every guard: a rollback may meet what the run of any track made. */
export const ALL_GUARDS: readonly StageGuard[] = Object.values(GUARDS);

/** The guard of a stage; null when it has none, or the track has no such stage. */
export function guardOf(track: TrackTitles, stage: string): StageGuard | null {
  const id = track.stages.find((s) => s.id === stage)?.guard;
  return id === undefined ? null : GUARDS[id];
}

/** The guards that a track names, each once, in the order of its stages. */
export function guardsOf(track: TrackTitles): readonly StageGuard[] {
  return [...new Set(track.stages.flatMap((s) => guardOf(track, s.id) ?? []))];
}
