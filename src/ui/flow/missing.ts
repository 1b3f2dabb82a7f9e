/** Passwords that a run on record had and that cannot be had now: typed before it is gone on with or taken back. */

import type { FlowState } from './state.js';

/** What such a run is taken up for. */
export type TakeUp = 'resume' | 'rollback';

/** Names of what must be typed first. Putting back logs in, and needs no password of a service. */
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
