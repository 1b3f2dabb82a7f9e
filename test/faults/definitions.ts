/**
 * A node whose code is not whole writes Moodle's definitions anew, as its cache page does: what it does not know vanishes from the file of all nodes,
 * mappings and stores included (facts M4 and M20). It must be found out and told, and the way on must lead to the whole again.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeEvent, type EventRun, put, RECORD } from '../lab-tests/safety-lab.js';
import { mucConfig, mucState, told } from '../lab-tests/support.js';
import { hurry, putBackByNodes, APPLY as TRIAL_APPLY } from '../lab-tests/trial-lab.js';
import { APPLY, expectThat, type FaultCase, type FaultGroup, type FaultLab, Skipped, whileStopped } from './harness.js';
import { expectAsBefore, prepareSmall } from './on-trial.js';

const DIRROOT = '/var/www/moodle';

/** What web1 lacks, and what the file loses by it. */
interface Loss {
  readonly words: string;
  /** As the file names it. */
  readonly vanishes: string;
  /** The publish after which it befalls. */
  readonly after: 'stores' | 'mappings';
  prepare(faults: FaultLab): Promise<void>;
  lose(faults: FaultLab): Promise<unknown>;
  bringBack(faults: FaultLab): Promise<unknown>;
}

const PLUGIN: Loss = {
  words: "the store's plugin",
  vanishes: '- shared redis_1 -',
  after: 'stores',
  prepare: async () => {},
  lose: (faults) => faults.on('web1', `mv ${DIRROOT}/cache/stores/redis /root/kept-plugin`),
  bringBack: (faults) => faults.on('web1', `mv /root/kept-plugin ${DIRROOT}/cache/stores/redis`),
};

function definitionLoss(area: string): Loss {
  const caches = `${DIRROOT}/lib/db/caches.php`;
  return {
    words: 'a mapped definition',
    vanishes: `core/${area}`,
    after: 'mappings',
    prepare: prepareSmall,
    lose: (faults) => faults.on('web1', `cp -a ${caches} /root/kept-caches.php; printf '\\nunset($definitions["${area}"]);\\n' >>${caches}`),
    bringBack: (faults) => faults.on('web1', `cp -a /root/kept-caches.php ${caches}`),
  };
}

async function updateDefinitions(faults: FaultLab, node: string): Promise<void> {
  const script = '/usr/local/lib/update-definitions.php';
  await put(faults.lab, node, script, readFileSync(join(import.meta.dirname, 'files', 'update-definitions.php')), '644');
  await faults.on(node, `runuser -u www-data -- php ${script} ${DIRROOT}`);
}

/** Stores and mapped definitions that the file names. */
async function named(faults: FaultLab): Promise<readonly string[]> {
  const { stores, definitionmappings } = await mucConfig(faults.lab);
  return [...Object.keys(stores), ...Object.values<{ definition: string }>(definitionmappings).map((m) => m.definition)];
}

/** web1's code loses it, and web1 writes the file. */
async function befall(faults: FaultLab, loss: Loss): Promise<void> {
  expectThat((await named(faults)).includes(loss.vanishes), `${loss.vanishes} should be in the file before`);
  await loss.lose(faults);
  await updateDefinitions(faults, 'web1');
  expectThat(!(await named(faults)).includes(loss.vanishes), `the fault did not come about: ${loss.vanishes} is still in the file`);
}

/** Exit 6 with what moved (rule S8): the file is somebody else's now, and was left to them. */
function expectTold(run: EventRun, { vanishes }: Loss): void {
  expectThat(run.code === 6 && run.json['error']?.code === 'muc-moved', `it should have told of somebody else's change: ${told(run)}`);
  expectThat(run.json['outcome'] !== 'unchanged', `this run has changed things before: ${told(run)}`);
  const words = [JSON.stringify(run.json['error']), ...run.events.filter((e) => e['type'] === 'notice').map((e) => String(e['message']))].join(' ');
  expectThat(words.includes(vanishes), `it should name what vanished, "${vanishes}": ${told(run)}`);
}

/** As the program says: resumed, or, where the other's change is in the way, that one given up by the script it names and all done anew. */
async function goOnAsTold(faults: FaultLab, loss: Loss): Promise<void> {
  let resumed = await faults.run(...APPLY, '--resume');
  if (resumed.code === 7) {
    // A definition that only the file lacks: the refusal holds the command that brings it back.
    const [remedy] = resumed.json['error'].remedies as readonly string[];
    const command = /sudo -u .*/.exec(remedy ?? '')?.[0];
    expectThat(command !== undefined, `it should tell how to bring the definition back: ${told(resumed)}`);
    await faults.on('main', command ?? '');
    resumed = await faults.run(...APPLY, '--resume');
  }
  if (resumed.code !== 0) {
    const { remedies } = resumed.json['error'] as { remedies: readonly string[] };
    expectThat(resumed.code === 6 && remedies.join(' ').includes('break-glass'), `it should lead on: ${told(resumed)}`);
    await faults.on('main', `sh ${RECORD}/sites/*/break-glass.sh`);
    await faults.must(0, 'rollback', '--yes');
    await faults.must(0, ...APPLY);
  }
  await expectWhole(faults, loss);
}

