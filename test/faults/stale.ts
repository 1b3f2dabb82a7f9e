/** Caches that heal are stale: found out, told, emptied; no right comes back. */

import { allSee, changeRight, NODES, seenRights } from '../lab-tests/safety-lab.js';
import { told } from '../lab-tests/support.js';
import { expectThat, type FaultGroup, type FaultLab } from './harness.js';

const REDIS_UNIT = 'moodle-muc-redis1.service';

async function expectRights({ lab, release }: FaultLab, value: string, right: 'allowed' | 'denied'): Promise<void> {
  const [seen, wanted] = [await seenRights(lab, release), allSee(release, value, right)];
  expectThat(JSON.stringify(seen) === JSON.stringify(wanted), `every node should see "${value} ${right}", but: ${seen.join(' | ')}`);
}

/** verify tells the suspect with exit 5, purge empties it, then all is well. */
async function expectSuspectAndPurge(faults: FaultLab, words: RegExp): Promise<void> {
  const suspect = await faults.must(5, 'verify');
  const checks = (suspect.json['checks'] as { id: string; status: string; detail: string; remedy?: string }[]).filter((c) => c.id.startsWith('suspect:'));
  expectThat(
    checks.some((c) => c.status === 'failed' && words.test(c.detail) && c.remedy?.includes('purge')),
    `verify should name the suspect store: ${told(suspect)} ${JSON.stringify(checks)}`,
  );
  const status = await faults.run('status');
  expectThat(String(status.json['message']).includes('may serve stale content'), `status should name it: ${told(status)}`);
  const asked = await faults.must(130, 'purge');
  expectThat(asked.json['outcome'] === 'unchanged', 'purge without --yes must change nothing');
  await faults.must(0, 'purge', '--yes');
  await faults.must(0, 'verify');
}

export const STALE: FaultGroup = {
  name: 'stale caches',
  cases: [
    {
      name: "one node's link to Redis is cut, a right is taken away meanwhile, the link is mended",
      from: 'applied',
      async run(faults) {
        const { lab, release } = faults;
        await faults.must(0, 'verify');
        await changeRight(lab, release, 'one', 'allow');
        await expectRights(faults, 'one', 'allowed');
        const cache = lab.hosts.cache1.ip;
        // Refused, as by a firewall: a black hole would only make it slower.
        await faults.on('main', `ip route add unreachable ${cache}/32`);
        try {
          await changeRight(lab, release, 'two', 'prevent');
          await faults.on('main', 'curl -s -o /dev/null -H "Host: moodle.lab" http://main/');
        } finally {
          await faults.on('main', `ip route del unreachable ${cache}/32`);
        }
        await expectSuspectAndPurge(faults, /a node was without it|not ready/);
        await expectRights(faults, 'two', 'denied');
      },
    },
    {
      name: 'Redis is killed and comes back from a snapshot',
      from: 'applied',
      async run(faults) {
        const { lab, release } = faults;
        await faults.must(0, 'verify');
        await changeRight(lab, release, 'three', 'allow');
        await expectRights(faults, 'three', 'allowed');
        await faults.on('cache1', `systemctl kill -s KILL ${REDIS_UNIT}; sleep 5; systemctl is-active ${REDIS_UNIT}`);
        await changeRight(lab, release, 'four', 'prevent');
        await expectSuspectAndPurge(faults, /has been started anew|a node was without it/);
        await expectRights(faults, 'four', 'denied');
      },
    },
    {
      name: 'verify meets the store while one node is without it: told, and still told when it has healed',
      from: 'applied',
      async run(faults) {
        const cache = faults.lab.hosts.cache1.ip;
        await faults.on('web1', `ip route add unreachable ${cache}/32`);
        try {
          const broken = await faults.must(5, 'verify');
          expectThat(JSON.stringify(broken.json['checks']).includes('ready:web1:'), 'verify should name web1');
        } finally {
          await faults.on('web1', `ip route del unreachable ${cache}/32`);
        }
        await expectSuspectAndPurge(faults, /not ready on web1/);
        for (const node of NODES) await faults.on('main', `curl -sf -o /dev/null -H "Host: moodle.lab" http://${node}/`);
      },
    },
  ],
};
