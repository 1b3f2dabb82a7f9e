/** Break-glass, the way back without the wizard: when Moodle cannot start, and with no right coming back. */

import { expect, it } from 'vitest';
import { allSee, changeRight, MUC, RECORD, seenRights } from '../safety-lab.js';
import { told } from '../support.js';
import { APPLY, release, type SafetySuite } from './suite.js';

export function breakGlassTests(suite: SafetySuite): void {
  const { run, status, breakGlass } = suite;

  it('brings no right back that was taken away while the new mappings were live', async () => {
    await changeRight(suite.lab, release, 'five', 'allow');
    expect(await seenRights(suite.lab, release)).toEqual(allSee(release, 'five', 'allowed'));
    await changeRight(suite.lab, release, 'six', 'prevent');
    const told = await breakGlass();
    // The reload on the other nodes that its last line asks for.
    const reload = /systemctl reload (\S+)/.exec(told)?.[0] ?? 'false';
    for (const node of ['web1', 'web2']) await suite.lab.host(node).must(reload);
    expect(await seenRights(suite.lab, release)).toEqual(allSee(release, 'six', 'denied'));
    const back = await run('rollback', '--yes', '--muc-only');
    expect(back.code).toBe(0);
    const applied = await run(...APPLY);
    expect(applied.code).toBe(0);
  });

  it('puts file, owner and mode back when the file is broken and Moodle cannot start; a planted link harms nothing', async () => {
    await suite.lab.hosts.main.must(`echo kept >/root/victim; mkdir -p /root/victims; echo kept >/root/victims/file; chmod 700 /root/victims`);
    await suite.lab.hosts.main.must([
      'runuser',
      '-u',
      'www-data',
      '--',
      'sh',
      '-c',
      'echo "<?php nonsense(" >"$1"; rm -rf "$2"; ln -s /root/victims "$2"',
      'sh',
      MUC,
      '/mnt/moodledata/cache/cachestore_file/default_application',
    ]);
    // Not even the purge can run: it is owed, and the next run of the wizard makes up for it.
    const purge = '/var/www/moodle/admin/cli/purge_caches.php';
    await suite.lab.hosts.main.must(`mv ${purge} ${purge}.away`);
    const before = await suite.lab.hosts.main.must(`sha256sum <$(ls -td ${RECORD}/sites/*/restore-points/*/muc-config.php | head -1)`);
    await breakGlass();
    expect(await suite.lab.hosts.main.must(`sha256sum <${MUC}`)).toBe(before);
    expect(await suite.lab.hosts.main.must(['stat', '-c', '%U %a', MUC])).toBe('www-data 660\n');
    expect(await suite.lab.hosts.main.must('cat /root/victim /root/victims/file')).toBe('kept\nkept\n');
    const now = await status();
    expect(now.code, told(now)).toBe(10);
    expect(now.json['result']).toMatchObject({ mucPutBack: true, mucChangedSince: false });
    expect(now.json['result'].purgeOwed).toBeTruthy();
    await suite.lab.hosts.main.must(`mv ${purge}.away ${purge}`);
    const back = await run('rollback', '--yes', '--muc-only');
    expect(back.code, told(back)).toBe(0);
    const after = await status();
    expect(after.code, told(after)).toBe(0);
    expect(after.json['result'].purgeOwed).toBeNull();
  });
}
