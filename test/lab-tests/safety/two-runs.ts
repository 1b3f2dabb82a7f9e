/** Two runs at once, from two machines and under two labels: one lock for the site, whoever asks. */

import { beforeAll, expect, it } from 'vitest';
import { installWizard, meanwhile, put, safetyAnswers } from '../safety-lab.js';
import { mucConfig, told } from '../support.js';
import { APPLY, type SafetySuite, small } from './suite.js';

export function twoRunsTests(suite: SafetySuite): void {
  const { run, runAt, storeNames } = suite;

  const web1Answers = () =>
    safetyAnswers((t) =>
      small(t)
        .replace(/^cluster: .*$/m, 'cluster: "quite another label"')
        .replace('{name: main, host: local,', '{name: main, host: main,')
        .replace('{name: web1, host: web1,', '{name: web1, host: local,'),
    );

  beforeAll(async () => {
    const key = await suite.lab.hosts.main.must('cat /root/.ssh/id_ed25519');
    await put(suite.lab, 'main', '/root/answers.yaml', safetyAnswers(small), '600');
    await installWizard(suite.lab, 'web1');
    await suite.lab.hosts.web1.must('mkdir -p -m 700 /root/.ssh');
    await put(suite.lab, 'web1', '/root/.ssh/id_ed25519', key, '600');
    await put(suite.lab, 'web1', '/root/.ssh/known_hosts', await suite.lab.hosts.main.must('cat /root/.ssh/known_hosts'), '600');
    await put(suite.lab, 'web1', '/root/answers.yaml', web1Answers(), '600');
    await put(suite.lab, 'web1', '/root/redis-password', await suite.lab.hosts.main.must('cat /root/redis-password'), '600');
  });

  it('from another machine, under another label: exit 6 naming who holds the lock; the first one ends right', async () => {
    const second = 'ssh -o BatchMode=yes deploy@web1 sudo moodle-cluster-wizard apply --answers /root/answers.yaml --yes --json';
    const first = await runAt('"type":"stage","stage":"muc","state":"begin"', meanwhile(second), APPLY);
    expect(first.code, told(first)).toBe(0);
    const other = JSON.parse((await suite.lab.hosts.main.must('cat /root/meanwhile')).replace(/^[^{]*/, '').replace(/[^}]*$/, '')) as Record<string, any>;
    suite.outputs.push(JSON.stringify(other));
    expect(other['exitCode'], JSON.stringify(other)).toBe(6);
    expect(other['error'].code).toBe('lock-held');
    expect(other['error'].message).toMatch(/root@main, process \d+/);
    expect((await storeNames()).filter((n) => n === '- shared redis_1 -')).toHaveLength(1);
  });

  it('begun together: each ends with 0 or 6, nothing is doubled, and a further run has nothing to do', async () => {
    await run('rollback', '--yes', '--muc-only');
    const both = await Promise.all([
      suite.lab.hosts.main.exec(['moodle-cluster-wizard', ...APPLY, '--json'], { timeoutMs: 600_000 }),
      suite.lab.hosts.web1.exec(['moodle-cluster-wizard', ...APPLY, '--json'], { timeoutMs: 600_000 }),
    ]);
    const codes = both.map((r) => r.code);
    suite.outputs.push(...both.flatMap((r) => [r.stdout, r.stderr]));
    expect([0, 6], JSON.stringify(both)).toContain(codes[0]);
    expect([0, 6], JSON.stringify(both)).toContain(codes[1]);
    expect(codes).toContain(0);
    const stores = Object.values<any>((await mucConfig(suite.lab)).stores).filter((s) => s.plugin === 'redis');
    expect(stores).toHaveLength(1);
    const next = await run(...APPLY);
    expect(next.code, told(next)).toBe(0);
    expect(next.json['outcome']).toBe('unchanged');
  });
}
