/**
 * Runs the faults one by one on a lab's real hosts. Cases that passed in an earlier, broken off run are not run again.
 * usage: npm run faults [-- --only WORDS] [--release R] [--fresh] [--list]
 */

import { parseArgs } from 'node:util';
import { startLab } from '../lab/index.js';
import { buildWizard, dailyRelease } from '../lab-tests/support.js';
import { CLOCKS } from './clocks.js';
import { CUT } from './cut.js';
import { DEFINITIONS } from './definitions.js';
import { DISKS } from './disks.js';
import { EDITS } from './edits.js';
import { GONE } from './gone.js';
import { APPLY, type FaultCase, type FaultGroup, type FaultLab, faultLab, Results, reset, Skipped } from './harness.js';
import { KILLS_GROUP } from './kills.js';
import { LINKS } from './links.js';
import { LOCKS } from './locks.js';
import { NODES } from './nodes.js';
import { STALE } from './stale.js';
import { TRIAL } from './trial.js';

/** A new group: a file beside this one, and its name here. */
const GROUPS: readonly FaultGroup[] = [TRIAL, KILLS_GROUP, STALE, DISKS, LINKS, LOCKS, EDITS, DEFINITIONS, NODES, CUT, CLOCKS, GONE];

const { values } = parseArgs({
  options: { only: { type: 'string' }, release: { type: 'string' }, fresh: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
});

const all = GROUPS.flatMap((group) => group.cases.map((one) => ({ id: `${group.name}: ${one.name}`, one })));
const wanted = all.filter(({ id }) => values.only === undefined || id.includes(values.only));

async function runCase(faults: FaultLab, one: FaultCase, standing: 'fresh' | 'applied' | 'unknown'): Promise<void> {
  if (one.from === 'fresh' || standing !== 'applied') await reset(faults);
  if (one.from === 'applied' && standing !== 'applied') await faults.must(0, ...APPLY);
  await one.run(faults);
}

async function main(): Promise<number> {
  const release = values.release ?? dailyRelease();
  if (values.list) {
    for (const { id } of wanted) console.log(id);
    return 0;
  }
  buildWizard();
  const results = new Results(`faults-${release}`, values.fresh);
  const count = { passed: 0, failed: 0, skipped: 0 };
  let faults: FaultLab | null = null;
  let webs = 0;
  let standing: 'fresh' | 'applied' | 'unknown' = 'unknown';
  for (const { id, one } of wanted) {
    const before = results.get(id);
    if (before?.result === 'passed') {
      count.passed += 1;
      console.log(`passed   ${id} (in an earlier run)`);
      continue;
    }
    if (faults === null || webs !== (one.webs ?? 2)) {
      webs = one.webs ?? 2;
      // A lab of other parts takes the place of the one that has its name.
      faults = faultLab(await startLab({ name: `faults-${release.replace(/[^a-z0-9]/g, '')}`, release, webs }), release);
      standing = 'unknown';
    }
    const began = Date.now();
    try {
      await runCase(faults, one, standing);
      standing = one.from === 'applied' ? 'applied' : 'unknown';
      results.put(id, { result: 'passed', seconds: (Date.now() - began) / 1000 });
    } catch (thrown) {
      standing = 'unknown';
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      results.put(id, { result: thrown instanceof Skipped ? 'skipped' : 'failed', seconds: (Date.now() - began) / 1000, why });
    }
    const now = results.get(id);
    if (!now) continue;
    count[now.result] += 1;
    console.log(
      `${now.result.padEnd(8)} ${id} (${Math.round(now.seconds)} s)${now.why === undefined ? '' : `\n         ${now.why.split('\n').join('\n         ')}`}`,
    );
  }
  await faults?.lab.down();
  console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.failed === 0 ? 0 : 1;
}

process.exitCode = await main();
