/**
 * Is the advice right? Each scenario's recommended configuration and the alternatives are applied for real, through the wizard itself, and the same pages
 * are asked of every node, in turns. Prints the table and the regret: how much slower the recommended one is than the best.
 * Resumable: what was measured is kept in the lab's cache folder (`--fresh` begins anew). Needs the lab and some twenty minutes a scenario.
 */

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endLab, type Lab, slowShare, startLab } from '../lab/index.js';
import { cacheDir } from '../lab/paths.js';
import { answersText, buildWizard, dailyRelease, putAnswers, told, wizard } from '../lab-tests/support.js';

const NODES = ['main', 'web1', 'web2'];
const PAGES = ['/login/index.php', '/', '/course/view.php?id=1'];
const ROUNDS = 12;
/** What may be private on each node. */
const LOCAL = ['core/string', 'core/langmenu', 'core/plugin_functions', 'core/htmlpurifier', 'core/coursemodinfo'];
const SMALL = LOCAL.slice(0, 3);

interface Configuration {
  readonly name: string;
  readonly application: 'default_application' | 'redis1';
  readonly near: readonly ('apcu' | 'localdisk')[];
}

const CONFIGURATIONS: readonly Configuration[] = (['default_application', 'redis1'] as const).flatMap((application) =>
  ([[], ['apcu'], ['localdisk'], ['apcu', 'localdisk']] as const).map((near) => ({
    name: [application === 'redis1' ? 'Redis' : 'files', ...near].join(' + '),
    application,
    near,
  })),
);

interface Scenario {
  readonly name: string;
  readonly prepare: (lab: Lab) => Promise<void>;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'fast share', prepare: async () => {} },
  { name: 'slow share', prepare: slowShare },
];

