/** What the bridge's contract tests share: an executor over a lab's host, the node toolkit installed, looks at the site's files. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MoodleNodeFacts, PhpPool, ReachFacts } from '../../src/core/facts.js';
import type { Cmd, CmdResult, Executor, RunOptions } from '../../src/exec/executor.js';
import { bridgeSite, createBridge } from '../../src/moodle/bridge.js';
import type { MoodleBridge } from '../../src/moodle/bridge-api.js';
import { type BridgeOp, bridgeArgv, bridgeRequest, newMarker, parseBridgeAnswer, type ReachTarget } from '../../src/moodle/bridge-text.js';
import type { Lab, LabHost } from '../lab/index.js';
import { run as runLocally } from '../lab/run.js';
import { treesDir } from './support.js';

export const DIRROOT = '/var/www/moodle';
export const MUC = '/mnt/moodledata/muc/config.php';
export const HMAC_KEY = 'key of this run';
const TOOLKIT = '/var/lib/moodle-cluster-wizard/kit/contract';
const RUN = '/var/lib/moodle-cluster-wizard/run';
const TOKEN = 'token of this run, long enough';

/** The stand-in in both generations, and every real release that is there. */
export function sitesFound(): readonly { readonly release: string; readonly old: boolean }[] {
  const real = existsSync(treesDir) ? readdirSync(treesDir).filter((name) => existsSync(join(treesDir, name, 'version.php'))) : [];
  return [{ release: 'stand-in', old: false }, { release: 'stand-in', old: true }, ...real.sort().map((release) => ({ release, old: false }))];
}

/** Runs commands on a host of the lab, and keeps what was on command lines. */
export class LabExecutor implements Executor {
  readonly node;
  readonly seen: string[] = [];

  constructor(private readonly host: LabHost) {
    this.node = {
      name: host.name,
      host: host.ip,
      roles: ['web' as const],
      ssh: { hostKeys: 'known_hosts' as const, sudo: { kind: 'none' as const } },
      webPort: 80,
      state: 'in' as const,
    };
  }

  async run(cmd: Cmd, options: RunOptions = {}): Promise<CmdResult> {
    this.seen.push(cmd.argv.join(' '));
    const as = options.as ?? 'root';
    const user = typeof as === 'object' ? { user: as.user } : {};
    const began = Date.now();
    const result = await this.host.exec(cmd.argv, { ...user, ...(cmd.stdin === undefined ? {} : { stdin: String(cmd.stdin) }) });
    return { ...result, ms: Date.now() - began };
  }

  putFile(): Promise<void> {
    throw new Error('not used here');
  }

  async close(): Promise<void> {}
}

/** Puts the bridge and the token's hash on a host, as install-toolkit.sh does. */
export async function installToolkit(host: LabHost): Promise<void> {
  const hash = createHash('sha256').update(TOKEN).digest('hex');
  const packed = await runLocally(['sh', '-c', 'tar cf - -C templates bridge | base64']);
  await host.must(
    `set -e; mkdir -p ${TOOLKIT} ${RUN}; chmod 755 /var/lib/moodle-cluster-wizard ${TOOLKIT} ${TOOLKIT}/.. ${RUN}; base64 -d | tar xf - -C ${TOOLKIT} --no-same-owner; chmod -R a+rX ${TOOLKIT}`,
    {
      stdin: packed.stdout,
    },
  );
  await host.must(`printf %s ${hash} > ${RUN}/web-token-${hash.slice(0, 12)}; chmod 644 ${RUN}/web-token-${hash.slice(0, 12)}`);
}

export interface Site {
  readonly lab: Lab;
  readonly executor: Readonly<Record<string, LabExecutor>>;
  readonly facts: (host: string) => Promise<MoodleNodeFacts>;
  readonly bridge: (
    host: string,
    change?: { readonly webToken?: string; readonly webUser?: string; readonly facts?: MoodleNodeFacts },
  ) => Promise<MoodleBridge>;
  readonly pool: PhpPool;
  readonly reach: (host: string, services: readonly ReachTarget[]) => Promise<readonly ReachFacts[]>;
}

/** One plain call, as the survey makes them. */
async function ask(executor: LabExecutor, op: BridgeOp, fields: Readonly<Record<string, unknown>>): Promise<unknown> {
  const marker = newMarker();
  const stdin = bridgeRequest(op, marker, fields);
  const result = await executor.run({ argv: bridgeArgv('php', TOOLKIT, op), stdin }, { as: { user: 'www-data' } });
  const answer = parseBridgeAnswer(result.stdout, marker);
  if (!answer?.ok) throw new Error(JSON.stringify(answer ?? result));
  return answer.data;
}

async function configFacts(executor: LabExecutor): Promise<MoodleNodeFacts> {
  return (await ask(executor, 'config', { dirroot: DIRROOT, hmacKey: HMAC_KEY })) as MoodleNodeFacts;
}

export async function openSite(lab: Lab, old: boolean): Promise<Site> {
  const hosts = lab.all.filter((host) => host.plan.kind === 'main' || host.plan.kind === 'web');
  if (old) await Promise.all(hosts.map((h) => h.must(['sed', '-i', "/setup.php/i $CFG->standin_generation = 'old';", `${DIRROOT}/config.php`])));
  await Promise.all(hosts.map(installToolkit));
  const executor = Object.fromEntries(hosts.map((h) => [h.name, new LabExecutor(h)]));
  const version = (await lab.hosts.main.must('ls /etc/php')).trim();
  const listen = `/run/php/php${version}-fpm.sock`;
  const pool: PhpPool = {
    kind: 'fpm',
    name: 'www',
    version,
    user: 'www-data',
    group: 'www-data',
    listen,
    unit: `php${version}-fpm.service`,
    configFile: `/etc/php/${version}/fpm/pool.d/www.conf`,
    processControlTimeout: 0,
  };
  const of = (name: string): LabExecutor => {
    const found = executor[name];
    if (!found) throw new Error(`no host ${name}`);
    return found;
  };
  const facts = (name: string): Promise<MoodleNodeFacts> => configFacts(of(name));
  // The site's paths do not change during these tests; a corrupt file must not be in the way of asking for them.
  const site = bridgeSite(await facts('main'), '/var/www/moodle');
  const common = { toolkitDir: TOOLKIT, phpBinary: 'php', hmacKey: HMAC_KEY, site };
  const bridge: Site['bridge'] = async (name, { facts: own, ...change } = {}) =>
    createBridge({
      ...common,
      executor: of(name),
      webUser: 'www-data',
      webToken: TOKEN,
      ...(own ? { site: bridgeSite(own, '/var/www/moodle') } : {}),
      ...change,
    });
  const reach: Site['reach'] = async (name, services) => (await ask(of(name), 'reach', { services })) as readonly ReachFacts[];
  return { lab, executor, facts, bridge, pool, reach };
}

/** Everything below dataroot that looking must not touch: name, kind, size and time of each entry; sessions and logs of pages left out. */
export async function dataState(lab: Lab): Promise<string> {
  return lab.hosts.main.must(`cd /mnt/moodledata && find . -path ./sessions -prune -o -printf '%p %y %s %T@ %m\\n' | sort`);
}

export async function mucHash(lab: Lab): Promise<string> {
  return (await lab.hosts.main.must(`sha256sum < ${MUC}`)).slice(0, 64);
}
