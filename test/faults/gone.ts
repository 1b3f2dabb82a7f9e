/** Web nodes that go, are rebuilt or come new while mappings are on trial: what serves pages in the end agrees, and what is missing is told. */

import { answersText, mucState, putAnswers, told } from '../lab-tests/support.js';
import { APPLY, hurry, putBackByNodes } from '../lab-tests/trial-lab.js';
import { expectLost, expectThat, type FaultGroup, type FaultLab, whileStopped } from './harness.js';
import {
  expectAsBefore,
  expectGoesOn,
  expectKept,
  expectNoStaleRight,
  expectPages,
  expectPutBack,
  expectRollback,
  expectSmallChange,
  expectView,
  onTrial,
  preparePages,
  prepareSmall,
  VIEW,
} from './on-trial.js';

const REST = ['main', 'web1'] as const;

/** Made anew from its template: nothing of the wizard is on it, and it serves the site as soon as it is up. */
async function rebuild(faults: FaultLab, name: string): Promise<void> {
  const host = faults.lab.host(name);
  await host.powerOff();
  await host.wipe();
  await host.boot();
  await preparePages(faults, name);
}

/** The load balancer knows the node no more: what it would answer there is not what the site answers. */
async function outOfBalancer(faults: FaultLab, name: string): Promise<void> {
  await faults.on('db1', `sed -i '/server ${faults.lab.host(name).ip};/d' /etc/nginx/sites-enabled/moodle && systemctl reload nginx`);
}

export const GONE: FaultGroup = {
  name: 'nodes during a trial',
  cases: [
    {
      name: 'one is powered off for good while the wizard watches: the others put back in time, and the cluster goes on without it',
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        await prepareSmall(faults);
        const before = await mucState(lab);
        expectLost(await whileStopped(faults, 'On trial: watching', () => lab.hosts.web2.powerOff(), [...APPLY, '--trial', '600']), 'web2');
        await hurry(lab, 1, REST);
        await putBackByNodes(lab, before, 240, REST);
        await expectPages(faults, REST);
        const status = await faults.must(10, 'status');
        expectThat(/restored the cache configuration/.test(String(status.json['message'])), `status should tell it: ${told(status)}`);
        const back = await faults.must(5, 'rollback', '--yes');
        expectThat(/Not rolled back yet: web2/.test(String(back.json['message'])), `rollback should name web2: ${told(back)}`);
        // It does not come back: it is left out, and the cluster goes on without it.
        await outOfBalancer(faults, 'web2');
        await putAnswers(
          lab,
          answersText('trial', (text) => text.replace(/(name: web2.*)\}/, '$1, state: out}')),
        );
        // Told as long as it is to be taken back there, and in nobody's way.
        await faults.must(5, 'rollback', '--answers', '/root/answers.yaml', '--yes');
        await faults.must(0, ...APPLY, '--trial', '1');
        await expectSmallChange(faults);
        const verified = await faults.must(0, 'verify');
        const out = (verified.json['checks'] as { id: string; status: string }[]).find((c) => c.id === 'out:web2');
        expectThat(out?.status === 'unknown', `verify should say that web2 is unknown: ${JSON.stringify(out)}`);
        await expectRollback(faults, before);
      },
    },
    {
      name: 'one is rebuilt from its template, nobody confirms: the others put back, and it serves by the old file too',
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        await prepareSmall(faults);
        const before = await onTrial(faults);
        await rebuild(faults, 'web2');
        await expectView(faults, 'web2', VIEW.changed);
        await expectGoesOn(faults);
        await hurry(lab, 1, REST);
        await putBackByNodes(lab, before, 240, REST);
        await expectPutBack(faults, 'web2', before);
        await faults.must(0, ...APPLY, '--trial', '1');
        await expectView(faults, 'web2', VIEW.changed);
        await expectRollback(faults, before);
      },
    },
    {
      name: 'one is rebuilt from its template, the trial is confirmed: it is kept there too, and proven',
      from: 'fresh',
      async run(faults) {
        await prepareSmall(faults);
        const before = await onTrial(faults);
        await rebuild(faults, 'web2');
        await faults.must(0, 'confirm');
        await expectView(faults, 'web2', VIEW.changed);
        await expectKept(faults, before);
      },
    },
    {
      name: 'one comes new, which the wizard has never heard of: it goes back with the others, and keeps what they keep',
      from: 'fresh',
      webs: 3,
      async run(faults) {
        const { lab } = faults;
        await lab.hosts.web3.powerOff();
        await outOfBalancer(faults, 'web3');
        await prepareSmall(faults);
        const before = await onTrial(faults);
        await lab.hosts.web3.boot();
        await preparePages(faults, 'web3');
        await expectPages(faults, ['web3']);
        await expectView(faults, 'web3', VIEW.changed);
        await faults.must(0, 'revert');
        await expectView(faults, 'web3', VIEW.before);
        await expectAsBefore(faults, before);
        await expectNoStaleRight(faults, ['main', 'web1', 'web2', 'web3']);
        await faults.must(0, ...APPLY, '--trial', '1');
        await expectView(faults, 'web3', VIEW.changed);
        await expectPages(faults, ['web3']);
        await expectRollback(faults, before);
      },
    },
  ],
};
