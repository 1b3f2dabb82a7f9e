/** A cluster of fake nodes that answer every question as a healthy node would; a test forges some of the answers. */

import type { Answers } from '../../../src/answers/schema.js';
import type { ClusterNode } from '../../../src/core/cluster.js';
import type { Cmd, CmdResult, Executor, RunOptions } from '../../../src/exec/executor.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { sha } from '../engine/fake-cluster/world.js';
import { MOODLE, POOL } from '../survey/world.js';

const SUM = 'f'.repeat(64);
const FILE = '<?php\n';

export const ANSWERS = {
  version: 1,
  cluster: 'campus',
  moodle: { dirroot: '/var/www/moodle' },
  nodes: [
    { name: 'main', host: 'main', roles: ['main', 'web', 'cron'] },
    { name: 'web1', host: 'web1', roles: ['web'] },
    { name: 'cache1', host: 'cache1', roles: ['cache'] },
  ],
  needs: { users: 100, sharedDisk: 'measure', aim: 'balanced' },
  services: [{ name: 'redis1', plugin: 'redis', node: 'cache1', manage: true, memory: '256M', password: 'secret:redisPassword' }],
  modules: { install: true },
  stores: [{ name: 'shared', plugin: 'redis', service: 'redis1' }],
  mappings: { base: 'auto', modes: { application: 'shared' } },
  secrets: { redisPassword: 'env:REDIS_PASSWORD' },
} as unknown as Answers;

const definitions = ['core/string', 'core/config', 'mod_forum/x'].map((id) => ({
  id,
  mode: 1,
  canUseLocalStore: id === 'core/string',
  requirements: 0,
  simpleKeys: true,
}));
const stores = [
  { name: 'default_application', plugin: 'file', configuration: { path: '' }, default: true, modes: 3, features: 30 },
  { name: 'two', plugin: 'redis', configuration: { server: 'cache1:6379', servers: ['a:1', 'b:2'] }, default: false, modes: 3, features: 26 },
];
const config = {
  siteIdentifier: 'abc',
  stores,
  modeMappings: { 1: ['default_application'], 2: ['default_application'], 4: ['default_application'] },
  definitionMappings: { 'core/config': ['two', 'default_application'] },
  definitions,
};
const extensions = { redis: '6.0', 'zend opcache': '8.2', apcu: '5.1' };
const sapi = { version: '8.2.28', sapi: 'cli', extensions, ini: { 'opcache.enable': '1', 'apc.shm_size': '64M', max_input_vars: '5000' } };
const spread = { p50: 0.1, p95: 0.2, p99: 0.3, n: 40 };
const place = (name: string, path: string) => ({
  place: name,
  path,
  fsType: 'ext4',
  source: '/dev/sda',
  device: '8:1',
  options: 'rw',
  freeMb: 900,
  freeInodes: null,
  ops: { create: spread, read: spread },
});

/** What moodle-node.php answers on a healthy node. */
export const SURVEY: Readonly<Record<string, unknown>> = {
  phpBinary: '/usr/bin/php8.2',
  phpAlone: '/usr/bin/php8.2',
  webUser: 'www-data',
  sitePool: 0,
  sitePools: [0],
  otherSites: ['/var/www/other'],
  notes: ['nginx -T: a warning'],
  mucStamp: '1 100.5',
  pools: [{ ...POOL, web: { ...sapi, sapi: 'fpm-fcgi' } }],
  moodle: { ...MOODLE, storePlugins: { file: 1, redis: 1, apcu: 1 }, cli: sapi, muc: { state: 'ok', config } },
  reach: [{ service: 'redis1', ok: true, connectMs: 0.4, version: '7.0', info: { run_id: 'aaa', maxmemory: '268435456', maxmemory_policy: 'allkeys-lru' } }],
};

const page = { path: '/', status: 200, location: null, title: 'A page', bytes: 1000, medianMs: 10, worstMs: 12, trouble: null, error: null };

