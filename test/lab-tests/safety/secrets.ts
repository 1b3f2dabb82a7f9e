/** The password in all that was run by now: in no process, no output, and in no file but those that need it. */

import { expect, it } from 'vitest';
import { filesWithSecret, NEEDLES, watched } from '../safety-lab.js';
import type { SafetySuite } from './suite.js';

/** Files that must hold the password of the managed Redis, with owner and mode. */
export const OWN_FILES = [
  /^cache1: \/etc\/moodle-cluster-wizard\/redis1\.secret\.conf \S+ (640|600)$/,
  /^main: \/var\/lib\/moodle-cluster-wizard\/sites\/\w+\/(restore-points\/[^/]+\/muc-config|last-good)\.php root 600$/,
  /^cache1: \/var\/lib\/moodle-cluster-wizard\/before\/[^/]+\/[0-9a-f]+ root 600$/,
  /^shared: \/mnt\/moodledata\/muc\/config\.php$/,
];

export function secretTests(suite: SafetySuite): void {
  it('stand in no command line and no environment of any process, on any host, at any time', async () => {
    const found = await watched(suite.lab);
    expect(found.filter((l) => !/: rounds \d+$/.test(l))).toEqual([]);
    expect(found).toHaveLength(suite.lab.all.length);
  });

  it('stand in no output: JSON, events, plans, reports, words', () => {
    expect(suite.outputs.length).toBeGreaterThan(30);
    expect(suite.outputs.filter((text) => NEEDLES.some((n) => text.includes(n)))).toEqual([]);
  });

  it('are on disk only where they are used, and in restore points that only root can read', async () => {
    const found = await filesWithSecret(suite.lab);
    const own = [/^(main|web1): \/root\/redis-password root 600$/, ...OWN_FILES];
    expect(found.filter((line) => !own.some((o) => o.test(line)))).toEqual([]);
    expect(found.some((line) => line.includes('redis1.secret.conf'))).toBe(true);
  });
}
