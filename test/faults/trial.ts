/** The trial puts back, or holds, whatever happens meanwhile (rule S18). */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { changeEvent, NODES, put, runAtEvent } from '../lab-tests/safety-lab.js';
import { mucState, told } from '../lab-tests/support.js';
import { APPLY, armed, hurry, putBackByNodes } from '../lab-tests/trial-lab.js';
import { expectThat, type FaultCase, type FaultGroup, type FaultLab } from './harness.js';
import { expectAsBefore, expectNoStaleRight, onTrial } from './on-trial.js';

/** Something goes wrong while the wizard watches: it puts back by itself. */
function reverts(name: string, fault: string, after?: (faults: FaultLab) => Promise<unknown>): FaultCase {
  return {
    name,
    from: 'fresh',
    async run(faults) {
      const { lab } = faults;
      const before = await mucState(lab);
      const run = await runAtEvent(lab, 'On trial: watching', fault, [...APPLY, '--trial', '600']);
      await after?.(faults);
      expectThat(run.code === 5 && run.json['outcome'] === 'reverted', `it should have put back with exit 5: ${told(run)}`);
      await expectAsBefore(faults, before);
      expectThat((await armed(lab)).length === 0, `nothing should be armed: ${(await armed(lab)).join(', ')}`);
    },
  };
}

export const TRIAL: FaultGroup = {
  name: 'trial',
  cases: [
    {
      name: 'nobody confirms',
      from: 'fresh',
      async run(faults) {
        const before = await onTrial(faults);
        await hurry(faults.lab);
        await putBackByNodes(faults.lab, before);
        await expectAsBefore(faults, before);
        await expectNoStaleRight(faults);
      },
    },
    {
      name: 'the wizard is killed with -9 while it watches',
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        const before = await mucState(lab);
        const run = await runAtEvent(lab, 'On trial: watching', 'kill -9 $WIZARD', [...APPLY, '--trial', '600']);
        expectThat(run.code === 137, `it should have been killed: ${told(run)}`);
        await hurry(lab);
        await putBackByNodes(lab, before);
        await expectAsBefore(faults, before);
      },
    },
    {
      name: 'killed when all is armed and nothing moved; resumed, it ends as if nothing had been',
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        const before = await mucState(lab);
        const run = await runAtEvent(lab, changeEvent('trial-arm:web2:way-back', 'done'), 'kill -9 $WIZARD', [...APPLY, '--trial', '5']);
        expectThat(run.code === 137, `it should have been killed: ${told(run)}`);
        await hurry(lab);
        await putBackByNodes(lab, before);
        await faults.must(0, ...APPLY, '--resume', '--trial', '1');
        await faults.must(0, 'rollback', '--yes');
        await expectAsBefore(faults, before);
      },
    },
    {
      name: 'main is powered off past the end: the web nodes are back in time, main when it is booted',
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        const before = await onTrial(faults);
        await hurry(lab, 20);
        await lab.hosts.main.powerOff();
        await faults.until('web1', `[ "$(sha256sum </mnt/moodledata/muc/config.php | cut -c1-64)" = ${before.split('\n')[0]} ]`, 300);
        for (const node of ['web1', 'web2']) await faults.until(node, 'grep -qx result=reverted /var/lib/moodle-cluster-wizard/trial/*/result', 240);
        await lab.hosts.main.boot();
        await putBackByNodes(lab, before);
        await expectAsBefore(faults, before);
        await expectNoStaleRight(faults);
      },
    },
    {
      name: 'every Moodle node is powered off past the end, and booted again',
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        const before = await onTrial(faults);
        await hurry(lab, 30);
        await Promise.all(NODES.map((node) => lab.host(node).powerOff()));
        await sleep(35_000);
        await Promise.all(NODES.map((node) => lab.host(node).boot()));
        await putBackByNodes(lab, before);
        await expectAsBefore(faults, before);
      },
    },
    reverts(
      'the cache host becomes a black hole: pages answer, only late',
      'ssh deploy@cache1 "sudo systemd-run --on-active=1 ip link set host0 down"',
      ({ lab }) => lab.hosts.cache1.linkUp(),
    ),
    reverts('Redis is stopped', 'ssh deploy@cache1 "sudo systemctl stop moodle-muc-redis1.service"'),
    reverts("a web node's PHP loses the extension", 'ssh deploy@web2 "sudo phpdismod redis && sudo systemctl restart \'php*-fpm.service\'"'),
    reverts(
      'a page fails on one node',
      'ssh deploy@web1 "sudo mv /var/www/moodle/login/index.php /root/kept.php && echo \'<?php http_response_code(500);\' | sudo tee /var/www/moodle/login/index.php"',
      ({ lab }) => lab.hosts.web1.must('mv /root/kept.php /var/www/moodle/login/index.php'),
    ),
    {
      name: 'holds under page views on all nodes: not one fails',
      from: 'fresh',
      async run(faults) {
        const { lab } = faults;
        // Services and modules first: their packages reload PHP, which is no part of the trial.
        await faults.must(0, 'apply', '--answers', '/root/answers.yaml', '--yes', '--only-step', '2');
        await faults.must(0, 'apply', '--answers', '/root/answers.yaml', '--yes', '--only-step', '3');
        await put(lab, 'db1', '/root/load.sh', readFileSync(join(import.meta.dirname, 'files', 'load.sh')), '755');
        await faults.on('db1', `rm -f /root/load.stop; setsid sh /root/load.sh ${NODES.join(' ')} >/dev/null 2>&1 &`);
        await faults.must(0, ...APPLY, '--trial', '30');
        const log = (await faults.on('db1', 'touch /root/load.stop; sleep 3; cat /root/load.log')).trim().split('\n');
        const bad = log.filter((line) => !line.startsWith('200 '));
        console.log(`    ${log.length} page views, ${bad.length} failed`);
        expectThat(log.length > 20 && bad.length === 0, `${bad.length} of ${log.length} page views failed: ${bad.slice(0, 5).join('; ')}`);
      },
    },
  ],
};
