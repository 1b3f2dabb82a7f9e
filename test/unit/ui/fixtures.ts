/** A campus cluster as data: five nodes, Redis shared and APCu stacked on every web node. */

import type { Answers } from '../../../src/answers/schema.js';
import type { Advice } from '../../../src/core/advice.js';
import type { Change, Finding, Plan } from '../../../src/core/change.js';
import type { Check } from '../../../src/core/check.js';
import { WizardError } from '../../../src/core/errors.js';
import type { MucConfig, NodeFacts } from '../../../src/core/facts.js';

export const WEB_NODES = ['main', 'web1', 'web2'] as const;

export const ANSWERS: Answers = {
  version: 1,
  cluster: 'campus',
  moodle: { dirroot: '/var/www/moodle' },
  ssh: { user: 'deploy', hostKeys: 'known_hosts', sudo: 'auto' },
  nodes: [
    { name: 'main', host: 'local', roles: ['main', 'web', 'cron'] },
    { name: 'web1', host: '10.0.0.21', roles: ['web'] },
    { name: 'web2', host: '10.0.0.22', roles: ['web'] },
    { name: 'cache1', host: '10.0.0.41', roles: ['cache'] },
    { name: 'db1', host: '10.0.0.31', roles: ['database'] },
  ],
  needs: { users: 2000, sharedDisk: 'measure', aim: 'balanced' },
  services: [{ name: 'redis1', plugin: 'redis', node: 'cache1', manage: true, memory: '512M', password: 'secret:redis1Password' }],
  modules: { install: true },
  stores: 'auto',
  mappings: { base: 'auto' },
  secrets: { redis1Password: 'env:REDIS1_PASSWORD' },
};

export const ADVICE: Advice = {
  provisional: true,
  summary:
    'Five nodes share one disk (NFS from db1): a small file is read in 3.1 ms there and in 0.05 ms on a local disk. One Redis on cache1 for what all nodes must see alike, with APCu on each web node in front of it for the few caches that every page reads.',
  options: [
    { plugin: 'redis', available: true, why: 'in this Moodle since 3.2; php8.2-redis is in the package lists of every node' },
    { plugin: 'apcu', available: true, why: 'in this Moodle since 3.2; php8.2-apcu can be installed' },
    { plugin: 'memcached', available: false, why: 'left Moodle in 4.2 and its plugin is not installed here' },
    { plugin: 'mongodb', available: false, why: 'left Moodle in 4.2 and its plugin is not installed here' },
  ],
  modes: [{ mode: 1, store: 'redis1', reason: 'the shared disk is 60 times slower than Redis over this network' }],
  definitions: [
    {
      definition: 'core/string',
      mode: 1,
      placement: 'stacked',
      stores: ['apcu', 'redis1'],
      reason: 'read dozens of times on every page, seldom written',
      changes: true,
    },
    { definition: 'core/langmenu', mode: 1, placement: 'stacked', stores: ['apcu', 'redis1'], reason: 'small and read on every page', changes: true },
    {
      definition: 'core/coursemodinfo',
      mode: 1,
      placement: 'shared',
      stores: ['redis1'],
      reason: 'must be the same on every node as soon as a teacher saves',
      changes: true,
    },
    { definition: 'core/databasemeta', mode: 1, placement: 'shared', stores: ['redis1'], reason: 'changes only with an upgrade', changes: true },
    { definition: 'core/htmlpurifier', mode: 1, placement: 'shared', stores: [], reason: 'large values: served by the application default', changes: false },
    { definition: 'core/userselections', mode: 2, placement: 'shared', stores: [], reason: 'session caches stay where sessions are', changes: false },
    ...Array.from({ length: 24 }, (_, i) => ({
      definition: `mod_example${i + 1}/items`,
      mode: 1 as const,
      placement: 'shared' as const,
      stores: [],
      reason: 'a plugin of its own: shared until it is known to be safe otherwise',
      changes: false,
    })),
  ],
};

