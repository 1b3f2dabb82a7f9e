/** Links that break while packages are installed: the job goes on, is joined again, and never run twice. */

import { setTimeout as sleep } from 'node:timers/promises';
import { mucState, told } from '../lab-tests/support.js';
import { applyUntilApt } from './apt.js';
import { APPLY, expectLost, expectThat, type FaultCase, type FaultGroup, type FaultLab } from './harness.js';

async function expectOneInstall(faults: FaultLab): Promise<void> {
  const count = (await faults.on('web1', "grep -c '^Commandline: apt-get .*--no-remove .*install' /var/log/apt/history.log || true")).trim();
  expectThat(count === '1', `apt should have installed once on web1, not ${count} times`);
  await faults.must(0, 'verify');
}

/** Something befalls web1 in the middle of apt, and passes: the same run ends well. `letGo` lets apt go on. */
function duringApt(name: string, fault: (faults: FaultLab, letGo: () => Promise<unknown>) => Promise<unknown>): FaultCase {
  return {
    name,
    from: 'fresh',
    async run(faults) {
      const { run, letGo } = await applyUntilApt(faults);
      await fault(faults, letGo);
      const result = await run;
      expectThat(result.code === 0, told(result));
      await expectOneInstall(faults);
    },
  };
}

/** apt goes on while nobody can reach the node. */
const cutFor =
  (seconds: number) =>
  async ({ lab }: FaultLab, letGo: () => Promise<unknown>): Promise<void> => {
    await lab.hosts.web1.linkDown();
    await letGo();
    await sleep(seconds * 1000);
    await lab.hosts.web1.linkUp();
  };

export const LINKS: FaultGroup = {
  name: 'links',
  cases: [
    duringApt('apt is held up by another for 25 s: waited for', async (_faults, letGo) => {
      await sleep(25_000);
      await letGo();
    }),
    duringApt('the link is cut for 5 s during apt', cutFor(5)),
    duringApt('the link is cut for 90 s during apt: joined again by the same run', cutFor(90)),
    duringApt('sshd is restarted during apt', async (faults, letGo) => {
      await faults.on('web1', 'systemctl restart ssh');
      await letGo();
    }),
    {
      name: 'the wizard is killed during apt: the job goes on, --resume joins it',
      from: 'fresh',
      async run(faults) {
        const { run, letGo } = await applyUntilApt(faults);
        await faults.on('main', 'kill -9 $(sed "s/.*\\"pid\\":\\([0-9]*\\).*/\\1/" /mnt/moodledata/muc/moodle-cluster-wizard.lock)');
        await run;
        await letGo();
        const status = await faults.must(10, 'status');
        expectThat(String(status.json['message']).includes('is unfinished'), told(status));
        await faults.must(0, ...APPLY, '--resume');
        await expectOneInstall(faults);
      },
    },
    {
      name: 'the link is cut for good during apt: exit 3, nothing of Moodle is touched; mended, --resume joins the job that went on',
      from: 'fresh',
      async run(faults) {
        const { web1 } = faults.lab.hosts;
        const before = await mucState(faults.lab);
        const { run, letGo } = await applyUntilApt(faults);
        await web1.linkDown();
        await letGo();
        expectLost(await run, 'web1');
        expectThat((await mucState(faults.lab)) === before, 'the cache configuration must be as it was');
        const status = await faults.must(10, 'status');
        expectThat(String(status.json['message']).includes('is unfinished'), `status should tell the run, with web1 cut off: ${told(status)}`);
        await web1.linkUp();
        await faults.must(0, ...APPLY, '--resume');
        await expectOneInstall(faults);
      },
    },
  ],
};
