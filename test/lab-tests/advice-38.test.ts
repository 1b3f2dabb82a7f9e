/** Advice from measurement on Moodle 3.8.5: no usage helper, memcached in core. A fast and a slow share, few and many people, values too big for a server. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, slowShare } from '../lab/index.js';
import { answersText, hasRelease, labFor, mucState, putAnswers, told, type WizardRun, wizard } from './support.js';

/** Memcached as its package starts it: values of 1 MB at most. */
const SERVICE = '[{name: m, plugin: memcached, address: "cache1:11211"}]';
/** One value of 1.5 MB among the strings, as a site with very many of its own may have. */
const BIG_VALUE = `<?php define('CLI_SCRIPT', true); require '/var/www/moodle/config.php'; cache::make('core', 'string')->set('big', str_repeat('x', 1572864));`;

describe.skipIf(!hasRelease('3.8.5'))(`advice on Moodle 3.8.5${hasRelease('3.8.5') ? '' : ' (skipped: this release is not there)'}`, () => {
  let lab: Lab;

  const advise = async (users: number, services = SERVICE, aim = 'fastest'): Promise<WizardRun> => {
    const needs = `needs: {users: ${users}, sharedDisk: measure, aim: ${aim}}\nservices: ${services}\nmodules:`;
    await putAnswers(
      lab,
      answersText('redis', (text) => text.replace(/needs:[\s\S]*?modules:/, needs).replace(/^secrets:[\s\S]*$/m, '')),
    );
    const run = await wizard(lab, ['advise', '--answers', '/root/answers.yaml']);
    expect(run.code, told(run)).toBe(0);
    return run;
  };
  const definition = (run: WizardRun, id: string): any => run.json['result'].advice.definitions.find((d: any) => d.definition === id);
  const onMemcached = (run: WizardRun): readonly string[] =>
    run.json['result'].advice.definitions.flatMap((d: any) => (d.stores.includes('m') ? [d.definition] : []));

  beforeAll(async () => {
    lab = await labFor({ release: '3.8.5', name: 'advice38', foreignServices: true });
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('measures every node and leaves a fast share as it is', async () => {
    const before = await mucState(lab);
    const run = await advise(300);
    const { measured } = run.json['result'];
    expect(Object.keys(measured.nodes).sort()).toEqual(['main', 'web1', 'web2']);
    for (const node of Object.values<any>(measured.nodes)) {
      expect(node.places.find((p: any) => p.place === 'dataroot').ops.read.p50).toBeGreaterThan(0);
      expect(node.services.find((s: any) => s.service === 'm').connect.p50).toBeGreaterThan(0);
    }
    expect(run.json['message']).toMatch(/\d ms/);
    expect(onMemcached(run)).toEqual([]);
    expect(await mucState(lab)).toBe(before);
  });

  it('on a slow share moves to memcached what it is good for; never what is purged in normal work, nor what its items are too small for', async () => {
    await slowShare(lab);
    const plain = await advise(300);
    expect(onMemcached(plain)).toContain('core/string');
    for (const purged of ['core/coursemodinfo', 'core/eventinvalidation']) expect(onMemcached(plain)).not.toContain(purged);
    await lab.hosts.main.must(['sh', '-c', 'cat >/root/big.php'], { stdin: BIG_VALUE });
    await lab.hosts.main.must('cat /root/big.php | runuser -u www-data -- php');
    const big = await advise(300);
    expect(onMemcached(big)).not.toContain('core/string');
    expect(definition(big, 'core/string').reason).toMatch(/largest value is 1\.5 MB, and "m" accepts at most 1(\.0)? MB/);
    expect(onMemcached(big).length).toBeGreaterThan(0);
  });

  it('on a slow share takes a near Redis, and leaves one far away alone', async () => {
    const redis = (address: string) => advise(2000, `[{name: r, plugin: redis, address: "${address}"}]`);
    expect((await redis('cache1:6379')).json['result'].advice.modes[0].store).toBe('r');
    await lab.hosts.main.must(['sh', '-c', 'cat >/root/relay.mjs'], { stdin: readFileSync('test/lab-tests/files/delay-relay.mjs') });
    await lab.hosts.main.must('systemd-run -q --unit=relay node /root/relay.mjs 7390 cache1 6379 15');
    const far = (await redis('main:7390')).json['result'].advice.modes[0];
    expect(far.store).toBe('default_application');
    expect(far.reason).toMatch(/"r" is listed, but the measurements show no gain.* ms/);
  });

  it('on a slow share thinks otherwise of 30 people than of 5000', async () => {
    const few = await advise(30, '[]', 'balanced');
    const many = await advise(5000, '[]', 'balanced');
    expect(few.json['message']).not.toContain('worth setting up');
    expect(many.json['message']).toContain('worth setting up');
    // Whoever wants all the speed gets it, for however few.
    expect((await advise(30, '[]')).json['message']).toContain('worth setting up');
  });
});