export const FINDINGS: readonly Finding[] = [
  {
    id: 'ext-redis-main',
    node: 'main',
    subject: 'PHP extension redis',
    is: 'missing (PHP 8.2, pool www)',
    mustBe: 'loaded',
    todo: 'install php8.2-redis',
    level: 'warning',
  },
  {
    id: 'ext-redis-web1',
    node: 'web1',
    subject: 'PHP extension redis',
    is: 'missing (PHP 8.2, pool www)',
    mustBe: 'loaded',
    todo: 'install php8.2-redis',
    level: 'warning',
  },
  { id: 'ext-redis-web2', node: 'web2', subject: 'PHP extension redis', is: '5.3.7', mustBe: 'loaded', todo: 'nothing', level: 'ok' },
  {
    id: 'tempdir',
    node: 'web1',
    subject: 'tempdir',
    is: '/var/local/moodle-temp',
    mustBe: 'shared by all nodes',
    todo: 'point $CFG->tempdir at the shared disk (the guide is wrong here)',
    level: 'note',
  },
];

const DIFF = `--- muc/config.php
+++ muc/config.php
@@ -1,6 +1,25 @@
   'stores' => array (
+    'redis1' => array (
+      'name' => 'redis1',
+      'plugin' => 'redis',
+      'configuration' => array (
+        'server' => '10.0.0.41:6379',
+        'prefix' => 'campus_',
+        'password' => '(changed)',
+        'serializer' => 1,
+      ),
+    ),
     'default_application' => array (
@@ -210,3 +229,9 @@
   'modemappings' => array (
-      'store' => 'default_application',
+      'store' => 'redis1',
`;

const base = { after: [], notifies: [], lane: 'parallel' as const, risk: 'low' as const };

function modules(node: string): readonly Change[] {
  return [
    {
      ...base,
      id: `package:${node}:php8.2-redis`,
      node,
      step: 'caches.modules',
      kind: 'package',
      packages: ['php8.2-redis', 'php8.2-apcu'],
      what: 'Install php8.2-redis and php8.2-apcu',
      why: 'Moodle on this node cannot speak to Redis or keep a local cache without them',
      lane: 'serial',
      risk: 'interrupts',
      riskText: 'PHP-FPM reloads; requests in flight end normally (process_control_timeout 10 s)',
      undo: 'the packages are removed again, they were not there before',
      notifies: ['reload:php8.2-fpm.service'],
    },
    {
      ...base,
      id: `php-ready:${node}:www`,
      node,
      step: 'caches.modules',
      kind: 'php-ready',
      extensions: ['redis', 'apcu'],
      what: 'redis and apcu are loaded in the pool www and in CLI',
      why: '',
      risk: 'gate',
      undo: '',
    },
  ];
}

