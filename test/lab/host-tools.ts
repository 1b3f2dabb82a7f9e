import { existsSync } from 'node:fs';
import { must } from './run.js';

const needed: readonly (readonly [packageName: string, program: string])[] = [
  ['mmdebstrap', '/usr/bin/mmdebstrap'],
  ['systemd-container', '/usr/bin/systemd-nspawn'],
  ['nginx-light', '/usr/sbin/nginx'],
  ['iproute2', '/sbin/ip'],
  ['openssh-client', '/usr/bin/ssh-keygen'],
  ['openssl', '/usr/bin/openssl'],
  ['rsync', '/usr/bin/rsync'],
];

/** Installs the Debian packages that the lab itself needs on this machine; nothing when all are there. */
export async function ensureHostTools(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('the lab needs root: it mounts, makes network bridges and starts hosts');
  const missing = needed.filter(([, program]) => !existsSync(program)).map(([packageName]) => packageName);
  if (missing.length > 0) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...missing];
    await must(['apt-get', 'update', '-q'], { env });
    await must(install, { env });
  }
  // Every host's systemd watches files; the kernel's default is too small for a handful of hosts.
  await must(['sysctl', '-q', '-w', 'fs.inotify.max_user_instances=8192', 'fs.inotify.max_user_watches=524288']);
}