interface Row {
  readonly scenario: string;
  readonly configuration: string;
  /** Milliseconds to the first byte, every page of every node. */
  readonly warm: readonly number[];
  readonly cold: readonly number[];
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const at = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

function answersFor(configuration: Configuration | null): string {
  const needs = 'needs: {users: 2000, sharedDisk: measure, aim: fastest}';
  return answersText('redis', (text) => {
    const base = text.replace(/needs:[\s\S]*?services:/, `${needs}\nservices:`);
    if (configuration === null) return base;
    const definitions = LOCAL.flatMap((id) => {
      const small = SMALL.includes(id);
      const store = configuration.near.find((n) => (n === 'apcu' ? small : true));
      return store ? [`${id}: [${store}, ${configuration.application}]`] : [];
    });
    const gone = LOCAL.filter((id) => !definitions.some((d) => d.startsWith(`${id}:`)));
    const stores =
      '[{name: redis1, plugin: redis, service: redis1}, {name: apcu, plugin: apcu}, {name: localdisk, plugin: file, settings: {path: /var/local/moodlecache/muc-local, autocreate: true}}]';
    return `${base.replace(/stores: auto[\s\S]*?secrets:/, `stores: ${stores}\nmappings: {base: keep, modes: {application: ${configuration.application}}, definitions: {${definitions.join(', ')}}}\nremove: {mappings: [${gone.join(', ')}]}\nsecrets:`)}`;
  });
}

async function apply(lab: Lab, configuration: Configuration): Promise<void> {
  await putAnswers(lab, answersFor(configuration));
  const run = await wizard(lab, ['apply', '--answers', '/root/answers.yaml', '--yes', '--no-trial']);
  if (run.code !== 0) throw new Error(`${configuration.name} could not be applied: ${told(run)}`);
}

/** First byte of every page from every node, milliseconds. */
async function ask(lab: Lab, rounds: number): Promise<number[]> {
  const urls = NODES.flatMap((node) => PAGES.map((page) => `http://${node}${page}`));
  const loop = `for i in $(seq ${rounds}); do for u in ${urls.map((u) => `'${u}'`).join(' ')}; do curl -s -o /dev/null -w '%{time_starttransfer}\\n' -H 'Host: moodle.lab' "$u"; done; done`;
  return (await lab.hosts.cache1.must(loop))
    .trim()
    .split('\n')
    .map((line) => Number(line) * 1000);
}

async function measure(lab: Lab, scenario: string, configuration: Configuration): Promise<Row> {
  await apply(lab, configuration);
  await lab.hosts.main.must('runuser -u www-data -- php /var/www/moodle/admin/cli/purge_caches.php');
  const cold = await ask(lab, 1);
  await ask(lab, 2);
  return { scenario, configuration: configuration.name, warm: await ask(lab, ROUNDS), cold };
}

async function recommended(lab: Lab): Promise<string> {
  await putAnswers(lab, answersFor(null));
  const run = await wizard(lab, ['advise', '--answers', '/root/answers.yaml']);
  if (run.code !== 0) throw new Error(told(run));
  const { advice } = run.json['result'];
  const used = new Set<string>(advice.definitions.flatMap((d: { stores: string[] }) => d.stores));
  const application = advice.modes[0].store === 'redis1' ? 'Redis' : 'files';
  process.stdout.write(`advice: ${advice.summary}\n`);
  return [application, ...(['apcu', 'localdisk'] as const).filter((n) => used.has(n))].join(' + ');
}

function table(scenario: string, rows: readonly Row[], chosen: string): number {
  const best = Math.min(...rows.map((r) => median(r.warm)));
  const lines = [...rows]
    .sort((a, b) => median(a.warm) - median(b.warm))
    .map((r) => {
      const n = (ms: number) => ms.toFixed(0).padStart(6);
      return `${r.configuration.padEnd(28)}${n(median(r.warm))}${n(at(r.warm, 0.1))}${n(at(r.warm, 0.9))}${n(median(r.cold))}${r.configuration === chosen ? '  recommended' : ''}`;
    });
  const own = rows.find((r) => r.configuration === chosen);
  const regret = own ? median(own.warm) / best - 1 : Number.NaN;
  process.stdout.write(`\n${scenario}: first byte, ms\n${''.padEnd(28)}  warm   p10   p90  cold\n${lines.join('\n')}\nregret ${(regret * 100).toFixed(1)} %\n`);
  return regret;
}

async function run(scenario: Scenario, file: string): Promise<number> {
  const read = (): Row[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .filter(Boolean)
          .map((l) => JSON.parse(l) as Row)
      : [];
  const lab = await startLab({ name: 'bench', release: dailyRelease() });
  await lab.restore();
  // A folder of each node's own, as a cluster has it.
  for (const node of NODES) {
    await lab
      .host(node)
      .must(
        `install -d -o www-data -g www-data /var/local/moodlecache; grep -q localcachedir /var/www/moodle/config.php || sed -i "s#^require_once#\\$CFG->localcachedir = '/var/local/moodlecache';\\nrequire_once#" /var/www/moodle/config.php; systemctl reload 'php*-fpm'`,
      );
  }
  await ask(lab, 1);
  await scenario.prepare(lab);
  const chosen = await recommended(lab);
  for (const configuration of CONFIGURATIONS) {
    if (read().some((r) => r.scenario === scenario.name && r.configuration === configuration.name)) continue;
    process.stdout.write(`${scenario.name}: ${configuration.name} …\n`);
    appendFileSync(file, `${JSON.stringify(await measure(lab, scenario.name, configuration))}\n`);
  }
  return table(
    scenario.name,
    read().filter((r) => r.scenario === scenario.name),
    chosen,
  );
}

/** Exit 0 when no regret is above a tenth. `--only NAME`: one scenario. */
export async function bench(args: readonly string[]): Promise<number> {
  const file = join(cacheDir(), 'bench', 'advice.jsonl');
  mkdirSync(join(cacheDir(), 'bench'), { recursive: true });
  if (args.includes('--fresh')) rmSync(file, { force: true });
  buildWizard();
  const only = args[args.indexOf('--only') + 1];
  const wanted = args.includes('--only') ? SCENARIOS.filter((s) => s.name === only) : SCENARIOS;
  const regrets: number[] = [];
  try {
    for (const scenario of wanted) regrets.push(await run(scenario, file));
  } finally {
    await endLab('bench');
  }
  process.stdout.write(`\nregret: at most ${(Math.max(...regrets) * 100).toFixed(1)} %, median ${(median(regrets) * 100).toFixed(1)} %\n`);
  return regrets.every((r) => r <= 0.1) ? 0 : 1;
}
