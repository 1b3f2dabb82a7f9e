import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endGroup, inGroup } from './cgroups.js';
import { isMounted, mountOverlay, unmountUnder } from './mounts.js';
import { addressIn, setLink, setPower, spaceOf } from './network.js';
import { labDir, projectRoot } from './paths.js';
import { type HostPlan, isMoodleHost, type LabState } from './plan.js';
import { firstOfInnerSpace, isRunning, markProcess, type ProcessMark } from './processes.js';
import { CommandFailed, poll, type RunOptions, type RunResult, run, sleep } from './run.js';
import { labFile } from './sandbox.js';
import { seedDir } from './seeds.js';

/** How a command is run inside a host. */
export interface ExecOptions extends RunOptions {
  /** The account that runs it; root when left out. */
  readonly user?: string;
}

const startTries = 4;

/** One machine of a lab. */
export class LabHost {
  readonly name: string;
  readonly ip: string;

  constructor(
    private readonly lab: LabState,
    readonly plan: HostPlan,
  ) {
    this.name = plan.name;
    this.ip = addressIn(lab.slot, plan.last);
  }

  private get runDir(): string {
    return join(labDir(this.lab.name), 'run', this.name);
  }

  private get markFile(): string {
    return join(labDir(this.lab.name), 'pids', `${this.name}.json`);
  }

  private get group(): string {
    return `labs/${this.lab.name}/${this.name}`;
  }

  /** What the host wrote to its console. */
  get logFile(): string {
    return join(labDir(this.lab.name), 'logs', `${this.name}.log`);
  }

  /** The host's root folder, seen from outside. */
  get rootDir(): string {
    return join(this.runDir, 'root');
  }

  private supervisor(): ProcessMark | undefined {
    if (!existsSync(this.markFile)) return undefined;
    const mark = JSON.parse(readFileSync(this.markFile, 'utf8')) as ProcessMark;
    return isRunning(mark) ? mark : undefined;
  }

  /** The process that is number 1 inside; undefined while the host is off. */
  private initPid(): number | undefined {
    const supervisor = this.supervisor();
    return supervisor === undefined ? undefined : firstOfInnerSpace(supervisor.pid);
  }

  /** Whether the host is switched on. */
  isOn(): boolean {
    return this.initPid() !== undefined;
  }

  /** Runs a command inside: words as they are, or a text for the shell. */
  async exec(command: string | readonly string[], options: ExecOptions = {}): Promise<RunResult> {
    const pid = this.initPid();
    if (pid === undefined) return { code: 255, stdout: '', stderr: `${this.name} is switched off` };
    const words = typeof command === 'string' ? ['sh', '-c', command] : command;
    const user = options.user ?? 'root';
    const as = user === 'root' ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups'];
    const home = user === 'root' ? '/root' : user === 'www-data' ? '/var/www' : `/home/${user}`;
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const env = [`PATH=${path}`, `HOME=${home}`, `USER=${user}`, 'LANG=C.UTF-8', 'TERM=dumb'];
    const extra = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
    // Ending nsenter would leave the command running inside, so the limit is kept there.
    const limit = options.timeoutMs === undefined ? [] : ['timeout', '-s', 'KILL', String(options.timeoutMs / 1000)];
    const enter = ['nsenter', '-t', String(pid), '-a', '--', 'env', '-i', ...env, ...extra];
    return run([...enter, ...limit, ...as, ...words], { stdin: options.stdin, onOutput: options.onOutput });
  }

  /** Like exec, but throws when the command does not end with 0; returns what it printed. */
  async must(command: string | readonly string[], options: ExecOptions = {}): Promise<string> {
    const result = await this.exec(command, options);
    const words = typeof command === 'string' ? [command] : command;
    if (result.code !== 0) throw new CommandFailed([`${this.name}:`, ...words], result);
    return result.stdout;
  }

  /** Switches the host off without warning it: what a power cut leaves is what is on its disk. */
  async powerOff(): Promise<void> {
    await endGroup(this.group);
    rmSync(this.markFile, { force: true });
    // A machine without power answers nobody, not even with a refusal.
    await setPower(this.lab.slot, this.name, 'down');
    // The name space outlives the host; rules of its kernel would not.
    const nft = join(this.rootDir, 'usr/sbin/nft');
    if (existsSync(nft) && existsSync(`/run/netns/${spaceOf(this.lab.slot, this.name)}`))
      await run(['ip', 'netns', 'exec', spaceOf(this.lab.slot, this.name), 'chroot', this.rootDir, '/usr/sbin/nft', 'flush', 'ruleset']);
  }

