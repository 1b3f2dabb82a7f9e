/** Another site's services on the same cache host: left alone by all of this, and by the rollback of everything. */

import { expect, it } from 'vitest';
import { told } from '../support.js';
import type { SafetySuite } from './suite.js';

export function otherSiteTests(suite: SafetySuite): void {
  const { run, pagesAnswer } = suite;

  it('and its sessions are untouched by all of this, and by the rollback of everything: same data, same processes', async () => {
    expect(await suite.lab.foreignData()).toBe(suite.foreign);
    const { restorePoints } = (await run('backups')).json['result'] as { restorePoints: { id: string; kind: string; state: string }[] };
    const oldest = restorePoints.find((p) => p.kind === 'apply' && p.state !== 'rolled-back');
    const back = await run('rollback', '--to', oldest?.id ?? '', '--yes');
    expect(back.code, told(back)).toBe(0);
    const again = await run('rollback', '--yes');
    expect(again.json['message'], told(again)).toBe('Nothing to roll back.');
    expect(await suite.lab.foreignData()).toBe(suite.foreign);
    expect((await suite.lab.hosts.web1.exec('php -m')).stdout).not.toMatch(/^redis$/m);
    expect(await suite.lab.hosts.cache1.must('ls /etc/systemd/system/moodle-muc-* /etc/moodle-cluster-wizard 2>/dev/null || true')).toBe('');
    await pagesAnswer();
  });
}
