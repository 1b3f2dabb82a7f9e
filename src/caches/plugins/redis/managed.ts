/** A Redis server that the wizard runs: packages by distribution, configuration and unit. */

import type { OsFacts } from '../../../core/facts.js';
import { confPath, secretPath, unitPath } from '../../../platform/managed-paths.js';
import { renderTemplate } from '../../../platform/templates.js';
import type { ManagedFile, ManagedServer, ManagedUnit, ServerPackage } from '../server-types.js';

const release = (os: OsFacts): number => Number.parseInt(os.versionId, 10);
const isUbuntu = (os: OsFacts): boolean => os.id === 'ubuntu';

function packageOf(os: OsFacts): ServerPackage | null {
  if (os.family === 'debian') return { packages: ['redis-server'], binary: '/usr/bin/redis-server', defaultUnits: ['redis-server.service'] };
  if (os.family !== 'rhel') return null;
  // From release 10 on Valkey replaces Redis; it speaks the same protocol and reads the same configuration.
  const name = release(os) >= 10 ? 'valkey' : 'redis';
  return { packages: [name], binary: `/usr/bin/${name}-server`, defaultUnits: [`${name}.service`] };
}

/** Redis 6 and later can delete in the background on a plain DEL. Ubuntu 20.04 has Redis 5. */
export function lazyUserDelete(os: OsFacts): boolean {
  return os.family === 'debian' ? !(isUbuntu(os) && os.versionId.startsWith('20.')) : release(os) >= 9;
}

/** Redis 7 and later have settings that lock commands which load code or change where files go. */
export function lockedSettings(os: OsFacts): boolean {
  return os.family === 'debian' ? release(os) >= (isUbuntu(os) ? 24 : 12) : release(os) >= 10;
}

function files(unit: ManagedUnit): readonly ManagedFile[] {
  const owned = { owner: 'root', group: 'root' };
  const conf = renderTemplate('services/redis.conf', {
    description: unit.description,
    address: unit.address,
    port: unit.port,
    memory: unit.memoryMb,
    lazyUserDel: lazyUserDelete(unit.os) ? '' : '# needs Redis 6: ',
    lockedSettings: lockedSettings(unit.os) ? '' : '# needs Redis 7: ',
  });
  const password = renderTemplate('services/redis.secret.conf', {
    name: unit.name,
    confFile: confPath(unit.name),
    password: `{{secret:${unit.secret}}}`,
  });
  const service = renderTemplate('services/redis.service', {
    description: unit.description,
    binary: unit.binary,
    memoryMax: unit.memoryMax,
    secretFile: secretPath(unit.name),
  });
  return [
    // Read by a user that exists only while the service runs.
    { ...owned, mode: 0o644, path: confPath(unit.name), content: conf, holdsSecret: false },
    { ...owned, mode: 0o600, path: secretPath(unit.name), content: password, holdsSecret: true },
    { ...owned, mode: 0o644, path: unitPath(unit.name), content: service, holdsSecret: false },
  ];
}

export const managed: ManagedServer = {
  package: packageOf,
  files,
  memoryLimit: (info) => info['maxmemory'],
  // Evicts the least recently used of all keys, which a cache can do without; without a policy a full Redis refuses every write.
  evictionPolicy: 'allkeys-lru',
};
