/** A trial on real hosts: kept when all holds, and put back by the nodes themselves when nobody keeps it, whatever became of the wizard. */

import { describe, expect, it } from 'vitest';
import { allSee, changeEvent, changeRight, runAtEvent, seenRights } from './safety-lab.js';
import { told } from './support.js';
import { APPLY, armed, dropTokens, hurry, putBackByNodes } from './trial-lab.js';
import { release, trialSuite } from './trial-suite.js';

describe(`a trial on Moodle ${release}`, () => {
  const suite = trialSuite('trial');

  it('is kept when every check held, and leaves no unit, mark or secret', async () => {
    const applied = await suite.run(...APPLY, '--trial', '5');
    expect(applied.code, told(applied)).toBe(0);
    expect(applied.json['message']).toMatch(/kept after a trial of 5 s/);
    expect(await suite.mapped()).toBe(3);
    expect(await armed(suite.lab)).toEqual([]);
    const pages = (applied.json['checks'] as { id: string; status: string }[]).filter((c) => c.id.startsWith('page:'));
    expect(pages.filter((c) => c.status === 'passed').length).toBeGreaterThanOrEqual(6);
    await suite.rollBack();
  });

  it('is put back by the nodes when nobody confirms; what was set and revoked meanwhile stays so', async () => {
    await changeRight(suite.lab, release, 'first', 'allow');
    expect((await suite.run(...APPLY, '--confirm-within', '3600')).code).toBe(0);
    await seenRights(suite.lab, release);
    await changeRight(suite.lab, release, 'second', 'prevent');
    await hurry(suite.lab);
    await putBackByNodes(suite.lab, suite.before);
    expect(await seenRights(suite.lab, release)).toEqual(allSee(release, 'second', 'denied'));
    const status = await suite.run('status');
    expect(status.json['message']).toMatch(/the nodes have restored the cache configuration/);
    const late = await suite.run('confirm');
    expect(late.code, told(late)).toBe(6);
    expect(late.json['error'].code).toBe('no-trial');
  });

  it('is put back by the nodes when the wizard was killed in the middle; resumed, the run ends as if nothing had been', async () => {
    const killed = await runAtEvent(suite.lab, changeEvent('muc-publish:main:mappings', 'done'), 'kill -9 $WIZARD', [...APPLY, '--trial', '5']);
    expect(killed.code).toBe(137);
    expect(await suite.mapped()).toBe(3);
    await hurry(suite.lab);
    await putBackByNodes(suite.lab, suite.before);
    await dropTokens(suite.lab);
    const resumed = await suite.run(...APPLY, '--resume', '--trial', '1');
    expect(resumed.code, told(resumed)).toBe(0);
    expect(await suite.mapped()).toBe(3);
    await suite.rollBack();
  });
});
