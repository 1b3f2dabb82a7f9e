/** The live MUC file: published only where and over what was meant, broken or missing ones told apart, one lock. */

import { expect, it } from 'vitest';
import { MUC, mucHash } from '../bridge-lab.js';
import { ADD_LOCAL, type BridgeSuite, MAP_STRING, troubleOf } from './suite.js';

export function liveFileTests(suite: BridgeSuite): void {
  const { putMuc, stage, publish } = suite;

  it("publishes only over the file that it was made for, under Moodle's lock, keeping owner and mode", async () => {
    const staged = await stage([ADD_LOCAL, MAP_STRING]);
    const bridge = await suite.site.bridge('main');
    const before = await mucHash(suite.lab);
    expect((await troubleOf(bridge.publish({ content: staged.content, expected: '0'.repeat(64), mode: '660' }))).code).toBe('muc-moved');
    expect((await troubleOf(bridge.publish({ content: staged.content, expected: null, mode: '660' }))).code).toBe('muc-moved');
    await suite.lab.hosts.main.must('mkdir -p /mnt/moodledata/cache/filelocks && touch /mnt/moodledata/cache/filelocks/configwrite.lock', { user: 'www-data' });
    const stale = await troubleOf(bridge.publish({ content: staged.content, expected: before, mode: '660' }));
    expect([stale.code, stale.message]).toEqual(['muc-lock-stale', expect.stringContaining('/mnt/moodledata/cache/filelocks/configwrite.lock')]);
    await suite.lab.hosts.main.must('rm /mnt/moodledata/cache/filelocks/configwrite.lock');
    expect(await mucHash(suite.lab)).toBe(before);
    expect(await publish(staged)).toEqual({ sha256: staged.sha256 });
    expect(await mucHash(suite.lab)).toBe(staged.sha256);
    expect((await suite.lab.hosts.main.must(`stat -c '%U %a' ${MUC}; ls -A /mnt/moodledata/muc /mnt/moodledata/cache/filelocks`)).trim().split('\n')).toEqual([
      'www-data 660',
      '/mnt/moodledata/cache/filelocks:',
      '',
      '/mnt/moodledata/muc:',
      'config.php',
    ]);
  });

  it('follows no planted link', async () => {
    const staged = await stage([ADD_LOCAL]);
    await suite.lab.hosts.main.must(
      `install -o www-data /dev/null /var/tmp/target; rm ${MUC}; ln -s /var/tmp/target ${MUC}; ln -s /var/tmp/target /mnt/moodledata/muc/moodle-cluster-wizard.lock`,
      { user: 'root' },
    );
    const bridge = await suite.site.bridge('main');
    expect((await troubleOf(bridge.publish({ content: staged.content, expected: staged.baseSha256, mode: null }))).code).toBe('muc-corrupt');
    expect((await troubleOf(bridge.readMuc())).code).toBe('muc-corrupt');
    await troubleOf(bridge.lock({ token: 't', run: 'r', user: 'u', host: 'h', pid: 1, processStart: 'p', since: 's' }));
    expect((await suite.lab.hosts.main.must('stat -c %s /var/tmp/target')).trim()).toBe('0');
    expect((await suite.site.facts('main')).muc.state).toBe('corrupt');
    await suite.lab.hosts.main.must('rm /mnt/moodledata/muc/moodle-cluster-wizard.lock');
  });

  it('tells a missing or broken file from a good one, and can replace both', async () => {
    const bridge = await suite.site.bridge('main');
    const staged = await stage([ADD_LOCAL]);
    for (const broken of [
      '<?php $configuration = array(',
      '<?php exit(3);',
      '',
      "<?php $configuration = array('stores' => array());",
      '<?php throw new Exception("x");',
    ]) {
      await putMuc(broken);
      expect((await suite.site.facts('web1')).muc.state).toBe('corrupt');
      expect((await troubleOf(bridge.inspect())).code).toBe('muc-corrupt');
      expect(await bridge.convergeCli()).toMatchObject({ runsHash: broken.includes('stores') ? expect.any(String) : null, opcache: 'off' });
      const hash = await mucHash(suite.lab);
      expect(await bridge.publish({ content: staged.content, expected: hash, mode: '660' })).toEqual({ sha256: staged.sha256 });
    }
    await suite.lab.hosts.main.must(`rm ${MUC}`);
    expect(await bridge.readMuc()).toBeNull();
    expect((await suite.site.facts('main')).muc.state).toBe('missing');
    expect((await bridge.inspect()).mucHashBefore).toBe('');
    const fresh = await stage([ADD_LOCAL]);
    expect(fresh.baseSha256).toBeNull();
    expect(fresh.config.siteIdentifier).toBe((await bridge.inspect()).siteIdentifier);
    expect((await troubleOf(bridge.proveCli({ stores: [], definitions: [] }))).code).toBe('muc-corrupt');
    expect(await bridge.readMuc()).toBeNull();
    await publish(fresh);
    expect(await mucHash(suite.lab)).toBe(fresh.sha256);
  });

  it('locks once, tells the holder everywhere, and unlocks only for its token', async () => {
    const [here, there] = [await suite.site.bridge('main'), await suite.site.bridge('web1')];
    const holder = { token: 't1', run: 'r', user: 'root', host: 'main', pid: 3, processStart: '9', since: '2026-01-01T00:00:00Z' };
    await here.lock(holder);
    await here.lock(holder);
    const held = await troubleOf(there.lock({ ...holder, token: 't2' }));
    expect([held.code, held.message]).toEqual(['lock-held', expect.stringContaining('root on main')]);
    expect(await there.lockHolder()).toEqual(holder);
    expect((await suite.site.facts('web1')).wizardLock.holder).toEqual(holder);
    expect(await there.unlock('t2')).toBe(false);
    expect(await there.unlock('t1')).toBe(true);
    expect(await there.lockHolder()).toBeNull();
  });
}
