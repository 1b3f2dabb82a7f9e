import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAptProxy } from './apt-proxy.js';
import { endGroup } from './cgroups.js';
import { LabHost } from './host.js';
import { ensureHostTools } from './host-tools.js';
import { type BuildContext, baseLayers, hostLayers } from './images.js';
import { withLock } from './lock.js';
import { dropContainerScratch, mountTmpfs, provideContainerScratch, unmountUnder } from './mounts.js';
import { addressIn, claimSlot, makeBridge, plugIn, releaseSlot, removeNetwork } from './network.js';
import { nodeLayer } from './node-layer.js';
import { cacheDir, filesDir, fullName, labDir, projectRoot } from './paths.js';
import { type HostPlan, isMoodleHost, type LabOptions, type LabState, planHosts, recipeOf } from './plan.js';
import { must } from './run.js';
import { removeUnused } from './sandbox.js';
import { makeSeeds, sshDir } from './seeds.js';
import { findRelease, installedSite, isStandIn, type Release } from './site.js';

/** The hosts of a lab by name. Those that the lab was not asked for are missing at run time. */
export type LabHosts = Readonly<Record<'main' | 'web1' | 'web2' | 'web3' | 'cache1' | 'db1', LabHost>>;

/** A running lab. */
export class Lab {
  readonly hosts: LabHosts;
  readonly all: readonly LabHost[];
  readonly wwwroot = 'http://moodle.lab';

  /** `fresh`: just booted from its image, so that `restore` would only do the same again. */
  constructor(
    private readonly state: LabState,
    readonly fresh = false,
  ) {
    this.all = state.hosts.map((plan) => new LabHost(state, plan));
    this.hosts = Object.fromEntries(this.all.map((host) => [host.name, host])) as unknown as LabHosts;
  }

  get name(): string {
    return this.state.name;
  }

  get release(): string {
    return this.state.release;
  }

  /** Password of the site's administrator, whose name is admin. */
  get adminPassword(): string {
    return this.state.adminPassword;
  }

  /** The bridge's address: what the hosts see this machine as. */
  get gateway(): string {
    return addressIn(this.state.slot, 1);
  }

  /** Folder with id_ed25519, known_hosts and deploypw-password, to log in from this machine. */
  get sshDir(): string {
    return sshDir(this.name);
  }

  /** The shared data folder, seen from outside. */
  get dataroot(): string {
    return join(labDir(this.name), 'run', 'dataroot');
  }

  /** A host by name; throws when the lab has none of that name. */
  host(name: string): LabHost {
    const found = this.all.find((host) => host.name === name);
    if (found === undefined) throw new Error(`lab ${this.name} has no host ${name}`);
    return found;
  }

  /** Sudo password of the account deploypw. */
  deploypwPassword(): string {
    return readFileSync(join(this.sshDir, 'deploypw-password'), 'utf8');
  }

  /** All that the different site keeps on cache1 (option foreignServices), as text to compare. */
  foreignData(): Promise<string> {
    return this.hosts.cache1.must(['bash', '/usr/local/lib/lab/foreign-dump.sh']);
  }

  /** Puts every host, the data folder and the database back to how they were when the site had just been installed. */
  async restore(): Promise<void> {
    await withLock(lockOf(this.name), async () => {
      await Promise.all(this.all.map((host) => host.powerOff()));
      await removeNetwork(this.state.slot, 'hosts');
      const data = fillDataroot(this.state);
      await Promise.all(this.all.map((host) => freshHost(this.state, host)));
      await data;
    });
  }

  /** Ends the lab and removes all it left on this machine but the cache. */
  async down(): Promise<void> {
    await endLab(this.name);
  }
}

function lockOf(name: string): string {
  return join(cacheDir(), 'locks', `lab-${name}.lock`);
}

function stateFile(name: string): string {
  return join(labDir(name), 'state.json');
}

function readState(name: string): LabState | undefined {
  return existsSync(stateFile(name)) ? (JSON.parse(readFileSync(stateFile(name), 'utf8')) as LabState) : undefined;
}

async function fillDataroot(state: LabState): Promise<void> {
  const target = join(labDir(state.name), 'run', 'dataroot');
  await must(['rsync', '-a', '--delete', `${state.dataroot}/`, `${target}/`]);
}

async function freshHost(state: LabState, host: LabHost): Promise<void> {
  await host.wipe();
  await plugIn(state.slot, host.name, host.plan.last);
  await host.boot();
}

async function removeLab(name: string): Promise<void> {
  await endGroup(`labs/${name}`);
  await unmountUnder(labDir(name));
  const slot = claimSlot(name);
  await removeNetwork(slot, 'all');
  releaseSlot(slot);
  await rm(labDir(name), { recursive: true, force: true });
  if (labNames().length === 0) await dropContainerScratch();
}

/** Ends a lab by name, whatever state it is in. */
export async function endLab(given: string): Promise<void> {
  const name = fullName(given);
  await withLock(lockOf(name), () => removeLab(name));
}

