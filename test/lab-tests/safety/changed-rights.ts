/** A setting and a right changed while new mappings are live: no cache may bring back what was taken away. */

import { expect, it } from 'vitest';
import { allSee, changeRight, seenRights } from '../safety-lab.js';
import { told } from '../support.js';
import { APPLY, release, type SafetySuite } from './suite.js';

export function changedRightTests(suite: SafetySuite): void {
  const { run } = suite;

  it('are seen by pages and scripts of every node before and after the rollback', async () => {
    await changeRight(suite.lab, release, 'three', 'allow');
    expect(await seenRights(suite.lab, release)).toEqual(allSee(release, 'three', 'allowed'));
    const applied = await run(...APPLY);
    expect(applied.code, told(applied)).toBe(0);
    expect(await seenRights(suite.lab, release)).toEqual(allSee(release, 'three', 'allowed'));
    await changeRight(suite.lab, release, 'four', 'prevent');
    await seenRights(suite.lab, release);
    const back = await run('rollback', '--muc-only', '--yes');
    expect(back.code, told(back)).toBe(0);
    expect(await seenRights(suite.lab, release)).toEqual(allSee(release, 'four', 'denied'));
  });
}
