/** Locks of the wizard and of Moodle: whose they are is told, and only what is proven dead is taken over. */

import { installWizard, LOCK } from '../lab-tests/safety-lab.js';
import { mucState, told } from '../lab-tests/support.js';
import { armed, APPLY as TRIAL_APPLY } from '../lab-tests/trial-lab.js';
import { APPLY, expectThat, type FaultGroup } from './harness.js';
import { expectSmallChange, prepareSmall } from './on-trial.js';
import { makeSecondSite, SECOND, secondMapped, secondState } from './second-site.js';

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
        expectThat(String(removed.json['message']).includes('has ended'), told(removed));
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
    {
      name: "two sites of one main server, two wizards at once: both end well, side by side on trial too, and neither touches what is the other's",
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        await prepareSmall(faults);
        await makeSecondSite(faults);
        const before = [await mucState(lab), await secondState(faults)];
        const first = [...TRIAL_APPLY, '--trial', '5'];
        const second = ['apply', '--answers', SECOND.answers, '--yes', '--trial', '5'];
        await Promise.all([faults.must(0, ...first), faults.must(0, ...second)]);
        await expectSmallChange(faults);
        const mapped = await secondMapped(faults);
        expectThat(mapped === `${SECOND.data}/beside 3`, `the second site should have its own three mappings: ${mapped}`);
        expectThat((await armed(lab)).length === 0, `nothing should be armed: ${(await armed(lab)).join(', ')}`);
        // Which of the two is meant must be said from now on.
        const unsaid = await faults.must(2, 'status');
        for (const word of ['/var/www/moodle', SECOND.dirroot])
          expectThat(JSON.stringify(unsaid.json['error']).includes(word), `both sites should be named: ${told(unsaid)}`);
        await Promise.all(['/root/answers.yaml', SECOND.answers].map((answers) => faults.must(0, 'verify', '--answers', answers)));
        await Promise.all(['/root/answers.yaml', SECOND.answers].map((answers) => faults.must(0, 'rollback', '--answers', answers, '--yes')));
        const after = [await mucState(lab), await secondState(faults)];
        expectThat(after.join() === before.join(), `both files should be as before: ${after.join(', ')}, not ${before.join(', ')}`);
      },
    },
  ],
};
