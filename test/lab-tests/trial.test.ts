/** A trial on real hosts: kept when all holds, and put back by the nodes themselves when nobody keeps it, whatever became of the wizard. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { allSee, changeEvent, changeRight, foreignEdit, NODES, runAtEvent, seenRights } from './safety-lab.js';
import { dailyRelease, labFor, mucConfig, mucState, pageStatus, told, wizard } from './support.js';
import { APPLY, armed, ended, hurry, prepareTrial, putBackByNodes } from './trial-lab.js';

const release = dailyRelease();
const mapped = async (lab: Lab) => Object.values<any>((await mucConfig(lab)).definitionmappings).filter((m) => m.store === 'beside').length;

describe(`a trial on Moodle ${release}`, () => {
  let lab: Lab;
  let before: string;

  beforeAll(async () => {
    lab = await labFor({ release, name: 'trial' });
    await prepareTrial(lab);
    before = await mucState(lab);
  });
  afterAll(async () => {
    await lab?.down();
  });
  const run = (...args: readonly string[]) => wizard(lab, args);
  const rolledBack = async () => {
    const back = await run('rollback', '--yes');
    expect(back.code, told(back)).toBe(0);
    expect(await mucState(lab)).toBe(before);
    expect(await armed(lab)).toEqual([]);
  };
  beforeEach(async () => {
    expect(await mucState(lab)).toBe(before);
    expect(await armed(lab)).toEqual([]);
  });

  it('is kept when every check held, and leaves no unit, mark or secret', async () => {
    const applied = await run(...APPLY, '--trial', '5');
    expect(applied.code, told(applied)).toBe(0);
    expect(applied.json['message']).toMatch(/kept after a trial of 5 s/);
    expect(await mapped(lab)).toBe(3);
    expect(await armed(lab)).toEqual([]);
    const pages = (applied.json['checks'] as { id: string; status: string }[]).filter((c) => c.id.startsWith('page:'));
    expect(pages.filter((c) => c.status === 'passed').length).toBeGreaterThanOrEqual(6);
    await rolledBack();
  });

  it('waits for a confirm where that was asked for; meanwhile nothing else may change the site', async () => {
    const applied = await run(...APPLY, '--confirm-within', '3600');
    expect(applied.code, told(applied)).toBe(0);
    expect(applied.json['outcome']).toBe('on-trial');
    const status = await run('status');
    expect(status.code, told(status)).toBe(10);
    expect(status.json['result'].trial).toMatchObject({ mark: 'armed' });
    expect(status.json['result'].trial.secondsLeft).toBeGreaterThan(3000);
    const other = await run(...APPLY);
    expect(other.code, told(other)).toBe(6);
    expect(other.json['error'].code).toBe('on-trial');
    const kept = await run('confirm');
    expect(kept.code, told(kept)).toBe(0);
    expect(await mapped(lab)).toBe(3);
    expect(await armed(lab)).toEqual([]);
    const late = await run('revert');
    expect(late.code, told(late)).toBe(6);
    expect(late.json['error'].code).toBe('no-trial');
    await rolledBack();
  });

  it('is put back by revert, byte for byte', async () => {
    expect((await run(...APPLY, '--confirm-within', '3600')).code).toBe(0);
    const back = await run('revert');
    expect(back.code, told(back)).toBe(0);
    expect(back.json['outcome']).toBe('reverted');
    expect(await mucState(lab)).toBe(before);
    for (const node of NODES) expect(await pageStatus(lab, node)).toBe('200');
  });

  it('is put back by the nodes when nobody confirms; what was set and revoked meanwhile stays so', async () => {
    await changeRight(lab, release, 'first', 'allow');
    expect((await run(...APPLY, '--confirm-within', '3600')).code).toBe(0);
    await seenRights(lab, release);
    await changeRight(lab, release, 'second', 'prevent');
    await hurry(lab);
    await putBackByNodes(lab, before);
    expect(await seenRights(lab, release)).toEqual(allSee(release, 'second', 'denied'));
    const status = await run('status');
    expect(status.json['message']).toMatch(/the nodes have put the cache configuration back/);
    const late = await run('confirm');
    expect(late.code, told(late)).toBe(6);
    expect(late.json['error'].code).toBe('no-trial');
  });

  it('is put back by the nodes when the wizard was killed in the middle; resumed, the run ends as if nothing had been', async () => {
    const killed = await runAtEvent(lab, changeEvent('muc-publish:main:mappings', 'done'), 'kill -9 $WIZARD', [...APPLY, '--trial', '5']);
    expect(killed.code).toBe(137);
    expect(await mapped(lab)).toBe(3);
    await hurry(lab);
    await putBackByNodes(lab, before);
    const resumed = await run(...APPLY, '--resume', '--trial', '1');
    expect(resumed.code, told(resumed)).toBe(0);
    expect(await mapped(lab)).toBe(3);
    await rolledBack();
  });

  it('cut off and resumed before its end: put back first, then done again', async () => {
    const killed = await runAtEvent(lab, changeEvent('muc-publish:main:canary', 'done'), 'kill -9 $WIZARD', [...APPLY, '--trial', '5']);
    expect(killed.code).toBe(137);
    expect(await mapped(lab)).toBe(1);
    const resumed = await run(...APPLY, '--resume', '--trial', '1');
    expect(resumed.code, told(resumed)).toBe(0);
    expect(await mapped(lab)).toBe(3);
    await rolledBack();
  });

  it("put back over somebody else's edit keeps that edit aside", async () => {
    expect((await run(...APPLY, '--confirm-within', '3600')).code).toBe(0);
    await lab.hosts.main.must(foreignEdit('theirs'));
    const theirs = (await mucState(lab)).split('\n')[0];
    const refused = await run('revert');
    expect(refused.code, told(refused)).toBe(6);
    expect(refused.json['error'].code).toBe('muc-moved');
    await hurry(lab);
    await putBackByNodes(lab, before);
    const asides = (await Promise.all(NODES.map((node) => ended(lab, node)))).join('\n');
    expect(asides).toContain(`aside.${theirs}`);
    const told1 = await run(...APPLY, '--trial', '1');
    expect(told1.code, told(told1)).toBe(0);
    expect(told1.stderr + JSON.stringify(told1.json)).toBeTruthy();
    await rolledBack();
  });

  it('is not begun where the way back cannot be armed on one node: nothing is moved, nothing is left', async () => {
    const site = (await lab.hosts.main.must('ls /var/lib/moodle-cluster-wizard/sites')).trim();
    const unit = `/etc/systemd/system/moodle-cluster-wizard-trial-${site}.service`;
    await lab.hosts.web2.must(`mkdir ${unit}`);
    const run1 = await run(...APPLY, '--trial', '1');
    await lab.hosts.web2.must(`rmdir ${unit}`);
    expect(run1.code, told(run1)).toBe(4);
    expect(run1.json['error'].nodes).toEqual(['web2']);
    expect(run1.json['error'].message).toMatch(/the way back could not be armed.*nothing is moved/);
    expect(run1.json['error'].outcome ?? run1.json['outcome']).toBe('reverted');
    const back = await run('rollback', '--yes');
    expect(back.code, told(back)).toBe(0);
  });

  it('can be left out', async () => {
    const applied = await run(...APPLY, '--no-trial');
    expect(applied.code, told(applied)).toBe(0);
    expect((applied.json['plan'].stages as { changes: { kind: string }[] }[]).flatMap((s) => s.changes).some((c) => c.kind === 'trial-arm')).toBe(false);
    await rolledBack();
  });
});
