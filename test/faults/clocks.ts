/** Wall clocks that jump: time goes on by the running clock, records keep their order, and what differs is told. */

import { setTimeout as sleep } from 'node:timers/promises';
import { changeEvent, runAtEvent } from '../lab-tests/safety-lab.js';
import { answersText, mucState, putAnswers, told } from '../lab-tests/support.js';
import { armed, hurry, putBackByNodes, APPLY as TRIAL_APPLY } from '../lab-tests/trial-lab.js';
import { APPLY, expectThat, type FaultCase, type FaultGroup, type FaultLab, whileStopped } from './harness.js';
import {
  expectAsBefore,
  expectGoesOn,
  expectNoStaleRight,
  expectPutBack,
  expectRollback,
  expectSmallChange,
  expectView,
  onTrial,
  prepareSmall,
  VIEW,
} from './on-trial.js';
import { ownClock, setClock } from './wall-clock.js';

interface Jump {
  readonly words: string;
  readonly seconds: number;
}

const JUMPS: readonly Jump[] = [
  { words: '2 h ahead', seconds: 7200 },
  { words: '2 h back', seconds: -7200 },
];

const STORES_LIVE = changeEvent('muc-publish:main:stores', 'done');

/** verify finds everything right but the clocks, and names those; when they are right again it finds nothing. */
async function expectOnlyClocks(faults: FaultLab, host: string, apart: readonly string[]): Promise<void> {
  const verified = await faults.must(5, 'verify');
  const failed = (verified.json['checks'] as { id: string; status: string }[]).filter((c) => c.status === 'failed').map((c) => c.id);
  const wanted = apart.map((node) => `clock:${node}`);
  expectThat(failed.sort().join() === wanted.join(), `verify should tell only ${wanted.join(', ')}, and told: ${failed.join(', ')}`);
  await setClock(faults, host, 0);
  await faults.must(0, 'verify');
}

function inApply(host: 'main' | 'web1', { words, seconds }: Jump): FaultCase {
  return {
    name: `the clock of ${host} jumps ${words} in the middle of an apply: it ends well on every node, verify tells the clocks, rollback finds its way`,
    from: 'fresh',
    async run(faults) {
      await prepareSmall(faults);
      await ownClock(faults, host);
      const before = await mucState(faults.lab);
      // From now on OPcache has the old file, and by its own clock need not look again for two hours.
      await expectView(faults, host, VIEW.before);
      const run = await whileStopped(faults, STORES_LIVE, () => setClock(faults, host, seconds), APPLY);
      expectThat(run.code === 0, `it should have ended well: ${told(run)}`);
      await expectSmallChange(faults);
      await expectView(faults, host, VIEW.changed);
      await expectOnlyClocks(faults, host, host === 'main' ? ['web1', 'web2'] : [host]);
      await expectRollback(faults, before);
      await expectView(faults, host, VIEW.before);
    },
  };
}

function killedBefore({ words, seconds }: Jump): FaultCase {
  return {
    name: `the clock of main jumps ${words} between a run that was killed and its --resume: it ends as if nothing had been`,
    from: 'fresh',
    async run(faults) {
      await prepareSmall(faults);
      await ownClock(faults, 'main');
      const before = await mucState(faults.lab);
      const killed = await runAtEvent(faults.lab, STORES_LIVE, 'kill -9 $WIZARD', APPLY);
      expectThat(killed.code === 137, `it should have been killed: ${told(killed)}`);
      await setClock(faults, 'main', seconds);
      await faults.must(0, ...APPLY, '--resume');
      await expectSmallChange(faults);
      await expectOnlyClocks(faults, 'main', ['web1', 'web2']);
      await expectRollback(faults, before);
    },
  };
}

function watched({ words, seconds }: Jump): FaultCase {
  return {
    name: `the clock of main jumps ${words} while the wizard watches: it watches for as long as it says`,
    from: 'fresh',
    async run(faults) {
      const { lab } = faults;
      await prepareSmall(faults);
      await ownClock(faults, 'main');
      let began = 0;
      const jump = async (): Promise<void> => {
        await setClock(faults, 'main', seconds);
        began = performance.now();
      };
      const run = await whileStopped(faults, 'On trial: watching', jump, [...TRIAL_APPLY, '--trial', '90']);
      const took = Math.round((performance.now() - began) / 1000);
      expectThat(run.code === 0, `it should have been kept: ${told(run)}`);
      // Less what it stood still, more what its last look took.
      expectThat(took > 75 && took < 300, `it said that it watched for 90 s, and took ${took} s`);
      await expectSmallChange(faults);
      expectThat((await armed(lab)).length === 0, `nothing should be armed: ${(await armed(lab)).join(', ')}`);
      await expectOnlyClocks(faults, 'main', ['web1', 'web2']);
    },
  };
}

