/** Links planted by the web user where the wizard writes: nothing goes through them. */

import { beforeAll, expect, it } from 'vitest';
import { LOCK, MUC, put } from '../safety-lab.js';
import { mucState, told } from '../support.js';
import { APPLY, type SafetySuite } from './suite.js';

export function plantedLinkTests(suite: SafetySuite): void {
  const { run, status, restoreMuc } = suite;

  const plant = (target: string, path: string) =>
    suite.lab.hosts.main.must(['runuser', '-u', 'www-data', '--', 'sh', '-c', 'rm -rf "$2"; mkdir -p "$(dirname "$2")"; ln -s "$1" "$2"', 'sh', target, path]);
  const asWeb = (command: string) => suite.lab.hosts.main.must(['runuser', '-u', 'www-data', '--', 'sh', '-c', command]);
  let victim: string;
  const victimState = () => suite.lab.hosts.main.must('sha256sum /etc/victim.php; stat -c "%U %G %a %Y" /etc/victim.php');

  beforeAll(async () => {
    await put(suite.lab, 'main', '/etc/victim.php', await suite.lab.hosts.main.must(['cat', MUC]), '644');
    await put(suite.lab, 'web1', '/etc/victim.php', await suite.lab.hosts.main.must(['cat', MUC]), '644');
    victim = await victimState();
  });

  it('in the place of the MUC file: refused, what it points at is as it was', async () => {
    const original = await suite.lab.hosts.main.must(['cat', MUC]);
    await plant('/etc/victim.php', MUC);
    for (const args of [APPLY, ['rollback', '--yes']]) {
      const refused = await run(...args);
      expect([6, 7], told(refused)).toContain(refused.code);
    }
    expect(await victimState()).toBe(victim);
    await restoreMuc(original);
  });

  it("in the place of the wizard's lock: a lock of nobody, which unlock removes", async () => {
    await plant('/etc/victim.php', LOCK);
    const refused = await run(...APPLY);
    expect(refused.code, told(refused)).toBe(6);
    expect(refused.json['error'].code).toBe('lock-held');
    expect((await run('unlock')).code).toBe(6);
    const removed = await run('unlock', '--yes');
    expect(removed.code, told(removed)).toBe(0);
    expect((await suite.lab.hosts.main.exec(['test', '-L', LOCK])).code).not.toBe(0);
    expect(await victimState()).toBe(victim);
  });

  it("in the place of Moodle's lock, and under temporary names: nothing goes through it", async () => {
    const moodleLock = '/mnt/moodledata/cache/filelocks/configwrite.lock';
    const temporary = `/mnt/moodledata/muc/.moodle-cluster-wizard-${'0'.repeat(32)}`;
    await plant('/etc/victim.php', moodleLock);
    await plant('/etc/victim.php', temporary);
    await plant('/etc/victim.php', `${MUC}.tmp`);
    const state = await mucState(suite.lab);
    const refused = await run(...APPLY);
    expect([6, 7], told(refused)).toContain(refused.code);
    expect(await mucState(suite.lab)).toBe(state);
    expect(await victimState()).toBe(victim);
    await asWeb(`rm -f ${moodleLock} ${MUC}.tmp`);
    const resumed = await run(...APPLY, ...((await status()).code === 10 ? ['--resume'] : []));
    expect(resumed.code, told(resumed)).toBe(0);
    expect(await victimState()).toBe(victim);
    expect((await suite.lab.hosts.main.exec(['test', '-L', temporary])).code).not.toBe(0);
  });
}
