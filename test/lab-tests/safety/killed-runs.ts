/** Runs that are killed or told to end at a chosen moment: known as such, taken up to a right end, or put back. */

import { expect, it } from 'vitest';
import { allSee, changeEvent, changeRight, LOCK, seenRights } from '../safety-lab.js';
import { mucState, told } from '../support.js';
import { APPLY, PUBLISHED, release, type SafetySuite } from './suite.js';

export function killedRunTests(suite: SafetySuite): void {
  const { run, runAt, status, pagesAnswer, storeNames } = suite;

  it('while services are set up: status says so with exit 10, the dead lock is known, another apply stops with exit 6', async () => {
    const killed = await runAt(changeEvent('unit:cache1:moodle-muc-redis1.service', 'begin'), 'kill -9 $WIZARD', APPLY);
    expect(killed.code, told(killed)).toBe(137);
    const now = await status();
    expect(now.code, told(now)).toBe(10);
    expect(now.json['result']).toMatchObject({ unfinished: true, lockStale: true, lock: { host: 'main', user: 'root' } });
    const again = await run(...APPLY);
    expect(again.code, told(again)).toBe(6);
    expect(again.json['error'].code).toBe('run-unfinished');
    expect(await mucState(suite.lab)).toBe(suite.before);
  });

  it('while modules are installed, and again between the publish and what follows: apply --resume ends right', async () => {
    const inModules = await runAt(changeEvent('package:web1:[^"]*', 'begin'), 'kill -9 $WIZARD', [...APPLY, '--resume']);
    expect(inModules.code, told(inModules)).toBe(137);
    expect((await status()).code).toBe(10);
    const published = await runAt(PUBLISHED, 'kill -9 $WIZARD', [...APPLY, '--resume']);
    expect(published.code, told(published)).toBe(137);
    expect((await status()).code).toBe(10);
    const resumed = await runAt('"type":"run-begin"', 'true', [...APPLY, '--resume']);
    expect(resumed.code, told(resumed)).toBe(0);
    // What the killed run owed after its publish was made up for: nodes converged, what moved was emptied, all was proven.
    const did = resumed.events.filter((e) => e['type'] === 'change' && e['state'] === 'done').map((e) => String(e['id']).split(':')[0]);
    for (const kind of ['converge', 'settle', 'empty', 'prove']) expect(did).toContain(kind);
    const verified = await run('verify');
    expect(verified.code, told(verified)).toBe(0);
    expect((await status()).code).toBe(0);
    expect(await storeNames()).toEqual(expect.arrayContaining(['- shared redis_1 -', 'apcu  local']));
    await pagesAnswer();
  });

  it('leaves no rights behind: one taken away while the new mappings were live is gone after the rollback, on every node', async () => {
    await run('rollback', '--muc-only', '--yes');
    expect(await mucState(suite.lab)).toBe(suite.before);
    await changeRight(suite.lab, release, 'one', 'allow');
    expect(await seenRights(suite.lab, release)).toEqual(allSee(release, 'one', 'allowed'));
    const killed = await runAt(PUBLISHED, 'kill -9 $WIZARD', APPLY);
    expect(killed.code, told(killed)).toBe(137);
    await changeRight(suite.lab, release, 'two', 'prevent');
    await seenRights(suite.lab, release);
    const back = await run('rollback', '--muc-only', '--yes');
    expect(back.code, told(back)).toBe(0);
    expect(await mucState(suite.lab)).toBe(suite.before);
    expect(await seenRights(suite.lab, release)).toEqual(allSee(release, 'two', 'denied'));
  });

  it('told to end while nodes converge: puts the file back, gives the lock back, exit 143', async () => {
    const ended = await runAt(PUBLISHED, 'kill -TERM $WIZARD', APPLY);
    expect(ended.code, told(ended)).toBe(143);
    expect(ended.json['outcome']).toBe('reverted');
    expect(await mucState(suite.lab)).toBe(suite.before);
    expect((await suite.lab.hosts.main.exec(['test', '-e', LOCK])).code).not.toBe(0);
    const back = await run('rollback', '--muc-only', '--yes');
    expect(back.code, told(back)).toBe(0);
  });
}
