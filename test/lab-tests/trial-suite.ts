/** What files with tests of the trial share: a lab of their own, afresh where a case left it otherwise. */

import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Lab } from '../lab/index.js';
import { labFor, mucConfig, mucState, quickRelease, told, type WizardRun, wizard } from './support.js';
import { armed, prepareTrial } from './trial-lab.js';

export const release = quickRelease();

export interface TrialSuite {
  readonly lab: Lab;
  /** Hash, owner and mode of the MUC file before each case. */
  readonly before: string;
  run(...args: readonly string[]): Promise<WizardRun>;
  /** Definitions that are mapped to the store of these tests. */
  mapped(): Promise<number>;
  /** Rolls back; then all is as it was and nothing is armed. */
  rollBack(): Promise<void>;
}

/** Call it within `describe`. */
export function trialSuite(name: string): TrialSuite {
  let lab: Lab;
  let before = '';
  beforeAll(async () => {
    lab = await labFor({ release, name });
    await prepareTrial(lab);
    before = await mucState(lab);
  });
  afterAll(async () => {
    await lab?.down();
  });
  // A case that failed leaves the cluster in whatever state: the next one begins afresh.
  beforeEach(async () => {
    if ((await mucState(lab)) === before && (await armed(lab)).length === 0) return;
    await lab.restore();
    await prepareTrial(lab);
    before = await mucState(lab);
  });
  const run = (...args: readonly string[]) => wizard(lab, args);
  return {
    get lab() {
      return lab;
    },
    get before() {
      return before;
    },
    run,
    mapped: async () => Object.values<any>((await mucConfig(lab)).definitionmappings).filter((m) => m.store === 'beside').length,
    async rollBack() {
      const back = await run('rollback', '--yes');
      expect(back.code, told(back)).toBe(0);
      expect(await mucState(lab)).toBe(before);
      expect(await armed(lab)).toEqual([]);
    },
  };
}
