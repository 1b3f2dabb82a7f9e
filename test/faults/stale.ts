/** Caches that heal are stale: found out, told, emptied; no right comes back. */

import { allSee, changeRight, NODES, seenRights } from '../lab-tests/safety-lab.js';
import { told } from '../lab-tests/support.js';
import { expectThat, type FaultGroup, type FaultLab } from './harness.js';

const REDIS_UNIT = 'moodle-muc-redis1.service';

async function expectRights({ lab, release }: FaultLab, value: string, right: 'allowed' | 'denied'): Promise<void> {
  const [seen, wanted] = [await seenRights(lab, release), allSee(release, value, right)];
  expectThat(JSON.stringify(seen) === JSON.stringify(wanted), `every node should see "${value} ${right}", but: ${seen.join(' | ')}`);
}

/** Every node has a right in the cache, a fault comes in which it is taken away, and that is found out, mended, and seen everywhere. */
async function expectNoRightBack(faults: FaultLab, fault: (takeAway: () => Promise<void>) => Promise<unknown>, words: RegExp): Promise<void> {
  const { lab, release } = faults;
  await faults.must(0, 'verify');
  await changeRight(lab, release, 'given', 'allow');
  await expectRights(faults, 'given', 'allowed');
  await fault(() => changeRight(lab, release, 'taken', 'prevent'));
  await expectSuspectAndPurge(faults, words);
  await expectRights(faults, 'taken', 'denied');
}

/** A node's link to the cache host is cut: refused, as by a firewall, since a black hole would only make it slower. */
async function withoutCache(faults: FaultLab, node: string, work: () => Promise<unknown>): Promise<void> {
  const route = `unreachable ${faults.lab.hosts.cache1.ip}/32`;
  await faults.on(node, `ip route add ${route}`);
  try {
    await work();
  } finally {
    await faults.on(node, `ip route del ${route}`);
  }
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
      run: (faults) =>
        expectNoRightBack(
          faults,
          (takeAway) =>
            withoutCache(faults, 'main', async () => {
              await takeAway();
              await faults.on('main', 'curl -s -o /dev/null -H "Host: moodle.lab" http://main/');
            }),
          /a node was without it|not ready/,
        ),
    },
    {
      name: 'Redis is killed and comes back from a snapshot',
      from: 'applied',
      run: (faults) =>
        expectNoRightBack(
          faults,
          async (takeAway) => {
            await faults.on('cache1', `systemctl kill -s KILL ${REDIS_UNIT}; sleep 5; systemctl is-active ${REDIS_UNIT}`);
            await takeAway();
          },
          /was restarted since|a node was without it/,
        ),
    },
    {
      name: 'verify meets the store while one node is without it: told, and still told when it has healed',
      from: 'applied',
      async run(faults) {
        await withoutCache(faults, 'web1', async () => {
          const broken = await faults.must(5, 'verify');
          expectThat(JSON.stringify(broken.json['checks']).includes('ready:web1:'), 'verify should name web1');
        });
        await expectSuspectAndPurge(faults, /not ready on web1/);
        for (const node of NODES) await faults.on('main', `curl -sf -o /dev/null -H "Host: moodle.lab" http://${node}/`);
      },
    },
  ],
};
