/** A site as facts: definitions as Moodle 3.8.5 and 4.5.6 declare them, two web nodes, one cache node. */

import { readFileSync } from 'node:fs';
import { advise } from '../../../src/advice/advise.js';
import { loadAnswers } from '../../../src/answers/load.js';
import type { Answers } from '../../../src/answers/schema.js';
import type { Cluster } from '../../../src/core/cluster.js';
import type {
  ClusterFacts,
  MoodleNodeFacts,
  MucConfig,
  MucDefinition,
  MucStore,
  NodeFacts,
  PhpPool,
  PhpSapi,
  StorePluginFacts,
} from '../../../src/core/facts.js';
import type { Measurements } from '../../../src/core/measure.js';
import type { PlanInput } from '../../../src/track/step.js';

export type Version = '3.8.5' | '4.5.6';

const read = new Map<Version, readonly MucDefinition[]>();

export function definitions(version: Version): readonly MucDefinition[] {
  const known = read.get(version) ?? readDefinitions(version);
  read.set(version, known);
  return known;
}

function readDefinitions(version: Version): readonly MucDefinition[] {
  const lines = readFileSync(new URL(`definitions/${version}.txt`, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [id = '', mode = '1', ...flags] = line.split(' ');
    const requirements = (flags.includes('guarantee') ? 2 : 0) | (mode === '2' ? 8 : 0);
    return { id, mode: Number(mode) as 1 | 2 | 4, canUseLocalStore: flags.includes('local'), requirements };
  });
}

export const DEFAULT_STORES: readonly MucStore[] = [
  { name: 'default_application', plugin: 'file', configuration: {}, default: true, modes: 3, features: 30 },
  { name: 'default_session', plugin: 'session', configuration: {}, default: true, modes: 2, features: 14 },
  { name: 'default_request', plugin: 'static', configuration: {}, default: true, modes: 4, features: 31 },
];

const BITS: Readonly<Record<string, readonly [number, number]>> = {
  file: [3, 30],
  redis: [3, 26],
  memcached: [1, 20],
  apcu: [3, 4],
  mongodb: [1, 18],
  session: [2, 14],
  static: [4, 31],
};
const PLUGINS: Readonly<Record<Version, readonly string[]>> = {
  '3.8.5': ['apcu', 'file', 'memcached', 'mongodb', 'redis', 'session', 'static'],
  '4.5.6': ['apcu', 'file', 'redis', 'session', 'static'],
};
const BRANCH: Readonly<Record<Version, string>> = { '3.8.5': '38', '4.5.6': '405' };

export interface SiteOptions {
  readonly version?: Version;
  readonly muc?: Partial<MucConfig>;
  readonly stores?: readonly MucStore[];
  readonly extensions?: readonly string[];
  readonly plugins?: readonly string[];
  readonly fsType?: string;
  readonly localcachedir?: string;
  readonly localcacheMount?: MoodleNodeFacts['localcacheMount'];
  readonly otherPoolUser?: string;
  readonly reachable?: readonly string[];
  readonly measured?: Measurements;
  readonly sessionServers?: MoodleNodeFacts['sessionServers'];
}

export function mucConfig(options: SiteOptions): MucConfig {
  return {
    siteIdentifier: 'f0e1d2c3',
    stores: [...DEFAULT_STORES, ...(options.stores ?? [])],
    modeMappings: { 1: ['default_application'], 2: ['default_session'], 4: ['default_request'] },
    definitionMappings: {},
    definitions: definitions(options.version ?? '4.5.6'),
    ...options.muc,
  };
}

function moodle(options: SiteOptions, sapi: PhpSapi): MoodleNodeFacts {
  const version = options.version ?? '4.5.6';
  const plugins = options.plugins ?? PLUGINS[version];
  return {
    dirroot: '/var/www/moodle',
    release: `${version} (Build: 1)`,
    branch: BRANCH[version],
    versionsHash: 'x',
    phpVersion: '8.2',
    wwwroot: 'https://moodle.example.org',
    dataroot: '/srv/moodledata',
    cachedir: '/srv/moodledata/cache',
    localcachedir: options.localcachedir ?? '/var/local/moodle',
    tempdir: '/srv/moodledata/temp',
    db: { type: 'pgsql', host: 'db1', name: 'moodle', user: 'moodle', prefix: 'mdl_' },
    altCacheConfigPath: null,
    alternativeCacheFactory: null,
    sslproxy: false,
    reverseproxy: false,
    sessionHandler: null,
    sessionServers: options.sessionServers ?? [],
    storePlugins: Object.fromEntries(plugins.map((p) => [p, 1])),
    mucFile: { path: '/srv/moodledata/muc/config.php', exists: true },
    muc: { state: 'ok', config: mucConfig(options) },
    mucLock: { path: '', exists: false },
    wizardLock: { path: '', holder: null },
    datarootMount: { device: '1', inode: '2', fsType: options.fsType ?? 'nfs4', source: 'nas:/moodle' },
    ...(options.localcacheMount === undefined ? {} : { localcacheMount: options.localcacheMount }),
    cli: sapi,
  };
}