  /** Switches the host on and waits until all its services were started. */
  async boot(): Promise<void> {
    if (this.isOn()) return this.ready();
    await this.mount();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.powerOff();
        await this.start();
        return await this.ready();
      } catch (error) {
        // Many hosts starting at once get in each other's way now and then; once more helps.
        if (attempt === startTries) throw error;
        await sleep(200 * attempt);
      }
    }
  }

  /** Pulls the host's cable: a black hole for everybody else, until linkUp or restore. */
  linkDown(): Promise<void> {
    return setLink(this.lab.slot, this.plan.last, 'down');
  }

  /** Puts the host back on the network. */
  linkUp(): Promise<void> {
    return setLink(this.lab.slot, this.plan.last, 'up');
  }

  /** Throws away all that was changed on the host's disk; it must be off. */
  async wipe(): Promise<void> {
    await unmountUnder(this.runDir);
    if (existsSync(this.runDir)) {
      const old = `${this.runDir}.${Date.now()}.old`;
      await rename(this.runDir, old);
      await rm(old, { recursive: true, force: true });
    }
  }

  private async mount(): Promise<void> {
    if (isMounted(this.rootDir)) return;
    const dir = (name: string) => join(this.runDir, name);
    if (!existsSync(dir('upper'))) await copySeed(seedDir(this.lab.name, this.name), dir('upper'));
    const lowers = this.lab.lowers[this.name] ?? [];
    await mountOverlay({ lowers, upper: dir('upper'), work: dir('work'), merged: this.rootDir });
    if (!isMoodleHost(this.plan)) return;
    if (!existsSync(dir('code-upper'))) await copySeed(seedDir(this.lab.name, 'code'), dir('code-upper'));
    const code = { lowers: this.lab.code, upper: dir('code-upper'), work: dir('code-work'), merged: dir('code') };
    await mountOverlay(code);
  }

  private binds(): string[] {
    const binds: string[] = [];
    if (isMoodleHost(this.plan)) {
      binds.push(`--bind=${join(this.runDir, 'code')}:/var/www/moodle`);
      binds.push(`--bind=${join(labDir(this.lab.name), 'run', 'dataroot')}:/mnt/moodledata`);
    }
    if (this.plan.kind === 'main') binds.push(`--bind-ro=${projectRoot()}:/opt/moodle-cluster-wizard`);
    return binds;
  }

  private async start(): Promise<void> {
    for (const dir of ['logs', 'pids']) await mkdir(join(labDir(this.lab.name), dir), { recursive: true });
    const log = openSync(this.logFile, 'a');
    const nspawn = ['systemd-nspawn', '-q', '-D', this.rootDir, `--machine=mcw${this.lab.slot}-${this.name}`];
    nspawn.push('--settings=no', '--register=no', '--keep-unit', '--link-journal=no', '--resolv-conf=off');
    nspawn.push(`--network-namespace-path=/run/netns/${spaceOf(this.lab.slot, this.name)}`);
    if (process.env['LAB_UNIFIED'] === '1') nspawn.push('--system-call-filter=bpf');
    nspawn.push('--capability=all', ...this.binds(), '--boot', '--console=pipe');
    const [file = 'sh', ...args] = inGroup(this.group, ['sh', '-c', await labFile('host-supervisor.sh'), 'sh', ...nspawn]);
    const env = { ...process.env, ...unifiedGroups(), SPACE: spaceOf(this.lab.slot, this.name) };
    const child = spawn(file, args, { detached: true, stdio: ['ignore', log, log], env });
    child.unref();
    const mark = child.pid === undefined ? undefined : markProcess(child.pid);
    if (mark === undefined) throw new Error(`${this.name}: systemd-nspawn did not start, see ${this.logFile}`);
    writeFileSync(this.markFile, JSON.stringify(mark));
  }

  private async ready(): Promise<void> {
    await poll(`${this.name} up and running (see ${this.logFile})`, 30_000, async () => {
      if (this.supervisor() === undefined) throw new Error(`${this.name}: ended while starting, see ${this.logFile}`);
      // Waits inside for the end of the start; asking again and again would slow the start down.
      const answer = await this.exec(['systemctl', 'is-system-running', '--wait'], { timeoutMs: 30_000 });
      return /^(running|degraded)$/m.test(answer.stdout) ? true : undefined;
    });
  }
}

/** With LAB_UNIFIED=1 a host has the one tree of control groups that newer distributions boot with: systemd filters by IPAddressDeny only there. */
function unifiedGroups(): Record<string, string> {
  return process.env['LAB_UNIFIED'] === '1' ? { UNIFIED_CGROUP_HIERARCHY: '1', SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' } : {};
}

async function copySeed(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await run(['cp', '-a', `${from}/.`, to]);
}