/** What the bridge and the probes answer, by operation. */
export const OPS: Readonly<Record<string, unknown>> = {
  inspect: {
    upgradePending: false,
    siteIdentifier: 'abc',
    sessionHandler: 'core\\session\\database',
    lockFactory: '',
    plugins: ['file', 'redis', 'apcu'].map((plugin) => ({ plugin, requirementsMet: true, canAddInstance: true, modes: 3, features: 30 })),
    definitions,
    missingDefinitions: [],
    mucHashBefore: SUM,
    mucHashAfter: SUM,
  },
  stage: { content: Buffer.from(FILE).toString('base64'), sha256: sha(FILE), baseSha256: SUM, before: 'a\n', after: 'b\n', config, siteIdentifier: 'abc' },
  'read-muc': { content: Buffer.from(FILE).toString('base64'), file: MOODLE.mucFile },
  'lock-holder': { holder: null },
  lock: { taken: true },
  unlock: { removed: true },
  prove: {
    sapi: 'cli',
    stores: { two: { requirementsMet: true, ready: true, roundTrip: true, ms: 1, read: {}, error: null } },
    effective: { 'core/string': ['two'] },
  },
  converge: { diskHash: SUM, runsHash: SUM, opcache: 'invalidated' },
  empty: { emptied: [{ store: 'two', definition: 'core/string' }], owed: [] },
  reach: SURVEY['reach'],
  runtime: {
    sapi: 'fpm-fcgi',
    apcu: { sizeMb: 32, freeMb: 30, fragmentation: 0.1, entries: 3, expunges: 0 },
    opcache: { enabled: true, readable: true, full: false },
  },
  usage: {
    activeHour: 3,
    activeDay: 10,
    activeMonth: 100,
    users: 200,
    courses: 20,
    sessionsHour: 4,
    themeDesignerMode: false,
    cacheJs: true,
    langStringCache: true,
    definitions: [{ definition: 'core/string', store: 'default_application', items: 3, meanBytes: 100, maxBytes: 1000, atLeast: false }],
  },
  pages: [page],
  'trial-mark': { mark: 'none' },
  'trial-turn': { done: false, mark: 'none' },
  disk: [place('dataroot', '/mnt/data'), place('local', '/var/local/moodlecache'), place('tmpfs', '/dev/shm')],
  services: [
    {
      service: 'redis1',
      plugin: 'redis',
      address: '10.0.0.9:6390',
      via: 'php',
      estimate: false,
      connect: spread,
      roundTrips: [{ bytes: 100, set: spread, get: spread }],
    },
  ],
  page: { page: spread, why: null },
  shared: { refused: null, locked: true, heard: ['web1'], aliveMs: 100, slowestBeatMs: 1, sees: true, lock: 'seen', staleMs: 1, cold: spread },
};

const ADDRESS: Readonly<Record<string, string>> = { main: '10.0.0.1', web1: '10.0.0.2', cache1: '10.0.0.9' };

/** The sections of survey.sh besides Moodle's. */
export function sectionsOf(node: string): Readonly<Record<string, string>> {
  return {
    'os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"',
    system: `Linux\n${node}\n${node}-boot\n4096000\nsystemd\napt\nabsent`,
    addresses: `2: eth0    inet ${ADDRESS[node] ?? '10.0.0.8'}/24 brd 10.0.0.255 scope global eth0`,
    firewall: 'ufw active',
    listeners:
      'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=10,fd=6))\ntcp LISTEN 0 511 0.0.0.0:6379 0.0.0.0:* users:(("redis-server",pid=11,fd=6))',
    'unix-listeners': 'u_str LISTEN 0 511 /run/php/php8.2-fpm.sock 12345 * 0 users:(("php-fpm8.2",pid=12,fd=6))',
    units: 'php8.2-fpm.service loaded active running The PHP FastCGI\nredis-server.service loaded active running Redis',
    'unit-files': 'php8.2-fpm.service enabled enabled\nredis-server.service enabled enabled',
    packages: 'ii php8.2-fpm 8.2.28\nii redis-server 5:7.0.15',
    paths: '',
  };
}

/** What a node prints, before it is handed to the wizard; the only place where a test forges. */
export interface Printed {
  /** What was asked: `survey`, an operation of the bridge or a probe, or the name of a script. */
  readonly what: string;
  readonly node: string;
  /** Its answer as data, where it answers JSON. */
  readonly data?: unknown;
  readonly result: Partial<CmdResult>;
}

