/** Locks of the wizard and of Moodle: whose they are is told, and only what is proven dead is taken over. */

import { installWizard, LOCK } from '../lab-tests/safety-lab.js';
import { told } from '../lab-tests/support.js';
import { APPLY, expectThat, type FaultGroup } from './harness.js';

const MOODLE_LOCK = '/mnt/moodledata/cache/filelocks/configwrite.lock';

export const LOCKS: FaultGroup = {
  name: 'locks',
  cases: [
    {
      name: "another machine's run: alive it is left alone, also by unlock --yes; dead it is proven so there, and taken over",
      from: 'applied',
      async run(faults) {
        const { lab } = faults;
        await installWizard(lab, 'web1');
        // A process of web1 that lives, and a lock that names it the way the wizard does.
        const pid = (await faults.on('web1', 'systemd-run --quiet --unit=holder sleep 900; sleep 1; systemctl show -p MainPID --value holder')).trim();
        const hashed = (file: string) => `$(printf 'moodle-cluster-wizard %s' "$(cat ${file})" | sha256sum | cut -c1-16)`;
        await faults.on(
          'web1',
          `start=$(sed 's/^.*) //' /proc/${pid}/stat | cut -d' ' -f20); printf '{"token":"t1","run":"r1","user":"anna","host":"%s","pid":${pid},"processStart":"%s","since":"2026-01-01T00:00:00.000Z","machine":"%s","boot":"%s"}\\n' "$(hostname)" "$start" "${hashed('/etc/machine-id')}" "${hashed('/proc/sys/kernel/random/boot_id')}" >/root/lock; runuser -u www-data -- sh -c 'cat >${LOCK}' </root/lock`,
        );
        const status = await faults.run('status');
        expectThat(
          status.json['result']?.lockProof?.state === 'alive',
          `it should be proven alive on web1: ${told(status)} ${JSON.stringify(status.json['result'])}`,
        );
        const spared = await faults.must(6, 'unlock', '--yes');
        for (const word of ['anna', 'web1', pid, 'alive'])
          expectThat(JSON.stringify(spared.json['error']).includes(word), `unlock should show ${word}: ${told(spared)}`);
        await faults.on('web1', 'systemctl stop holder');
        const removed = await faults.must(0, 'unlock');
        expectThat(String(removed.json['message']).includes('is gone'), told(removed));
      },
    },
    {
      name: "Moodle's own lock, left by a killed process: how old and how to remove it",
      from: 'applied',
      async run(faults) {
        await faults.on('main', `runuser -u www-data -- sh -c 'mkdir -p $(dirname ${MOODLE_LOCK}); touch -d "10 minutes ago" ${MOODLE_LOCK}'`);
        const refused = await faults.must(6, ...APPLY);
        expectThat(refused.json['error']?.code === 'muc-lock-stale', told(refused));
        await faults.on('main', `rm ${MOODLE_LOCK}`);
      },
    },
  ],
};
