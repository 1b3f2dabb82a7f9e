/** Passwords of a run on record that are not available now: typed before the run is resumed or rolled back. */

import type { FlowState } from './state.js';

/** What is done with such a run. */
export type TakeUp = 'resume' | 'rollback';

/** Names of the secrets that must be typed first. A rollback logs in, and needs no password of a service. */
export function missingFor(state: FlowState, kind: TakeUp): readonly string[] {
  const { unfinished, secrets } = state;
  // A trial is decided, nothing is set up any more.
  const sets = kind === 'resume' && unfinished?.trialEndsAt === undefined;
  const names = sets ? unfinished?.missingSecrets : unfinished?.missingLogins;
  return (names ?? []).filter((name) => !secrets.has(name));
}

/** The secrets without those that sudo has just refused, so that they are asked for again. */
export function withoutRefused(state: FlowState, code: string | undefined): FlowState['secrets'] {
  if (code !== 'sudo-refused' || (state.runKind !== 'rollback' && state.runKind !== 'resume')) return state.secrets;
  const refused = state.unfinished?.missingLogins ?? [];
  return new Map([...state.secrets].filter(([name]) => !refused.includes(name)));
}
