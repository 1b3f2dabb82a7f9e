import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptHost, aptUrl } from './apt-proxy.js';
import { inGroup } from './cgroups.js';
import { cacheDir, filesDir } from './paths.js';
import { must } from './run.js';
import { builtOnce, labFile, runSandboxed } from './sandbox.js';

/** The Debian releases that the lab has hosts of. */
export type Suite = 'bookworm' | 'bullseye';

/** What can lie on top of the base. */
export type LayerKind = 'node' | 'db' | 'foreign';

/** What building needs to know of the lab that asked for it. */
export interface BuildContext {
  /** Address of the package proxy. */
  readonly proxyAddress: string;
  readonly log: (line: string) => void;
}

const basePackages = 'systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,sudo,iproute2,iputils-ping,ca-certificates,procps,rsync,curl';

/** A short text that changes with any of the given parts. */
export function fingerprint(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);
}

async function baseKey(suite: Suite): Promise<string> {
  return fingerprint(suite, basePackages, await labFile('setup-base.sh'), await labFile('layer-build.sh'));
}

async function inLayer(
  context: BuildContext,
  group: string,
  dir: string,
  lowers: readonly string[],
  setup: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const scratch = `${dir}.scratch`;
  const [work, root, hosts] = [join(scratch, 'work'), join(scratch, 'root'), join(scratch, 'hosts')];
  await rm(scratch, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await mkdir(root);
  await mkdir(dir, { recursive: true });
  await writeFile(hosts, `127.0.0.1 localhost\n${context.proxyAddress} ${aptHost}\n`);
  const paths = { LOWERS: lowers.join(':'), UPPER: dir, WORK: work, ROOT: root, HOSTS: hosts };
  await runSandboxed(group, 'layer-build.sh', { ...paths, SETUP: join(filesDir(), setup), ...env });
  await rm(scratch, { recursive: true, force: true });
}

/** The layers of the base system of a Debian release, uppermost first; built when missing. */
export async function baseLayers(suite: Suite, context: BuildContext): Promise<string[]> {
  const path = join(cacheDir(), 'images', `${suite}-base-${await baseKey(suite)}`);
  await builtOnce(
    path,
    async (dir, group) => {
      const [debian, setup] = [join(dir, 'debian'), join(dir, 'setup')];
      const mirror = `http://${context.proxyAddress}:3142/debian`;
      // One call of apt and dpkg for all packages: a third of the time that debootstrap takes.
      const argv = ['mmdebstrap', '--variant=minbase', '--mode=root', '--components=main'];
      argv.push('--dpkgopt=force-unsafe-io', `--include=${basePackages}`, suite, debian, `deb ${mirror} ${suite} main`);
      const spaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];
      await must(inGroup(group, [...spaces, ...argv]));
      await inLayer(context, group, setup, [debian], 'setup-base.sh', { SUITE: suite, APT_URL: aptUrl });
    },
    context.log,
  );
  return [join(path, 'setup'), join(path, 'debian')];
}

/** The layers of a kind of host, uppermost first; whatever is missing is built. */
export async function hostLayers(suite: Suite, kind: LayerKind, context: BuildContext): Promise<string[]> {
  const lowers = await baseLayers(suite, context);
  const setup = `setup-${kind}.sh`;
  const key = fingerprint(await baseKey(suite), await labFile(setup));
  const path = join(cacheDir(), 'images', `${suite}-${kind}-${key}`);
  const build = (dir: string, group: string) => inLayer(context, group, join(dir, 'layer'), lowers, setup, {});
  await builtOnce(path, build, context.log);
  return [join(path, 'layer'), ...lowers];
}