async function expectWhole(faults: FaultLab, loss: Loss): Promise<void> {
  expectThat((await named(faults)).includes(loss.vanishes), `${loss.vanishes} should be in the file again`);
  await faults.must(0, 'verify');
}

function duringRun(loss: Loss): FaultCase {
  return {
    name: `a node that lacks ${loss.words} writes them right after the ${loss.after} are live: exit 6 names what vanished, and the way on leads to the whole`,
    from: 'fresh',
    async run(faults) {
      await loss.prepare(faults);
      const run = await whileStopped(faults, changeEvent(`muc-publish:main:${loss.after}`, 'done'), () => befall(faults, loss), APPLY);
      expectTold(run, loss);
      await loss.bringBack(faults);
      await goOnAsTold(faults, loss);
    },
  };
}

function duringTrial(loss: Loss): FaultCase {
  return {
    name: `a node that lacks ${loss.words} writes them while the wizard watches: exit 6 names what vanished, the nodes put back, --resume ends it`,
    from: 'fresh',
    async run(faults) {
      const { lab } = faults;
      await loss.prepare(faults);
      const before = await mucState(lab);
      const run = await whileStopped(faults, 'On trial: watching', () => befall(faults, loss), [...TRIAL_APPLY, '--trial', '600']);
      expectTold(run, loss);
      // Not even now that web1's code is still not whole does the way back fail.
      await hurry(lab);
      await putBackByNodes(lab, before);
      await expectAsBefore(faults, before);
      await loss.bringBack(faults);
      await faults.must(0, ...TRIAL_APPLY, '--resume', '--trial', '1');
      await expectWhole(faults, loss);
    },
  };
}

/** A definition of this plan that can be lost: any but the one that every start of the stand-in asks for. */
async function mappedArea(faults: FaultLab): Promise<string> {
  const { stores } = await mucConfig(faults.lab);
  const found = (await named(faults)).find((name) => !(name in stores) && name.startsWith('core/') && name !== 'core/config');
  if (found === undefined) throw new Skipped('this plan maps no definition by its name');
  return found.slice('core/'.length);
}

async function expectDrift(faults: FaultLab): Promise<void> {
  const status = await faults.run('status');
  expectThat(/changed by somebody else since/.test(String(status.json['message'])), `status should tell it: ${told(status)}`);
}

export const DEFINITIONS: FaultGroup = {
  name: 'update_definitions',
  cases: [
    duringRun(PLUGIN),
    duringRun(definitionLoss('langmenu')),
    duringTrial(PLUGIN),
    duringTrial(definitionLoss('langmenu')),
    {
      name: "a node that lacks the store's plugin writes them between two runs: verify refuses with exit 7, then tells; apply repairs",
      from: 'applied',
      async run(faults) {
        await befall(faults, PLUGIN);
        const refused = await faults.must(7, 'verify');
        expectThat(refused.json['error']?.code === 'nodes-differ' && refused.json['error'].nodes.includes('web1'), `it should name web1: ${told(refused)}`);
        await PLUGIN.bringBack(faults);
        await expectDrift(faults);
        await faults.must(5, 'verify');
        await faults.must(0, ...APPLY);
        await expectWhole(faults, PLUGIN);
      },
    },
    {
      name: 'a node that lacks a mapped definition writes them between two runs: verify tells with exit 5; apply repairs',
      from: 'applied',
      async run(faults) {
        const loss = definitionLoss(await mappedArea(faults));
        await befall(faults, loss);
        const verified = await faults.must(5, 'verify');
        expectThat(JSON.stringify(verified.json['checks']).includes(loss.vanishes), `verify should name ${loss.vanishes}: ${told(verified)}`);
        await expectDrift(faults);
        await loss.bringBack(faults);
        const command = /sudo -u .*config\.php/.exec((verified.json['checks'] as readonly { remedy?: string }[]).map((c) => c.remedy ?? '').join(' '))?.[0];
        expectThat(command !== undefined, `verify should tell how to bring it back: ${told(verified)}`);
        await faults.on('main', command ?? '');
        await faults.must(0, ...APPLY);
        await expectWhole(faults, loss);
      },
    },
  ],
};