export type Forge = (printed: Printed, again: (data: unknown) => Partial<CmdResult>) => Partial<CmdResult>;

const jsonOf = (stdin: Cmd['stdin']): Readonly<Record<string, any>> => {
  try {
    return JSON.parse(String(stdin)) as Record<string, any>;
  } catch {
    return {};
  }
};

/** The folders above a path, from `/` on. */
function partsOf(path: string): readonly string[] {
  const names = path.split('/').slice(1, -1);
  return ['/', ...names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`)];
}

/** Lines of the scripts of the kit that answer text. */
function scriptAnswer(name: string, argv: readonly string[]): Partial<CmdResult> {
  if (name === 'free-space')
    return {
      stdout: argv
        .slice(2)
        .map((p) => `99999999\t99999\trw\t/\t${p}\n`)
        .join(''),
    };
  if (name === 'resolve')
    return {
      stdout: argv
        .slice(2)
        .map((n) => `${n}\t10.0.0.9\n`)
        .join(''),
    };
  if (name === 'apply-simulate')
    return {
      stdout: argv
        .slice(3)
        .map((p) => `== ${p}\nInst ${p} (1.0 Debian:12 [amd64])\n`)
        .join(''),
    };
  if (name === 'cache-traces')
    return {
      stdout: argv
        .slice(3)
        .map((n) => `${n}\t1700000000\n`)
        .join(''),
    };
  if (name === 'apply-look')
    return {
      stdout: `${partsOf(argv[2] ?? '/')
        .map((p) => `directory\t755\troot\troot\t${p}\n`)
        .join('')}absent\t-\t-\t-\t${argv[2]}\n`,
    };
  if (name === 'lock-proof') return { stdout: 'gone\n' };
  if (name === 'site-record') return argv[2] === 'read' || argv[2] === 'read64' ? { code: 44 } : {};
  return {};
}

/** One node. `forge` sees every answer before it is given. */
export function cooperativeNode(
  node: ClusterNode,
  forge: Forge = ({ result }) => result,
): Executor & { readonly calls: readonly { readonly line: string; readonly stdin: string }[] } {
  const calls: { line: string; stdin: string }[] = [];
  const answer = (cmd: Cmd): Partial<CmdResult> => {
    const line = cmd.argv.join(' ');
    calls.push({ line, stdin: String(cmd.stdin ?? '') });
    const asked = jsonOf(cmd.stdin);
    if (line.includes('mcw-survey')) {
      const [mark = '', request = ''] = String(cmd.stdin).split('\n');
      if (mark === '' || cmd.stdin === undefined) return {};
      const printed = (data: unknown): Partial<CmdResult> => {
        const { moodle, sections } = data as { readonly moodle: unknown; readonly sections: Readonly<Record<string, string>> };
        const parts = Object.entries(sections).map(([name, text]) => `\n${mark} ${name}\n${text}\n`);
        const own = request === '' ? '' : `\n${mark} moodle-node\n${JSON.stringify(moodle)}\n`;
        return { stdout: `clock ${Date.now() / 1000}\n${parts.join('')}${own}\n${mark} end\n` };
      };
      const data = { moodle: SURVEY, sections: sectionsOf(node.name) };
      return forge({ what: 'survey', node: node.name, data, result: printed(data) }, printed);
    }
    const op = asked['op'] === 'fcgi' ? asked['request']?.op : asked['op'];
    if (typeof op === 'string') {
      const printed = (data: unknown) => ({ stdout: `\n${asked['marker']}${JSON.stringify({ ok: true, data })}${asked['marker']}\n` });
      return forge({ what: op, node: node.name, data: OPS[op], result: printed(OPS[op]) }, printed);
    }
    const name = /\/([a-z-]+)\.sh$/.exec(cmd.argv[1] ?? '')?.[1] ?? cmd.argv[0] ?? '';
    const result = scriptAnswer(name, cmd.argv);
    return forge({ what: name, node: node.name, result }, () => result);
  };
  const fake = fakeExecutor(node, [{ when: /^/, answer: (call) => answer(call.cmd) }]);
  return { ...fake, run: (cmd: Cmd, options?: RunOptions) => fake.run(cmd, options), calls };
}