function bootedWrong({ words, seconds }: Jump): FaultCase {
  return {
    name: `a web node is booted again during a trial, its clock ${words}: the trial ends alike on all nodes`,
    from: 'fresh',
    async run(faults) {
      const { lab } = faults;
      await prepareSmall(faults);
      await ownClock(faults, 'web1');
      const before = await onTrial(faults);
      await setClock(faults, 'web1', seconds);
      await lab.hosts.web1.powerOff();
      await lab.hosts.web1.boot();
      await setClock(faults, 'web1', seconds);
      // Long enough for one that takes its time for over; the others come to their end.
      await sleep(20_000);
      await hurry(lab, 1, ['main', 'web2']);
      await putBackByNodes(lab, before);
      for (const node of ['main', 'web1', 'web2']) await expectView(faults, node, VIEW.before);
      await expectAsBefore(faults, before);
      await expectNoStaleRight(faults);
    },
  };
}

export const CLOCKS: FaultGroup = {
  name: 'clocks',
  cases: [
    ...JUMPS.map((jump) => inApply('main', jump)),
    ...JUMPS.map((jump) => inApply('web1', jump)),
    ...JUMPS.map(killedBefore),
    ...JUMPS.map(watched),
    {
      name: 'the clocks of main and a web node jump ahead and back while nobody watches: on trial to its end, then put back in time',
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        const jump = (seconds: number) => Promise.all(['main', 'web1'].map((host) => setClock(faults, host, seconds)));
        await prepareSmall(faults);
        await Promise.all(['main', 'web1'].map((host) => ownClock(faults, host)));
        const before = await onTrial(faults);
        for (const seconds of [7200, -7200]) {
          await jump(seconds);
          await sleep(15_000);
          await expectGoesOn(faults);
        }
        await jump(0);
        await hurry(lab, 20);
        await jump(-7200);
        await putBackByNodes(lab, before);
        await expectPutBack(faults, 'web1', before);
      },
    },
    ...JUMPS.map(bootedWrong),
    {
      name: 'the clock of main jumps 2 h back between two runs: the newer one is in effect, and the first to be taken back',
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        await prepareSmall(faults);
        await ownClock(faults, 'main');
        const before = await mucState(lab);
        await faults.must(0, ...APPLY);
        const first = await mucState(lab);
        await setClock(faults, 'main', -7200);
        await putAnswers(
          lab,
          answersText('trial', (text) => text.replace('core/config: [beside]', 'core/config: [beside], core/plugin_functions: [beside]')),
        );
        await faults.must(0, ...APPLY);
        expectThat((await mucState(lab)) !== first, 'the second run should have changed the file');
        const status = await faults.run('status');
        expectThat(!/changed by somebody else/.test(String(status.json['message'])), `it was our own run that changed the file: ${told(status)}`);
        await expectRollback(faults, first);
        await expectRollback(faults, before);
      },
    },
    {
      name: "the clock of main is 2 h ahead of the data folder's: a lock of Moodle that is held this moment is not told to be hours old",
      from: 'fresh',
      async run(faults) {
        const lock = '/mnt/moodledata/cache/filelocks/configwrite.lock';
        await prepareSmall(faults);
        await ownClock(faults, 'main');
        await setClock(faults, 'main', 7200);
        const before = await mucState(faults.lab);
        await faults.on('web1', `runuser -u www-data -- sh -c 'mkdir -p $(dirname ${lock}); touch ${lock}'`);
        const refused = await faults.must(6, ...APPLY);
        expectThat(!/hours|7[0-9]{3} s/.test(JSON.stringify(refused.json['error'])), `the lock is seconds old: ${told(refused)}`);
        expectThat((await mucState(faults.lab)) === before, 'the cache configuration must be as it was');
        await faults.on('web1', `rm ${lock}`);
      },
    },
  ],
};
