/** Nodes that go down and come back. */

import { mucState, told } from '../lab-tests/support.js';
import { applyUntilApt } from './apt.js';
import { APPLY, expectLost, expectThat, type FaultGroup } from './harness.js';

export const NODES: FaultGroup = {
  name: 'nodes',
  cases: [
    {
      name: 'a node is powered off during apt: the run says so, nothing of Moodle is touched, --resume ends it',
      from: 'fresh',
      async run(faults) {
        const before = await mucState(faults.lab);
        const { run } = await applyUntilApt(faults);
        await faults.lab.hosts.web1.powerOff();
        expectLost(await run, 'web1');
        expectThat((await mucState(faults.lab)) === before, 'the cache configuration must be as it was');
        await faults.lab.hosts.web1.boot();
        await faults.until('web1', 'systemctl is-active ssh');
        await faults.must(0, ...APPLY, '--resume');
        await faults.must(0, 'verify');
      },
    },
    {
      name: 'a node is gone: verify and apply name it',
      from: 'applied',
      async run(faults) {
        await faults.lab.hosts.web2.powerOff();
        const result = await faults.must(3, 'verify');
        expectThat(JSON.stringify(result.json['error'].nodes).includes('web2'), told(result));
        await faults.lab.hosts.web2.boot();
        await faults.until('web2', 'systemctl is-active ssh');
        await faults.must(0, 'verify');
      },
    },
  ],
};
