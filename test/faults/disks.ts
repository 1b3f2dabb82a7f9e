/** Full and read-only disks: refused before anything is touched, with the place and the remedy. */

import { mucState, told } from '../lab-tests/support.js';
import { APPLY, expectThat, type FaultCase, type FaultGroup, type FaultLab } from './harness.js';

/** A small file system over a folder that keeps what is in it; tmpfs gives sparse files (such as apt's cache) all their blocks. */
const SMALL = (path: string) =>
  `set -e; mkdir -p ${path}; size=$(( $(du -sm --apparent-size ${path} | cut -f1) * 2 + 32 )); cp -a ${path} /root/kept; mount -t tmpfs -o size=$size''m none ${path}; cp -a /root/kept/. ${path}/; rm -rf /root/kept`;
/** Fills it up to the last KiB. */
const FILL = (path: string, leaveKb: number) =>
  `free=$(df -Pk ${path} | awk 'NR==2 {print $4}'); [ $free -le ${leaveKb} ] || head -c $(( (free - ${leaveKb}) * 1024 )) /dev/zero >${path}/filler`;

function fullDisk(name: string, host: string, path: string): FaultCase {
  return {
    name,
    from: 'fresh',
    async run(faults) {
      const before = await mucState(faults.lab);
      // The wizard's own scripts are there from an earlier look.
      await faults.run('plan', '--answers', '/root/answers.yaml');
      await faults.on(host, `${SMALL(path)}; ${FILL(path, 2048)}`);
      const refused = await faults.must(3, ...APPLY);
      expectThat(refused.json['error']?.code === 'disk-full', `the code should be disk-full: ${told(refused)}`);
      expectThat(String(refused.json['error'].message).includes(path), `the place ${path} should be named: ${told(refused)}`);
      expectThat(JSON.stringify(refused.json['error'].remedies).includes('df -h'), `a remedy should be named: ${told(refused)}`);
      expectThat((await mucState(faults.lab)) === before, 'nothing may have been written');
      await expectNothingInstalled(faults);
    },
  };
}

async function expectNothingInstalled(faults: FaultLab): Promise<void> {
  const left = await faults.on('cache1', 'ls /etc/systemd/system/moodle-muc-* 2>/dev/null || true');
  expectThat(left === '', `nothing may be left on cache1: ${left}`);
}

export const DISKS: FaultGroup = {
  name: 'disks',
  cases: [
    fullDisk('the records of main are on a full disk', 'main', '/var/lib/moodle-cluster-wizard'),
    fullDisk("apt's cache on a web node is on a full disk", 'web1', '/var/cache'),
    fullDisk('the state directory is on a full disk', 'main', '/root/.local/state'),
    {
      name: 'dataroot is read-only',
      from: 'fresh',
      async run(faults) {
        await faults.on('main', 'mount -o remount,bind,ro /mnt/moodledata');
        const refused = await faults.run(...APPLY);
        expectThat(refused.code !== 0 && refused.code !== 70, `it should be refused in words: ${told(refused)}`);
        expectThat(/dataroot.*findmnt/.test(JSON.stringify(refused.json['error'])), `the place and what to look at should be named: ${told(refused)}`);
        await faults.on('main', 'mount -o remount,bind,rw /mnt/moodledata');
        await expectNothingInstalled(faults);
      },
    },
  ],
};
