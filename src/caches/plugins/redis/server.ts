/** The Redis server as its clients and its statistics (INFO) show it. */

import { sh } from '../../../core/remedy.js';
import { isLoopback, splitServer } from '../../../core/server-address.js';
import type { Eviction, ServerInfo, ServerTraits } from '../server-types.js';
import type { ServiceSettings, SettingValue } from '../shapes.js';
import { DEFAULT_PORT, endpoints, serverTexts } from './address.js';
import { managed } from './managed.js';

function fromService({ endpoint, password, tls }: ServiceSettings): Readonly<Record<string, SettingValue>> {
  const link = tls || null;
  return {
    server: `${endpoint.host}:${endpoint.port}`,
    ...(password === undefined ? {} : { password: `secret:${password}` }),
    ...(tls === undefined ? {} : { encryption: tls !== false }),
    // Moodle verifies the certificate only where it is given the file of an authority.
    ...(link?.verify && link.cafile !== undefined ? { cafile: link.cafile } : {}),
  };
}

function holds(info: ServerInfo): string {
  const keys = Object.entries(info).reduce((sum, [name, value]) => sum + (/^db\d+$/.test(name) ? Number(/keys=(\d+)/.exec(value)?.[1] ?? 0) : 0), 0);
  const size = info['used_memory_human'];
  return `${keys} key${keys === 1 ? '' : 's'}${size === undefined ? '' : ` (${size} of memory in use)`}`;
}

function problems(info: ServerInfo): readonly string[] {
  const policy = info['maxmemory_policy'];
  return [
    ...(info['maxmemory'] === '0' ? ['maxmemory 0 (no memory limit)'] : []),
    ...(policy !== undefined && !/^allkeys-(lru|lfu)$/.test(policy) ? [`maxmemory-policy ${policy} (when full it refuses writes or keeps old entries)`] : []),
    ...(info['aof_enabled'] === '1' ? ['appendonly yes'] : []),
  ];
}

const eviction: Eviction = {
  policy: (info) => info['maxmemory_policy'] ?? info['config_maxmemory-policy'],
  keeps: 'noeviction',
  limit: (info) => Number(info['maxmemory'] ?? 0),
  ask(address) {
    const { host, port } = splitServer(address);
    const where = port.startsWith('/') ? sh`-s ${port}` : isLoopback(host) ? sh`-p ${port}` : sh`-h ${host} -p ${port}`;
    return sh`redis-cli ${where} config get maxmemory-policy`;
  },
};

export const server: ServerTraits = {
  noun: 'a Redis server',
  hint: 'serves every kind of shared cache',
  defaultPort: DEFAULT_PORT,
  ownPort: 6390,
  memory: { shared: '512M', 'each-web-node': '128M' },
  process: /^(redis|valkey)/,
  login: 'password',
  tls: true,
  eachNode: false,
  itemSize: false,
  sessions: true,
  speaksMemcached: false,
  paysPerDefinition: false,
  selinuxPort: 'redis_port_t',
  managed,
  serverSetting: 'server',
  fromService,
  servers: (configuration) => endpoints(configuration['server']),
  sharedBy: (configuration) => serverTexts(configuration['server']),
  namedServers: (configuration) =>
    serverTexts(configuration['server'])
      .filter((s) => !s.startsWith('/') && !s.startsWith('unix:'))
      .map((s) => (/:[0-9]+$/.test(s) ? s : `${s}:${DEFAULT_PORT}`)),
  isSet: () => false,
  holds,
  items: () => undefined,
  clients: (info) => info['connected_clients'],
  audit: { problems, mustBe: 'maxmemory set, allkeys-lru, save "", appendonly no', where: 'redis.conf' },
  eviction,
};
