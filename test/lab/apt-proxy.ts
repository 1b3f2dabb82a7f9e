import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inGroup } from './cgroups.js';
import { debianMirror } from './mirror.js';
import { cacheDir, filesDir } from './paths.js';
import { poll } from './run.js';

/** The name under which hosts know the package proxy; the same in every lab, so that apt's lists fit all of them. */
export const aptHost = 'apt.lab';

/** Where hosts get Debian packages from. */
export const aptUrl = `http://${aptHost}:3142/debian`;

/** Starts a lab's package proxy on the given address, in the given control group. */
export async function startAptProxy(dir: string, address: string, group: string): Promise<void> {
  const mirror = new URL(debianMirror());
  const store = join(cacheDir(), 'packages');
  mkdirSync(dir, { recursive: true });
  mkdirSync(join(store, '.part'), { recursive: true });
  const values: Record<string, string> = {
    DIR: dir,
    STORE: store,
    ADDRESS: address,
    MIRROR_HOST: mirror.host,
    MIRROR_ORIGIN: mirror.origin,
    MIRROR_PATH: mirror.pathname.replace(/\/+$/, ''),
  };
  const template = readFileSync(join(filesDir(), 'apt-proxy.nginx.conf'), 'utf8');
  writeFileSync(
    join(dir, 'nginx.conf'),
    template.replace(/@([A-Z_]+)@/g, (_, name: string) => values[name] ?? ''),
  );
  const log = openSync(join(dir, 'output.log'), 'a');
  const argv = inGroup(group, ['nginx', '-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')]);
  const child = spawn(argv[0] ?? 'sh', argv.slice(1), { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  await poll(`package proxy on ${address} (see ${dir}/output.log)`, 10_000, async () => {
    try {
      // Any answer will do: the proxy is there, whatever the mirror thinks of the address.
      await fetch(`http://${address}:3142/`, { signal: AbortSignal.timeout(1000) });
      return true;
    } catch {
      return undefined;
    }
  });
}