/** The names of the labs of this machine, running or not. */
export function labNames(): string[] {
  const dir = join(cacheDir(), 'labs');
  return existsSync(dir) ? readdirSync(dir).sort() : [];
}

/** Gives an existing lab by name; undefined when there is none. */
export function openLab(name: string): Lab | undefined {
  const state = readState(fullName(name));
  return state === undefined ? undefined : new Lab(state);
}

function layersOf(host: HostPlan, layers: Record<'node' | 'db' | 'cache' | 'nodejs' | 'pgdata', readonly string[]>) {
  if (host.kind === 'db') return [...layers.pgdata, ...layers.db];
  if (host.kind === 'cache') return layers.cache;
  return host.kind === 'main' ? [...layers.nodejs, ...layers.node] : layers.node;
}

function recipe(release: Release, options: LabOptions, webs: number): string {
  const files = readdirSync(filesDir()).sort();
  const texts = files.map((file) => readFileSync(join(filesDir(), file), 'utf8'));
  return recipeOf([release, webs, options.foreignServices === true, projectRoot(), files, texts]);
}

async function build(name: string, release: Release, options: LabOptions, context: BuildContext, slot: number) {
  const webs = options.webs ?? 2;
  const foreign = options.foreignServices === true;
  const hosts = planHosts(webs);
  const { suite } = release;
  const [site, node, db, nodejs, cache] = await Promise.all([
    installedSite(release, context),
    hostLayers(suite, 'node', context),
    hostLayers(suite, 'db', context),
    nodeLayer(context),
    foreign ? hostLayers(suite, 'foreign', context) : baseLayers(suite, context),
  ]);
  const layers = { node, db, cache, nodejs: [nodejs], pgdata: [site.databaseLayer] };
  const state: LabState = {
    name,
    slot,
    release: release.name,
    webs,
    foreignServices: foreign,
    hosts,
    recipe: recipe(release, options, webs),
    adminPassword: site.adminPassword,
    dataroot: site.dataroot,
    lowers: Object.fromEntries(hosts.map((host) => [host.name, layersOf(host, layers)])),
    code: site.code,
  };
  await makeSeeds(state, site.config);
  return state;
}

async function firstPages(lab: Lab, state: LabState): Promise<void> {
  const headers = ['-H', 'Host: moodle.lab'];
  const nodes = lab.all.filter((host) => isMoodleHost(host.plan));
  const page = isStandIn(state.release) ? '/' : '/login/index.php';
  // Also fills each node's code cache, so that a test does not measure the first compilation.
  const strict = isStandIn(state.release) ? [] : ['-f'];
  const ask = (host: LabHost) => must(['curl', '-sS', ...strict, '-o', '/dev/null', '-m', '60', ...headers, `http://${host.ip}${page}`]);
  await Promise.all(nodes.map(ask));
}

/**
 * Starts a lab, building whatever is missing in the cache. A lab of the same name and make
 * that runs already is given as it is; anything else of that name is removed first.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const name = fullName(options.name ?? 'dev');
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) throw new Error(`not a name for a lab: ${name}`);
  const log = options.log ?? ((line: string) => process.stderr.write(`lab ${name}: ${line}\n`));
  const release = findRelease(options.release ?? '4.5.6', options.plugins);
  await ensureHostTools();
  return withLock(
    lockOf(name),
    async () => {
      const existing = readState(name);
      if (existing?.recipe === recipe(release, options, options.webs ?? 2)) {
        const lab = new Lab(existing);
        if (lab.all.every((host) => host.isOn())) return lab;
      }
      await removeLab(name);
      await mkdir(labDir(name), { recursive: true });
      const slot = claimSlot(name);
      await makeBridge(slot);
      const proxyAddress = addressIn(slot, 1);
      await startAptProxy(join(labDir(name), 'proxy'), proxyAddress, `labs/${name}/proxy`);
      const state = await build(name, release, options, { proxyAddress, log }, slot);
      log('starting hosts …');
      const runDir = join(labDir(name), 'run');
      await mountTmpfs(runDir, '8g');
      await provideContainerScratch();
      await mkdir(join(runDir, 'dataroot'));
      await fillDataroot(state);
      const lab = new Lab(state, true);
      await Promise.all(lab.all.map((host) => freshHost(state, host)));
      await firstPages(lab, state);
      // Written last: what has a state file was complete once.
      await writeFile(stateFile(name), JSON.stringify(state, null, 2), { mode: 0o600 });
      await removeUnused(labNames().map((each) => JSON.stringify(readState(each) ?? {})));
      return lab;
    },
    (pid) => log(`waiting for process ${pid}, which works on this lab`),
  );
}

/** What a host wrote to its console and, while it is on, the end of its journal. */
export async function logsOf(host: LabHost): Promise<string> {
  const console = existsSync(host.logFile) ? await readFile(host.logFile, 'utf8') : '';
  const journal = host.isOn() ? await host.exec(['journalctl', '--no-pager', '-q', '-n', '300']) : undefined;
  return `${console}${journal?.stdout ?? ''}`;
}
