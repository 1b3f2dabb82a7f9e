/** A small cluster whose facts tests bend as they need. */

import type { Cluster, ClusterNode, Role } from '../../../src/core/cluster.js';
import type { ClusterFacts, MoodleNodeFacts, NodeFacts, PhpPool } from '../../../src/core/facts.js';

export function clusterNode(name: string, roles: readonly Role[]): ClusterNode {
  return { name, host: name, roles, webPort: 80, state: 'in', ssh: { hostKeys: 'known_hosts', sudo: { kind: 'auto' } } };
}

export const CLUSTER: Cluster = {
  label: 'campus',
  dirroot: '/var/www/moodle',
  webUser: undefined,
  nodes: [clusterNode('main', ['main', 'web', 'cron']), clusterNode('web1', ['web']), clusterNode('cache1', ['cache']), clusterNode('db1', ['database'])],
};

export const POOL: PhpPool = {
  kind: 'fpm',
  name: 'www',
  version: '8.2',
  user: 'www-data',
  group: 'www-data',
  listen: '/run/php/php8.2-fpm.sock',
  unit: 'php8.2-fpm.service',
  configFile: '/etc/php/8.2/fpm/pool.d/www.conf',
  processControlTimeout: 10,
  web: { version: '8.2.28', sapi: 'fpm-fcgi', extensions: {}, ini: {} },
};

export const MOODLE: MoodleNodeFacts = {
  dirroot: '/var/www/moodle',
  release: '4.5.6 (Build: 20250811)',
  branch: '405',
  versionsHash: 'abc',
  phpVersion: '8.2.28',
  wwwroot: 'https://moodle.example.org',
  dataroot: '/mnt/data',
  cachedir: '/mnt/data/cache',
  localcachedir: '/var/local/moodlecache',
  tempdir: '/mnt/data/temp',
  db: { type: 'pgsql', host: 'db1', name: 'moodle', user: 'moodle', prefix: 'mdl_' },
  altCacheConfigPath: null,
  alternativeCacheFactory: null,
  sslproxy: false,
  reverseproxy: false,
  sessionHandler: null,
  sessionServers: [],
  storePlugins: { file: 1, redis: 1, session: 1, static: 1 },
  mucFile: { path: '/mnt/data/muc/config.php', exists: true, type: 'file', owner: 'www-data', group: 'www-data', mode: '660', size: 1, sha256: 'f'.repeat(64) },
  muc: {
    state: 'ok',
    config: {
      siteIdentifier: 'x',
      stores: [{ name: 'default_application', plugin: 'file', configuration: {}, default: true }],
      modeMappings: { 1: [], 2: [], 4: [] },
      definitionMappings: {},
      definitions: [],
    },
  },
  mucLock: { path: '/mnt/data/cache/filelocks/configwrite.lock', exists: false },
  wizardLock: { path: '/mnt/data/muc/moodle-cluster-wizard.lock', holder: null },
  datarootMount: { device: '0:40', inode: '2', fsType: 'nfs4', source: 'nas:/moodle' },
  cli: { version: '8.2.28', sapi: 'cli', extensions: {}, ini: { max_input_vars: '5000' } },
};

export function nodeFacts(node: string, bend: Partial<NodeFacts> = {}): NodeFacts {
  return {
    node,
    os: { id: 'debian', versionId: '12', name: 'Debian GNU/Linux 12', family: 'debian' },
    hostname: node,
    bootId: node,
    addresses: [],
    memoryMb: 4096,
    clockSkew: 0.01,
    systemd: true,
    packageManager: 'apt',
    selinux: 'absent',
    firewall: null,
    listeners: [],
    units: [],
    packages: {},
    pools: [],
    sitePool: null,
    phpBinary: null,
    otherSites: [],
    paths: {},
    moodle: null,
    reach: [],
    ...bend,
  };
}

export function moodleNode(node: string, bend: Partial<MoodleNodeFacts> = {}, of: Partial<NodeFacts> = {}): NodeFacts {
  return nodeFacts(node, {
    pools: [POOL],
    sitePool: 0,
    phpBinary: '/usr/bin/php8.2',
    webUser: 'www-data',
    mucStamp: '1 100.5',
    moodle: { ...MOODLE, ...bend },
    ...of,
  });
}

/** The whole cluster as it should be, with nodes replaced. */
export function facts(replace: Readonly<Record<string, NodeFacts>> = {}): ClusterFacts {
  return { nodes: { main: moodleNode('main'), web1: moodleNode('web1'), cache1: nodeFacts('cache1'), db1: nodeFacts('db1'), ...replace }, site: null };
}