function nodeFacts(name: string, last: number, options: SiteOptions, withMoodle: boolean): NodeFacts {
  const sapi: PhpSapi = {
    version: '8.2',
    sapi: 'fpm-fcgi',
    extensions: Object.fromEntries((options.extensions ?? ['redis', 'apcu']).map((e) => [e, '9.0'])),
    ini: {},
  };
  const pool: PhpPool = {
    kind: 'fpm',
    name: 'www',
    version: '8.2',
    user: 'www-data',
    group: 'www-data',
    listen: '/run/php.sock',
    unit: 'php8.2-fpm.service',
    configFile: '',
    processControlTimeout: 0,
    web: sapi,
  };
  const other: PhpPool[] = options.otherPoolUser === undefined ? [] : [{ ...pool, name: 'blog', user: options.otherPoolUser }];
  return {
    node: name,
    os: { id: 'debian', versionId: '12', name: 'Debian', family: 'debian' },
    hostname: name,
    bootId: name,
    addresses: [`10.0.0.${last}`],
    memoryMb: 4096,
    clockSkew: 0,
    systemd: true,
    packageManager: 'apt',
    selinux: 'absent',
    firewall: null,
    listeners: [],
    units: [],
    packages: {},
    pools: [pool, ...other],
    sitePool: 0,
    phpBinary: '/usr/bin/php8.2',
    otherSites: [],
    paths: {},
    moodle: withMoodle ? moodle(options, sapi) : null,
    reach: (options.reachable ?? []).map((service) => ({ service, ok: true })),
  } as NodeFacts;
}

export function siteFacts(options: SiteOptions = {}): ClusterFacts {
  const version = options.version ?? '4.5.6';
  const plugins = (options.plugins ?? PLUGINS[version]).map(
    (plugin): StorePluginFacts => ({
      plugin,
      requirementsMet: true,
      canAddInstance: plugin !== 'session' && plugin !== 'static',
      modes: BITS[plugin]?.[0] ?? 1,
      features: BITS[plugin]?.[1] ?? 0,
    }),
  );
  return {
    nodes: {
      main: nodeFacts('main', 10, options, true),
      web1: nodeFacts('web1', 21, options, true),
      cache1: nodeFacts('cache1', 41, options, false),
    },
    site: {
      upgradePending: false,
      siteIdentifier: 'f0e1d2c3',
      sessionHandler: '',
      lockFactory: '',
      plugins,
      definitions: definitions(version),
      mucHashBefore: 'a',
      mucHashAfter: 'a',
    },
    ...(options.measured === undefined ? {} : { measured: options.measured }),
  };
}

export const HEAD = `version: 1
cluster: campus
moodle: {dirroot: /var/www/moodle}
nodes:
  - {name: main, host: local, roles: [main, web, cron]}
  - {name: web1, host: 10.0.0.21, roles: [web]}
  - {name: cache1, host: 10.0.0.41, roles: [cache]}
`;

export const REDIS = `services:
  - {name: redis1, plugin: redis, node: cache1, port: 6390, manage: true, memory: 512M, password: secret:redisPassword}
secrets: {redisPassword: "env:REDIS_PASSWORD"}
`;

export const MEMCACHED = `services:
  - {name: mem1, plugin: memcached, address: "10.0.0.41:11211"}
`;

export function answersOf(yaml: string): { readonly answers: Answers; readonly cluster: Cluster } {
  return loadAnswers(HEAD + yaml, 'answers.yaml');
}

/** What the steps get. */
export function inputOf(yaml: string, options: SiteOptions = {}, secretHmacs: Readonly<Record<string, string>> = { redisPassword: 'hmac:aa' }): PlanInput {
  const { answers, cluster } = answersOf(yaml);
  const facts = siteFacts(options);
  return { cluster, answers, facts, advice: advise(cluster, answers, facts), secretHmacs };
}
