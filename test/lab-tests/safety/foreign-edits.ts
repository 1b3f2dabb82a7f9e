/** Somebody else's edits of the MUC file at every moment of a run: never written over, named, and kept. */

import { expect, it } from 'vitest';
import { changeEvent, foreignEdit, MUC, meanwhile, put, safetyAnswers } from '../safety-lab.js';
import { mucConfig, mucState, told } from '../support.js';
import { APPLY, type SafetySuite, small } from './suite.js';

const STORES_PROVEN = changeEvent('prove:\\*:stores', 'done');

export function foreignEditTests(suite: SafetySuite): void {
  const { run, runAt, status, restoreMuc, storeNames, breakGlass } = suite;

  it('between plan and apply: exit 6 that names what moved, the edit stays', async () => {
    const original = await suite.lab.hosts.main.must(['cat', MUC]);
    const plan = await run('plan', '--answers', '/root/answers.yaml', '--out', '/root/plan.json', '--report', '/root/plan.txt', '--verbose');
    expect(plan.code, told(plan)).toBe(10);
    await suite.lab.hosts.main.must(foreignEdit('theirs'));
    const edited = await mucState(suite.lab);
    const applied = await run(...APPLY, '--plan', '/root/plan.json');
    expect(applied.code, told(applied)).toBe(6);
    expect(applied.json['error']).toMatchObject({ code: 'plan-stale' });
    expect(applied.json['error'].evidence.join('\n')).toContain(edited.slice(0, 64));
    expect(await mucState(suite.lab)).toBe(edited);
    expect((await status()).code).toBe(0);
    await restoreMuc(original);
    expect(await mucState(suite.lab)).toBe(suite.before);
  });

  it('between approval and the write: exit 6, nothing is written over it; break-glass still works, and status and rollback tell the truth', async () => {
    const applied = await runAt(STORES_PROVEN, meanwhile(foreignEdit('theirs')), APPLY);
    expect(applied.code, told(applied)).toBe(6);
    expect(applied.json['error'].code).toBe('muc-moved');
    expect(await storeNames()).toContain('theirs');
    expect((await mucConfig(suite.lab)).definitionmappings).toEqual([]);
    const edited = await mucState(suite.lab);
    expect((await status()).code).toBe(10);
    for (const way of [
      [...APPLY, '--resume'],
      ['rollback', '--yes', '--muc-only'],
    ]) {
      const stopped = await run(...way);
      expect(stopped.code, told(stopped)).toBe(6);
      expect(await mucState(suite.lab)).toBe(edited);
    }
    await breakGlass();
    const now = await status();
    expect(now.code, told(now)).toBe(10);
    const back = await run('rollback', '--yes', '--muc-only');
    expect(back.code, told(back)).toBe(0);
    expect(await mucState(suite.lab)).toBe(suite.before);
    expect((await status()).code).toBe(0);
  });

  it('while services are changed: the MUC stage is not begun, exit 6 names the instance; resumed, the run keeps it and its rollback too', async () => {
    await put(suite.lab, 'main', '/root/answers.yaml', safetyAnswers(small), '600');
    const applied = await runAt(changeEvent('unit:cache1:moodle-muc-redis1.service', 'begin'), meanwhile(foreignEdit('theirs')), [
      ...APPLY,
      '--allow-irreversible',
    ]);
    expect(applied.code, told(applied)).toBe(6);
    expect(applied.json['error'].evidence.join(), told(applied)).toContain('store "theirs" was added');
    const edited = await mucState(suite.lab);
    expect(await storeNames()).toEqual(expect.arrayContaining(['theirs']));
    expect(await storeNames()).not.toContain('- shared redis_1 -');
    const resumed = await run(...APPLY, '--resume');
    expect(resumed.code, told(resumed)).toBe(0);
    expect(await storeNames()).toEqual(expect.arrayContaining(['theirs', '- shared redis_1 -']));
    const back = await run('rollback', '--yes', '--muc-only');
    expect(back.code, told(back)).toBe(0);
    expect(await mucState(suite.lab)).toBe(edited);
  });
}
