/** The wizard killed at random moments of a whole run with a trial, on real hosts: gone on with or rolled back, it ends as if nothing had been. */

import { randomInt } from 'node:crypto';
import { LOCK, NODES } from '../lab-tests/safety-lab.js';
import { mucConfig, mucState, told, type WizardRun } from '../lab-tests/support.js';
import { APPLY, armed, dropTokens, prepareTrial } from '../lab-tests/trial-lab.js';
import { expectThat, type FaultCase, type FaultGroup, type FaultLab } from './harness.js';

const KILLS = 10;
const START = 'moodle-cluster-wizard apply --answers /root/answers.yaml --yes --trial 1';

/** Starts an apply and kills it after so many milliseconds. @returns false when it was faster */
async function kill({ lab }: FaultLab, ms: number): Promise<boolean> {
  const script = `${START} >/dev/null 2>&1 & p=$!; sleep ${(ms / 1000).toFixed(3)}; kill -9 $p 2>/dev/null; wait $p`;
  const { code } = await lab.hosts.main.exec(['bash', '-c', script], { env: { HOME: '/root' }, timeoutMs: 600_000 });
  return code === 137;
}

/** What was left on trial when all but the watching was done is for a person to keep. */
async function goOn(faults: FaultLab): Promise<WizardRun> {
  const run = await faults.run(...APPLY, '--resume', '--trial', '1');
  return run.json['error']?.code === 'on-trial' ? faults.run('confirm') : run;
}

async function expectClean({ lab }: FaultLab, moment: string): Promise<void> {
  await dropTokens(lab);
  const left = await armed(lab);
  expectThat(left.length === 0, `${moment}: nothing should be armed: ${left.join(', ')}`);
  expectThat((await lab.hosts.main.must(`ls ${LOCK} 2>/dev/null || true`)).trim() === '', `${moment}: the lock should be gone`);
}

function atRandom(part: number): FaultCase {
  return {
    name: `${KILLS} times at random moments, ${part} of 5`,
    from: 'fresh',
    async run(faults) {
      const { lab } = faults;
      await prepareTrial(lab);
      const before = await mucState(lab);
      const began = Date.now();
      await faults.must(0, ...APPLY, '--trial', '1');
      const whole = Date.now() - began;
      const after = JSON.stringify(await mucConfig(lab));
      await faults.must(0, 'rollback', '--yes');
      for (let i = 0; i < KILLS; i += 1) {
        const ms = randomInt(500, whole);
        const died = await kill(faults, ms);
        const back = i % 2 === 1;
        const moment = `${died ? 'killed' : 'not killed'} after ${ms} of ${whole} ms, ${back ? 'rolled back' : 'gone on with'}`;
        console.log(`    ${moment}`);
        if (!back) {
          const run = await goOn(faults);
          expectThat(run.code === 0, `${moment}: ${told(run)}`);
          expectThat(JSON.stringify(await mucConfig(lab)) === after, `${moment}: the configuration should be that of an undisturbed run`);
          await expectClean(faults, moment);
        }
        const run = await faults.run('rollback', '--yes');
        expectThat(run.code === 0, `${moment}: ${told(run)}`);
        expectThat((await mucState(lab)) === before, `${moment}: the file should be as before`);
        await expectClean(faults, moment);
        for (const node of NODES) await lab.host(node).must('! systemctl is-failed -q "moodle-cluster-wizard-*"');
      }
    },
  };
}

export const KILLS_GROUP: FaultGroup = { name: 'kills', cases: [1, 2, 3, 4, 5].map(atRandom) };