export const PLAN: Plan = {
  version: 1,
  cluster: 'campus',
  siteId: 'a1b2c3',
  findings: FINDINGS,
  advice: ADVICE,
  hash: '5d41402abc4b2a76b9719d911017c592',
  stages: [
    {
      stage: 'services',
      provisional: false,
      changes: [
        {
          ...base,
          id: 'package:cache1:redis-server',
          node: 'cache1',
          step: 'caches.services',
          kind: 'package',
          packages: ['redis-server'],
          what: 'Install redis-server',
          why: 'the shared store needs a server',
          undo: 'the package is removed again',
        },
        {
          ...base,
          id: 'file:cache1:redis1.conf',
          node: 'cache1',
          step: 'caches.services',
          kind: 'file',
          path: '/etc/redis/mcw-redis1.conf',
          content: 'port 6379\nbind 10.0.0.41\nmaxmemory 512mb\nmaxmemory-policy allkeys-lru\nrequirepass {{secret:redis1Password}}\n',
          mode: 0o640,
          owner: 'root',
          group: 'redis',
          before: null,
          holdsSecret: true,
          what: 'Write /etc/redis/mcw-redis1.conf',
          why: 'memory limit, password and address of redis1',
          undo: 'the file is removed again',
        },
        {
          ...base,
          id: 'unit:cache1:mcw-redis1',
          node: 'cache1',
          step: 'caches.services',
          kind: 'unit',
          unit: 'mcw-redis1.service',
          action: 'start',
          enable: true,
          what: 'Start mcw-redis1.service',
          why: 'the store needs it now and after a reboot',
          undo: 'the unit is stopped and disabled',
        },
        {
          ...base,
          id: 'service-ready:*:redis1',
          node: '*',
          step: 'caches.services',
          kind: 'service-ready',
          service: 'redis1',
          fromNodes: [...WEB_NODES],
          what: 'redis1 answers from main, web1 and web2',
          why: '',
          risk: 'gate',
          undo: '',
        },
      ],
    },
    { stage: 'modules', provisional: false, changes: WEB_NODES.flatMap(modules) },
    {
      stage: 'muc',
      provisional: true,
      changes: [
        {
          ...base,
          id: 'restore-point:main:muc',
          node: 'main',
          step: 'caches.mappings',
          kind: 'restore-point',
          mucHash: 'abc',
          what: 'Keep a restore point of muc/config.php',
          why: 'the way back',
          lane: 'main',
          risk: 'gate',
          undo: '',
        },
        {
          ...base,
          id: 'muc-publish:main:muc',
          node: 'main',
          step: 'caches.mappings',
          kind: 'muc-publish',
          edits: [
            { edit: 'store', action: 'add', name: 'redis1', plugin: 'redis', configuration: {}, why: 'one copy for all nodes' },
            { edit: 'mode', mode: 1, store: 'redis1', why: 'the shared disk is slow' },
            { edit: 'definition', definition: 'core/string', stores: ['apcu', 'redis1'], why: 'read on every page' },
          ],
          before: 'abc',
          result: 'def',
          diff: DIFF,
          what: 'Publish the new muc/config.php',
          why: 'stores and mappings appear to every node at once',
          lane: 'main',
          undo: 'the file of the restore point is put back over it',
        },
        {
          ...base,
          id: 'converge:*:muc',
          node: '*',
          step: 'caches.mappings',
          kind: 'converge',
          mucHash: 'def',
          reload: false,
          what: 'Every Moodle process runs the new file',
          why: 'OPcache may keep the old one',
          lane: 'main',
          undo: 'nothing to undo',
        },
        {
          ...base,
          id: 'prove:*:muc',
          node: '*',
          step: 'caches.mappings',
          kind: 'prove',
          stores: [
            { name: 'redis1', shared: true },
            { name: 'apcu', shared: false },
          ],
          effective: {},
          what: 'Every store is ready on every node',
          why: '',
          lane: 'main',
          risk: 'gate',
          undo: '',
        },
      ],
    },
  ],
};

/** A cell of the proof. */
export function check(node: string, store: string, sapi: 'web' | 'CLI', ms: number, more: Partial<Check> = {}): Check {
  return { id: `ready:${store}:${sapi}`, node, step: 'caches.mappings', subject: `${store} ready (${sapi})`, store, status: 'passed', detail: '', ms, ...more };
}

export const CHECKS: readonly Check[] = WEB_NODES.flatMap((node, i) => [
  check(node, 'redis1', 'web', 0.42 + i / 10),
  check(node, 'redis1', 'CLI', 0.6 + i / 10),
  check(node, 'apcu', 'web', 0.01),
]);

export const FAILED_CHECK: Check = check('web2', 'redis1', 'web', 0, {
  status: 'failed',
  detail: 'Connection refused from 10.0.0.22 to 10.0.0.41:6379',
  remedy: 'Open port 6379 on cache1 for 10.0.0.22 (firewalld: the zone public does not list it)',
});

export const LOST: WizardError = new WizardError(
  'link-lost',
  'The connection to web2 broke while php8.2-redis was being installed; whether it is installed is unknown.',
  {
    nodes: ['web2'],
    step: 'caches.modules',
    remedies: ['Check that web2 is up: ping 10.0.0.22', 'Resume: web2 is surveyed again first, nothing is repeated blindly'],
    evidence: ['Preparing to unpack .../php8.2-redis_5.3.7_amd64.deb ...', 'Unpacking php8.2-redis (5.3.7) ...', 'Connection reset by peer'],
  },
);

export const MUC: MucConfig = {
  siteIdentifier: 'x',
  stores: [
    { name: 'default_application', plugin: 'file', configuration: {}, default: true },
    { name: 'oldfile', plugin: 'file', configuration: { path: '/srv/cache' }, default: false },
  ],
  modeMappings: { 1: ['default_application'], 2: ['default_session'], 4: ['default_request'] },
  definitionMappings: { 'core/config': ['oldfile'] },
  definitions: [],
};

/** Only what the front ends read of a node's facts. */
export function nodeFacts(node: string): NodeFacts {
  return { node, moodle: WEB_NODES.includes(node as 'main') ? { muc: { state: 'ok', config: MUC } } : null } as unknown as NodeFacts;
}
