/** Links that break while packages are installed: the job goes on, is joined again, and never run twice. */

import { setTimeout as sleep } from 'node:timers/promises';
import { told, type WizardRun } from '../lab-tests/support.js';
import { APPLY, expectThat, type FaultGroup, type FaultLab } from './harness.js';

/** Starts apply, and waits until web1 is in the middle of apt. */
async function applyUntilApt(faults: FaultLab): Promise<Promise<WizardRun>> {
  // apt takes its time: the lock is held by another for a while first.
  await faults.on('web1', 'systemd-run --quiet --unit=holder flock /var/lib/dpkg/lock-frontend sleep 25');
  const run = faults.run(...APPLY);
  await faults.until('web1', 'systemctl is-active --quiet "mcw-*" && pgrep -x apt-get >/dev/null', 400);
  return run;
}

async function expectOneInstall(faults: FaultLab): Promise<void> {
  const count = (await faults.on('web1', "grep -c '^Commandline: apt-get .*install' /var/log/apt/history.log || true")).trim();
  expectThat(count === '1', `apt should have installed once on web1, not ${count} times`);
  await faults.must(0, 'verify');
}

export const LINKS: FaultGroup = {
  name: 'links',
  cases: [
    {
      name: 'apt is held up by another for 25 s: waited for',
      from: 'fresh',
      async run(faults) {
        const result = await await applyUntilApt(faults);
        expectThat(result.code === 0, told(result));
        await expectOneInstall(faults);
      },
    },
    {
      name: 'the link is cut for 5 s during apt',
      from: 'fresh',
      async run(faults) {
        const run = await applyUntilApt(faults);
        await faults.lab.hosts.web1.linkDown();
        await sleep(5000);
        await faults.lab.hosts.web1.linkUp();
        const result = await run;
        expectThat(result.code === 0, told(result));
        await expectOneInstall(faults);
      },
    },
    {
      name: 'the link is cut for 90 s during apt: joined again by the same run',
      from: 'fresh',
      async run(faults) {
        const run = await applyUntilApt(faults);
        await faults.lab.hosts.web1.linkDown();
        await sleep(90_000);
        await faults.lab.hosts.web1.linkUp();
        const result = await run;
        expectThat(result.code === 0, told(result));
        await expectOneInstall(faults);
      },
    },
    {
      name: 'sshd is restarted during apt',
      from: 'fresh',
      async run(faults) {
        const run = await applyUntilApt(faults);
        await faults.on('web1', 'systemctl restart ssh');
        const result = await run;
        expectThat(result.code === 0, told(result));
        await expectOneInstall(faults);
      },
    },
    {
      name: 'the wizard is killed during apt: the job goes on, --resume joins it',
      from: 'fresh',
      async run(faults) {
        const run = await applyUntilApt(faults);
        await faults.on('main', 'kill -9 $(cat /mnt/moodledata/muc/moodle-cluster-wizard.lock | sed "s/.*\\"pid\\":\\([0-9]*\\).*/\\1/")');
        await run;
        const status = await faults.must(10, 'status');
        expectThat(String(status.json['message']).includes('was not finished'), told(status));
        await faults.must(0, ...APPLY, '--resume');
        await expectOneInstall(faults);
      },
    },
  ],
};
