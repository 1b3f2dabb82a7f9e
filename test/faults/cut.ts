/** A web node is cut off for good in the middle of a change or of a trial: told, ended without it, and the same on it when it is back. */

import { changeEvent, changeRight, RECORD } from '../lab-tests/safety-lab.js';
import { mucState, told } from '../lab-tests/support.js';
import { APPLY, ended, hurry, putBackByNodes } from '../lab-tests/trial-lab.js';
import { expectLost, expectThat, type FaultGroup, type FaultLab, whileStopped } from './harness.js';
import {
  expectKept,
  expectNoStaleRight,
  expectPages,
  expectPutBack,
  expectRollback,
  expectSmallChange,
  expectView,
  onTrial,
  prepareSmall,
  VIEW,
} from './on-trial.js';

const DATA = '/mnt/moodledata';
const REST = ['main', 'web2'] as const;

/** The cable is pulled, and with it goes the shared disk: in the lab that one does not come over the network. */
async function cutOff(faults: FaultLab): Promise<void> {
  await faults.on('web1', `mkdir -p /srv/kept && mount --bind ${DATA} /srv/kept && umount -l ${DATA}`);
  await faults.lab.hosts.web1.linkDown();
}

async function mend(faults: FaultLab): Promise<void> {
  await faults.on('web1', `mount --bind /srv/kept ${DATA} && umount /srv/kept`);
  await faults.lab.hosts.web1.linkUp();
}

const untilEnded = (faults: FaultLab, result: 'kept' | 'reverted') => faults.until('web1', `grep -qx result=${result} ${RECORD}/trial/*/result`, 240);

export const CUT: FaultGroup = {
  name: 'cut off for good',
  cases: [
    {
      name: 'as mappings go live, without a trial: exit 3, its outcome unknown; mended, --resume ends it',
      from: 'fresh',
      async run(faults) {
        const { lab, release } = faults;
        await prepareSmall(faults);
        const before = await mucState(lab);
        await changeRight(lab, release, 'first', 'allow');
        await expectView(faults, 'web1', VIEW.before);
        expectLost(await whileStopped(faults, changeEvent('muc-publish:main:mappings', 'done'), () => cutOff(faults), [...APPLY, '--no-trial']), 'web1');
        await expectSmallChange(faults);
        await changeRight(lab, release, 'second', 'prevent');
        const status = await faults.must(10, 'status');
        expectThat(String(status.json['message']).includes('is unfinished'), `status should tell the run: ${told(status)}`);
        await mend(faults);
        await faults.must(0, ...APPLY, '--no-trial', '--resume');
        await expectSmallChange(faults);
        await expectView(faults, 'web1', VIEW.changed);
        await expectNoStaleRight(faults);
        await faults.must(0, 'verify');
        await expectRollback(faults, before);
      },
    },
    {
      name: 'while the wizard watches a trial: exit 3, the others put back in time, the node when it is back; --resume ends it',
      from: 'fresh',
      async run(faults) {
        const { lab, release } = faults;
        await prepareSmall(faults);
        const before = await mucState(lab);
        await changeRight(lab, release, 'first', 'allow');
        const run = await whileStopped(faults, 'On trial: watching', () => cutOff(faults), [...APPLY, '--trial', '600']);
        expectLost(run, 'web1');
        expectThat(
          /the nodes roll back at the end of the trial/.test(JSON.stringify(run.json['error'])),
          `it should tell that the nodes put back: ${told(run)}`,
        );
        await changeRight(lab, release, 'second', 'prevent');
        await hurry(lab);
        await putBackByNodes(lab, before, 240, REST);
        await expectPages(faults, REST);
        expectThat((await ended(lab, 'web1')) === '', 'web1 cannot know yet how the trial ended');
        await mend(faults);
        await putBackByNodes(lab, before);
        await expectPutBack(faults, 'web1', before);
        await faults.must(0, ...APPLY, '--resume', '--trial', '1');
        await expectSmallChange(faults);
        await faults.must(0, 'verify');
        await expectRollback(faults, before);
      },
    },
    {
      name: 'during a trial that is confirmed without it: told, and kept on it too when it is back',
      from: 'fresh',
      async run(faults) {
        await prepareSmall(faults);
        const before = await onTrial(faults);
        await cutOff(faults);
        const kept = await faults.must(0, 'confirm');
        expectThat(/Not complete on web1/.test(String(kept.json['message'])), `confirm should name web1: ${told(kept)}`);
        await mend(faults);
        await untilEnded(faults, 'kept');
        await expectView(faults, 'web1', VIEW.changed);
        const next = await faults.must(0, ...APPLY, '--trial', '1');
        expectThat(next.json['outcome'] === 'unchanged', `nothing should be left to do: ${told(next)}`);
        await expectKept(faults, before);
      },
    },
    {
      name: 'during a trial that is put back without it: exit 5 names it, and it is put back when it is back',
      from: 'fresh',
      async run(faults) {
        await prepareSmall(faults);
        const before = await onTrial(faults);
        await cutOff(faults);
        const back = await faults.must(5, 'revert');
        expectThat(back.json['outcome'] === 'reverted', `it should have been put back: ${told(back)}`);
        expectThat(/Not complete on web1/.test(String(back.json['message'])), `revert should name web1: ${told(back)}`);
        await mend(faults);
        await untilEnded(faults, 'reverted');
        await expectPutBack(faults, 'web1', before);
      },
    },
  ],
};
