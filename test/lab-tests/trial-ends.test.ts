/** The other ends of a trial on real hosts. */

import { describe, expect, it } from 'vitest';
import { changeEvent, foreignEdit, NODES, runAtEvent } from './safety-lab.js';
import { mucState, pageStatus, told } from './support.js';
import { APPLY, armed, dropTokens, ended, hurry, putBackByNodes } from './trial-lab.js';
import { release, trialSuite } from './trial-suite.js';

describe(`other ends of a trial on Moodle ${release}`, () => {
  const suite = trialSuite('trial');

  it('waits for a confirm where that was asked for; meanwhile nothing else may change the site', async () => {
    const applied = await suite.run(...APPLY, '--confirm-within', '3600');
    expect(applied.code, told(applied)).toBe(0);
    expect(applied.json['outcome']).toBe('on-trial');
    const status = await suite.run('status');
    expect(status.code, told(status)).toBe(10);
    expect(status.json['result'].trial).toMatchObject({ mark: 'armed' });
    expect(status.json['result'].trial.secondsLeft).toBeGreaterThan(3000);
    const other = await suite.run(...APPLY);
    expect(other.code, told(other)).toBe(6);
    expect(other.json['error'].code).toBe('on-trial');
    const kept = await suite.run('confirm');
    expect(kept.code, told(kept)).toBe(0);
    expect(await suite.mapped()).toBe(3);
    expect(await armed(suite.lab)).toEqual([]);
    const late = await suite.run('revert');
    expect(late.code, told(late)).toBe(6);
    expect(late.json['error'].code).toBe('no-trial');
    await suite.rollBack();
  });

  it('is put back by revert, byte for byte', async () => {
    expect((await suite.run(...APPLY, '--confirm-within', '3600')).code).toBe(0);
    const back = await suite.run('revert');
    expect(back.code, told(back)).toBe(0);
    expect(back.json['outcome']).toBe('reverted');
    expect(await mucState(suite.lab)).toBe(suite.before);
    for (const node of NODES) expect(await pageStatus(suite.lab, node)).toBe('200');
  });

  it('cut off and resumed before its end: put back first, then done again', async () => {
    const killed = await runAtEvent(suite.lab, changeEvent('muc-publish:main:canary', 'done'), 'kill -9 $WIZARD', [...APPLY, '--trial', '5']);
    expect(killed.code).toBe(137);
    expect(await suite.mapped()).toBe(1);
    const resumed = await suite.run(...APPLY, '--resume', '--trial', '1');
    expect(resumed.code, told(resumed)).toBe(0);
    await dropTokens(suite.lab);
    expect(await suite.mapped()).toBe(3);
    await suite.rollBack();
  });

  it("put back over somebody else's edit keeps that edit aside", async () => {
    expect((await suite.run(...APPLY, '--confirm-within', '3600')).code).toBe(0);
    await suite.lab.hosts.main.must(foreignEdit('theirs'));
    const theirs = (await mucState(suite.lab)).split('\n')[0];
    const refused = await suite.run('revert');
    expect(refused.code, told(refused)).toBe(6);
    expect(refused.json['error'].code).toBe('muc-moved');
    await hurry(suite.lab);
    await putBackByNodes(suite.lab, suite.before);
    const asides = (await Promise.all(NODES.map((node) => ended(suite.lab, node)))).join('\n');
    expect(asides).toContain(`aside.${theirs}`);
    const next = await suite.run(...APPLY, '--trial', '1');
    expect(next.code, told(next)).toBe(0);
    expect(JSON.stringify(next.json['warnings'])).toMatch(/their version is kept as \S+aside\./);
    await suite.rollBack();
  });

  it('is not begun where the way back cannot be armed on one node: nothing is moved, nothing is left', async () => {
    // A run and its way back: before the first there is no record whose name is the site's.
    expect((await suite.run(...APPLY, '--no-trial')).code).toBe(0);
    await suite.rollBack();
    const site = (await suite.lab.hosts.main.must('ls /var/lib/moodle-cluster-wizard/sites')).trim();
    const unit = `/etc/systemd/system/moodle-cluster-wizard-trial-${site}.service`;
    await suite.lab.hosts.web2.must(`mkdir ${unit}`);
    const run1 = await suite.run(...APPLY, '--trial', '1');
    await suite.lab.hosts.web2.must(`rmdir ${unit}`);
    expect(run1.code, told(run1)).toBe(4);
    expect(run1.json['error'].nodes).toEqual(['web2']);
    expect(run1.json['error'].message).toMatch(/cannot schedule the automatic rollback, so nothing is changed/);
    expect(run1.json['error'].outcome ?? run1.json['outcome']).toBe('reverted');
    const back = await suite.run('rollback', '--yes');
    expect(back.code, told(back)).toBe(0);
  });

  it('can be left out', async () => {
    const applied = await suite.run(...APPLY, '--no-trial');
    expect(applied.code, told(applied)).toBe(0);
    expect((applied.json['plan'].stages as { changes: { kind: string }[] }[]).flatMap((s) => s.changes).some((c) => c.kind === 'trial-arm')).toBe(false);
    await suite.rollBack();
  });
});
