/**
 * Is the advice right? Each scenario's recommended configuration and the alternatives are applied for real, through the wizard itself, and the same load
 * is put on every node. Prints the tables and the regrets. Resumable: what was measured is kept in the lab's cache folder (`--fresh` begins anew).
 * Needs a real Moodle release, and some twenty minutes a scenario.
 * usage: npm run bench -- advice [--only SCENARIO] [--fresh]
 */

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endLab, type Lab, slowShare, startLab } from '../lab/index.js';
import { cacheDir } from '../lab/paths.js';
import { buildWizard, dailyRelease, putAnswers, told, wizard } from '../lab-tests/support.js';
import { answersFor, BESIDE, configurations, MEMCACHED_PLUGIN, nameOf, redisAt, type Services } from './advice/configurations.js';
import { LOAD, measure, NODES, siteInUse } from './advice/load.js';
import { median, pageMs, printTable, type Regret, type Row } from './advice/table.js';

const MOST = 0.1;
const PASSES = 2;

interface Scenario {
  readonly name: string;
  readonly services: Services;
  readonly prepare: (lab: Lab) => Promise<void>;
}

/** A relay on main that hands on every byte to the other site's Redis of cache1 this much later, each way: a cache host in another building. */
const FAR_MS = 1;
const FAR_PORT = 7390;

async function farRedis(lab: Lab): Promise<void> {
  await lab.hosts.main.must(['sh', '-c', 'cat >/root/relay.mjs'], { stdin: readFileSync('test/lab-tests/files/delay-relay.mjs') });
  await lab.hosts.main.must(`systemctl is-active -q relay || systemd-run -q --unit=relay node /root/relay.mjs ${FAR_PORT} cache1 6379 ${FAR_MS}`);
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'fast share', services: BESIDE, prepare: async () => {} },
  { name: 'slow share', services: BESIDE, prepare: slowShare },
  { name: 'fast share, far Redis', services: redisAt(`main:${FAR_PORT}`), prepare: farRedis },
  {
    name: 'slow share, far Redis',
    services: redisAt(`main:${FAR_PORT}`),
    prepare: async (lab) => {
      await slowShare(lab);
      await farRedis(lab);
    },
  },
];

/** As a cluster has it: a folder of each node's own for local caches, and sessions in the database, since files on a slow share lose them. */
const SETTINGS = "$CFG->localcachedir = '/var/local/moodlecache'; $CFG->session_handler_class = 'core\\\\session\\\\database';";

async function settings(lab: Lab): Promise<void> {
  const set =
    'install -d -o www-data -g www-data /var/local/moodlecache; grep -q localcachedir "$1" || sed -i "/setup.php/i $2" "$1"; systemctl reload "php*-fpm"';
  for (const node of NODES) await lab.host(node).must(['sh', '-c', set, 'sh', '/var/www/moodle/config.php', SETTINGS]);
}

async function recommended(lab: Lab, services: Services): Promise<string> {
  await putAnswers(lab, answersFor(null, services));
  const run = await wizard(lab, ['advise', '--answers', '/root/answers.yaml']);
  if (run.code !== 0) throw new Error(told(run));
  const { advice } = run.json['result'];
  process.stdout.write(`advice: ${advice.summary}\n`);
  return nameOf(advice);
}

async function run(scenario: Scenario, file: string): Promise<Regret> {
  const read = (): readonly Row[] =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .filter((l) => l !== '')
      .map((l) => JSON.parse(l) as Row)
      .filter((r) => r.scenario === scenario.name && r.load === LOAD);
  const lab = await startLab({
    name: 'bench',
    release: dailyRelease(),
    foreignServices: true,
    plugins: BESIDE.memcached ? [MEMCACHED_PLUGIN] : [],
  });
  await lab.restore();
  await settings(lab);
  await scenario.prepare(lab);
  const site = await siteInUse(lab);
  const chosen = await recommended(lab, scenario.services);
  process.stdout.write(`recommended: ${chosen}\n`);
  const all = configurations(scenario.services);
  // Back and forth, so that what changes with time does not count against those that come late.
  const order = Array.from({ length: PASSES }, (_, pass) =>
    (pass % 2 === 0 ? all : [...all].reverse()).map((configuration) => ({ configuration, pass })),
  ).flat();
  for (const { configuration, pass } of order) {
    if (read().some((r) => r.configuration === configuration.name && r.pass === pass)) continue;
    const began = Date.now();
    await putAnswers(lab, answersFor(configuration, scenario.services));
    const applied = await wizard(lab, ['apply', '--answers', '/root/answers.yaml', '--yes', '--no-trial']);
    if (applied.code !== 0) throw new Error(`${configuration.name} could not be applied: ${told(applied)}`);
    const row: Row = { scenario: scenario.name, configuration: configuration.name, load: LOAD, pass, ...(await measure(lab, site)) };
    appendFileSync(file, `${JSON.stringify(row)}\n`);
    process.stdout.write(`${scenario.name}: ${configuration.name}: ${pageMs(row.warm).toFixed(1)} ms warm (${Math.round((Date.now() - began) / 1000)} s)\n`);
  }
  return printTable(scenario.name, read(), chosen);
}

/** Exit 0 when no regret is above a tenth. */
export async function bench(args: readonly string[]): Promise<number> {
  if (dailyRelease() === 'stand-in') {
    process.stderr.write('This needs a real Moodle release under $MOODLE_TREES: pages of the stand-in tell nothing about caches.\n');
    return 1;
  }
  const file = join(cacheDir(), 'bench', 'advice.jsonl');
  mkdirSync(join(cacheDir(), 'bench'), { recursive: true });
  if (args.includes('--fresh')) rmSync(file, { force: true });
  buildWizard();
  const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : null;
  const regrets: Regret[] = [];
  try {
    for (const scenario of SCENARIOS.filter((s) => only === null || s.name === only)) regrets.push(await run(scenario, file));
  } finally {
    await endLab('bench');
  }
  const all = regrets.flatMap((r) => [r.warm, r.work]);
  process.stdout.write(`\nregret: at most ${(Math.max(...all) * 100).toFixed(1)} %, median ${(median(all) * 100).toFixed(1)} %\n`);
  return all.every((r) => r <= MOST) ? 0 : 1;
}
