/** What cases share in which mappings are on trial. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allSee, changeRight, NODES, put, putRightsPage, seenRights } from '../lab-tests/safety-lab.js';
import { mucConfig, mucState, pageStatus, told } from '../lab-tests/support.js';
import { APPLY, armed, prepareTrial } from '../lab-tests/trial-lab.js';
import { expectThat, type FaultLab } from './harness.js';

/** On trial with nobody there: a right that was given before is taken away meanwhile. @returns the file as it was */
export async function onTrial(faults: FaultLab): Promise<string> {
  const { lab, release } = faults;
  const before = await mucState(lab);
  await changeRight(lab, release, 'first', 'allow');
  await faults.must(0, ...APPLY, '--confirm-within', '3600');
  await seenRights(lab, release);
  await changeRight(lab, release, 'second', 'prevent');
  return before;
}

/** Nothing has ended the trial of `onTrial` before its time. */
export async function expectGoesOn(faults: FaultLab): Promise<void> {
  const status = await faults.must(10, 'status');
  const trial = status.json['result']?.trial;
  expectThat(trial?.mark === 'armed' && trial.secondsLeft > 3000, `the trial should go on for the rest of its hour: ${told(status)} ${JSON.stringify(trial)}`);
}

/** The file byte for byte with owner and mode, pages that answer. */
export async function expectAsBefore({ lab }: FaultLab, before: string): Promise<void> {
  expectThat((await mucState(lab)) === before, `the file should be ${before}, not ${await mucState(lab)}`);
  await expectPages({ lab }, NODES);
}

export async function expectPages({ lab }: Pick<FaultLab, 'lab'>, nodes: readonly string[]): Promise<void> {
  for (const node of nodes) expectThat((await pageStatus(lab, node)) === '200', `the login page of ${node} should answer`);
}

/** A setting changed and a right revoked while mappings were on trial: neither comes back. */
export async function expectNoStaleRight({ lab, release }: FaultLab, nodes: readonly string[] = NODES): Promise<void> {
  const seen = await seenRights(lab, release, nodes);
  expectThat(JSON.stringify(seen) === JSON.stringify(allSee(release, 'second', 'denied', nodes)), `stale: ${seen.join('; ')}`);
}

/** The small change of test/answers/trial.yaml, and the page that tells what each node's PHP runs. */
export async function prepareSmall({ lab }: FaultLab): Promise<void> {
  await prepareTrial(lab);
  for (const node of NODES) await putViewPage({ lab }, node);
}

/** The pages of these tests on a node that has come new. */
export async function preparePages({ lab }: FaultLab, node: string): Promise<void> {
  await putRightsPage(lab, node);
  await putViewPage({ lab }, node);
}

async function putViewPage({ lab }: Pick<FaultLab, 'lab'>, node: string): Promise<void> {
  await put(lab, node, '/var/www/moodle/muc-view.php', readFileSync(join(import.meta.dirname, 'files', 'muc-view.php')), '644');
}

/** What a node's pages take core/string from, by the configuration that its PHP runs (which OPcache may keep): before the small change, and with it. */
export const VIEW = { before: 'its mode', changed: 'beside' } as const;

export async function expectView(faults: FaultLab, node: string, view: string, seconds = 30): Promise<void> {
  await faults.until('main', `curl -s -m 20 -H "Host: moodle.lab" http://${node}/muc-view.php | grep -qx "core/string: ${view}"`, seconds);
}

/** All of the small change is in the file. */
export async function expectSmallChange({ lab }: FaultLab): Promise<void> {
  const mapped = Object.values<{ definition: string; store: string }>((await mucConfig(lab)).definitionmappings).filter((m) => m.store === 'beside');
  expectThat(mapped.length === 3, `three definitions should be mapped to the new store, not: ${mapped.map((m) => m.definition).join(', ') || 'none'}`);
}

/** Taken back whole, by the command that is for it. */
export async function expectRollback(faults: FaultLab, before: string): Promise<void> {
  const back = await faults.must(0, 'rollback', '--yes');
  expectThat((await mucState(faults.lab)) === before, `the file should be as before: ${told(back)}`);
}

/** A trial that was put back, as a node that was away sees it too. */
export async function expectPutBack(faults: FaultLab, node: string, before: string): Promise<void> {
  await expectView(faults, node, VIEW.before);
  await expectAsBefore(faults, before);
  await expectNoStaleRight(faults);
}

/** A trial that was kept: nothing of it is left armed, all of it is proven, and it can still be taken back. */
export async function expectKept(faults: FaultLab, before: string): Promise<void> {
  const left = await armed(faults.lab);
  expectThat(left.length === 0, `nothing should be armed: ${left.join(', ')}`);
  await expectNoStaleRight(faults);
  await faults.must(0, 'verify');
  await expectRollback(faults, before);
}
