/**
 * Rounds of apply and rollback on a lab's real hosts, and what grows with them: files, processes, units, keys, restore points. The first of every ten is the
 * whole job, packages and service too, which then stay for the nine that change the cache configuration only. A broken off soak goes on where it was.
 * usage: npm run soak [-- --rounds 100] [--release R] [--fresh]
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RETENTION } from '../../src/engine/run/retention.js';
import { APPLY, type FaultLab, faultLab, reset } from '../faults/harness.js';
import { startLab } from '../lab/index.js';
import { cacheDir } from '../lab/paths.js';
import { buildWizard, dailyRelease } from '../lab-tests/support.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, release: { type: 'string' }, fresh: { type: 'boolean', default: false } },
});

/** Rounds with one installation. After the first of these, everything that is made once has been made. */
const EVERY = 10;

/** What is counted, by a shell text that prints a number on a host. */
const COUNTS: readonly { readonly name: string; readonly host: string; readonly text: string; readonly atMost?: number }[] = [
  { name: 'restore points', host: 'main', text: 'ls -d /var/lib/moodle-cluster-wizard/sites/*/restore-points/*/ | wc -l', atMost: RETENTION.points + 1 },
  { name: 'copies on web1', host: 'web1', text: 'ls /var/lib/moodle-cluster-wizard/before | wc -l', atMost: RETENTION.points + 1 },
  { name: 'copies on cache1', host: 'cache1', text: 'ls /var/lib/moodle-cluster-wizard/before | wc -l', atMost: RETENTION.points + 1 },
  { name: 'journals', host: 'main', text: 'ls /root/.local/state/moodle-cluster-wizard/runs | wc -l', atMost: RETENTION.journals + 1 },
  { name: 'tokens and jobs', host: 'web1', text: 'find /var/lib/moodle-cluster-wizard/run /var/lib/moodle-cluster-wizard/jobs -type f 2>/dev/null | wc -l' },
  { name: 'processes of main', host: 'main', text: 'ps -e --no-headers | grep -vcE "php-fpm|kworker|ps$|grep|sshd|wc"' },
  { name: 'units of cache1', host: 'cache1', text: 'systemctl list-unit-files --no-legend --no-pager | wc -l' },
  { name: 'failed units of web1', host: 'web1', text: 'systemctl list-units --failed --no-legend --no-pager | wc -l' },
  { name: 'files in muc', host: 'main', text: 'ls -A /mnt/moodledata/muc | wc -l' },
  { name: 'temporary files of main', host: 'main', text: 'find /tmp /var/tmp -name "moodle-cluster-wizard*" | wc -l' },
];

type Counts = Readonly<Record<string, number>>;
interface State {
  readonly rounds: number;
  readonly first: Counts | null;
}

async function count(faults: FaultLab): Promise<Counts> {
  const found: Record<string, number> = {};
  for (const { name, host, text } of COUNTS) found[name] = Number((await faults.on(host, text)).trim());
  return found;
}

async function main(): Promise<number> {
  const release = values.release ?? dailyRelease();
  const file = join(cacheDir(), 'results', `soak-${release}.json`);
  if (values.fresh) rmSync(file, { force: true });
  buildWizard();
  const lab = await startLab({ name: 'soak', release, webs: 2 });
  const faults = faultLab(lab, release);
  // A lab of the same name that still runs is the one of the broken off soak.
  let state: State =
    existsSync(file) && (await lab.hosts.main.exec('test -e /root/soak')).code === 0
      ? (JSON.parse(readFileSync(file, 'utf8')) as State)
      : { rounds: 0, first: null };
  if (state.rounds === 0) {
    await reset(faults);
    await faults.on('main', 'touch /root/soak');
  }
  const rounds = Number(values.rounds);
  for (let round = state.rounds + 1; round <= rounds; round++) {
    await faults.must(0, ...APPLY);
    await faults.must(0, 'rollback', '--yes', ...(round % EVERY === 1 ? ['--muc-only'] : []));
    // Then the installation goes too: all is as it was at first.
    const over = round % EVERY === 0 || round === rounds;
    if (over) await faults.must(0, 'rollback', '--yes');
    state = { rounds: round, first: state.first ?? (over ? await count(faults) : null) };
    mkdirSync(join(cacheDir(), 'results'), { recursive: true });
    writeFileSync(file, JSON.stringify(state));
    console.log(`round ${round} of ${rounds}`);
  }
  const now = await count(faults);
  const result = { passed: 0, failed: 0 };
  for (const { name, atMost } of COUNTS) {
    const limit = atMost ?? state.first?.[name] ?? 0;
    const well = (now[name] ?? 0) <= limit;
    result[well ? 'passed' : 'failed'] += 1;
    console.log(
      `${well ? 'passed' : 'FAILED'}   ${name}: ${now[name]} after ${state.rounds} rounds (${state.first?.[name] ?? '?'} after ${EVERY}, at most ${limit})`,
    );
  }
  if (result.failed === 0) await lab.down();
  console.log(`\n${result.passed} passed, ${result.failed} failed, 0 skipped`);
  return result.failed === 0 ? 0 : 1;
}

process.exitCode = await main();
