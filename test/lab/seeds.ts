import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addressIn } from './network.js';
import { labDir } from './paths.js';
import { type HostPlan, hostsFile, isMoodleHost, type LabState } from './plan.js';
import { must } from './run.js';
import { labFile } from './sandbox.js';

/** The accounts that setup-base.sh makes, with the ids it gives them. */
const accounts = [
  { name: 'deploy', id: 1000 },
  { name: 'deploypw', id: 1001 },
];
const shadowGroup = 42;

/** Where a lab keeps its key and passwords, for tests that log in from outside. */
export function sshDir(name: string): string {
  return join(labDir(name), 'ssh');
}

/** The folder whose contents a host's own layer starts with. */
export function seedDir(name: string, host: string): string {
  return join(labDir(name), 'seeds', host);
}

interface FileMode {
  readonly mode?: number;
  readonly owner?: number;
  readonly group?: number;
}

async function put(root: string, path: string, text: string, how: FileMode = {}): Promise<void> {
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
  await chmod(target, how.mode ?? 0o644);
  await chown(target, how.owner ?? 0, how.group ?? how.owner ?? 0);
}

/** Folders of the seed hide those of the layers below, so they must look alike. */
async function putHome(root: string, home: string, owner: number, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await put(root, join(home, '.ssh', name), text, { mode: 0o600, owner });
  }
  for (const [dir, mode] of [[home, 0o700] as const, [join(home, '.ssh'), 0o700] as const]) {
    await chmod(join(root, dir), mode);
    await chown(join(root, dir), owner, owner);
  }
}

async function makeKey(path: string, comment: string): Promise<{ key: string; pub: string }> {
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path]);
  return { key: await readFile(path, 'utf8'), pub: await readFile(`${path}.pub`, 'utf8') };
}

async function shadowWith(lowers: readonly string[], user: string, hash: string): Promise<string> {
  const file = lowers.map((dir) => join(dir, 'etc/shadow')).find((path) => existsSync(path));
  if (file === undefined) throw new Error('no layer has an /etc/shadow');
  const lines = (await readFile(file, 'utf8')).split('\n');
  // The hash is full of "$", which a replacement text would read as references to groups: so a function gives it.
  return lines.map((line) => (line.startsWith(`${user}:`) ? line.replace(/^([^:]*):[^:]*/, (_, name) => `${name}:${hash}`) : line)).join('\n');
}

function loadBalancer(template: string, state: LabState): string {
  const servers = state.hosts.filter(isMoodleHost).map((host) => `  server ${addressIn(state.slot, host.last)};`);
  return template.replace('@SERVERS@', servers.join('\n'));
}

async function seedHost(state: LabState, host: HostPlan, shared: SharedSecrets): Promise<void> {
  const root = seedDir(state.name, host.name);
  const hostKey = shared.hostKeys.get(host.name);
  if (hostKey === undefined) throw new Error(`no host key for ${host.name}`);
  await put(root, 'etc/hostname', `${host.name}\n`);
  await put(root, 'etc/hosts', hostsFile(state.slot, state.hosts));
  await put(root, 'etc/machine-id', `${randomBytes(16).toString('hex')}\n`, { mode: 0o444 });
  await put(root, 'etc/ssh/ssh_host_ed25519_key', hostKey.key, { mode: 0o600 });
  await put(root, 'etc/ssh/ssh_host_ed25519_key.pub', hostKey.pub);
  const shadow = await shadowWith(state.lowers[host.name] ?? [], 'deploypw', shared.passwordHash);
  await put(root, 'etc/shadow', shadow, { mode: 0o640, group: shadowGroup });
  const login = host.kind === 'main' ? { id_ed25519: shared.key, known_hosts: shared.knownHosts } : {};
  for (const account of accounts) {
    const own = account.name === 'deploy' ? login : {};
    await putHome(root, `home/${account.name}`, account.id, { authorized_keys: shared.pub, ...own });
  }
  if (host.kind === 'main') {
    await putHome(root, 'root', 0, login);
    await put(root, 'usr/local/bin/moodle-cluster-wizard', await labFile('moodle-cluster-wizard'), { mode: 0o755 });
  }
  if (host.kind === 'db') {
    const text = loadBalancer(await labFile('load-balancer.nginx.conf'), state);
    await put(root, 'etc/nginx/sites-enabled/moodle', text);
  }
  if (host.kind === 'cache' && state.foreignServices) {
    for (const file of ['foreign-fill.sh', 'foreign-dump.sh']) {
      await put(root, `usr/local/lib/lab/${file}`, await labFile(file), { mode: 0o755 });
    }
  }
}

interface SharedSecrets {
  readonly key: string;
  readonly pub: string;
  readonly knownHosts: string;
  readonly passwordHash: string;
  readonly hostKeys: ReadonlyMap<string, { key: string; pub: string }>;
}

/** Makes a lab's keys and passwords, and for each host the files that differ from host to host. */
export async function makeSeeds(state: LabState, config: string): Promise<void> {
  const ssh = sshDir(state.name);
  await rm(ssh, { recursive: true, force: true });
  await mkdir(join(ssh, 'hosts'), { recursive: true, mode: 0o700 });
  const login = await makeKey(join(ssh, 'id_ed25519'), 'lab');
  const hostKeys = new Map<string, { key: string; pub: string }>();
  const made = state.hosts.map(async (host) => hostKeys.set(host.name, await makeKey(join(ssh, 'hosts', host.name), host.name)));
  await Promise.all(made);
  const knownHosts = state.hosts.map((host) => {
    const [type, key] = (hostKeys.get(host.name)?.pub ?? '').split(' ');
    return `${host.name},${addressIn(state.slot, host.last)} ${type} ${key}\n`;
  });
  const password = randomBytes(9).toString('hex');
  await writeFile(join(ssh, 'known_hosts'), knownHosts.join(''));
  await writeFile(join(ssh, 'deploypw-password'), password, { mode: 0o600 });
  const passwordHash = (await must(['openssl', 'passwd', '-6', '-stdin'], { stdin: password })).trim();
  const shared = { ...login, knownHosts: knownHosts.join(''), passwordHash, hostKeys };
  await Promise.all(state.hosts.map((host) => seedHost(state, host, shared)));
  await put(seedDir(state.name, 'code'), 'config.php', config, { mode: 0o640, group: 33 });
}
