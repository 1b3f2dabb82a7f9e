/** Others who write Moodle's cache configuration while the wizard works on it. */

import { changeEvent, foreignEdit, meanwhile, runAtEvent } from '../lab-tests/safety-lab.js';
import { mucConfig, told } from '../lab-tests/support.js';
import { APPLY, expectThat, type FaultGroup, type FaultLab } from './harness.js';

/** Somebody adds a store of this name at an event of an apply; it must be there in the end, whatever the run did. */
async function editAt(faults: FaultLab, pattern: string, name: string): Promise<void> {
  const { lab } = faults;
  const result = await runAtEvent(lab, pattern, meanwhile(foreignEdit(name)), APPLY);
  const { stores } = await mucConfig(lab);
  expectThat(name in stores, `the store ${name} of somebody else must not be lost (exit ${result.code}): ${told(result)}`);
  expectThat([0, 6].includes(result.code), `the run should go on or stop with exit 6: ${told(result)}`);
}

export const EDITS: FaultGroup = {
  name: 'edits of others',
  cases: [
    { name: 'saved before the write', from: 'fresh', run: (f) => editAt(f, changeEvent('unit:cache1:moodle-muc-redis1.service', 'done'), 'theirs') },
    { name: 'saved between two writes', from: 'fresh', run: (f) => editAt(f, changeEvent('muc-publish:main:stores', 'done'), 'theirs') },
    { name: 'saved after the write', from: 'fresh', run: (f) => editAt(f, changeEvent('muc-publish:main:mappings', 'done'), 'theirs') },
    {
      name: 'cron runs all the while',
      from: 'fresh',
      async run(faults) {
        await faults.on(
          'main',
          'systemd-run --quiet --unit=busy sh -c "while :; do runuser -u www-data -- php /var/www/moodle/admin/cli/cron.php >/dev/null 2>&1; sleep 1; done"',
        );
        await faults.must(0, ...APPLY);
        await faults.on('main', 'systemctl stop busy');
        await faults.must(0, 'verify');
      },
    },
  ],
};
