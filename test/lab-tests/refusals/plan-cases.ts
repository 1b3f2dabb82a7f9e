/** Wishes that this cluster cannot have, and runs in each other's way. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../lab/index.js';
import { on, put, type Refusal } from './refusal.js';

const MUC = '/mnt/moodledata/muc/config.php';
const RUN_LOCK = '/mnt/moodledata/muc/moodle-cluster-wizard.lock';

/** The lab's other Redis or memcached in the place of the managed one. */
function service(text: string, line: string): string {
  return put(text, / {2}- \{name: redis1.*\n/, `  - ${line}\n`);
}

const ADD_STORE = readFileSync(join('test', 'lab-tests', 'refusals', 'add-store.php'), 'utf8');

async function addFileStore(lab: Lab): Promise<void> {
  await on(lab, ['main'], `cp -a ${MUC} /root/muc.kept`);
  await lab.hosts.main.must(['php', '--', 'app', 'file'], { user: 'www-data', stdin: ADD_STORE });
}

const holder = (more: string) =>
  `{"token":"0123456789abcdef01234567","run":"20251123T220000-aaaaaa","user":"night","host":"web1","pid":4711,"processStart":"99","since":"2025-11-23T22:00:00.000Z"${more}}`;

export const PLAN_CASES: readonly Refusal[] = [
  {
    name: 'a Redis that does not take the password: which service, which secret',
    answers: (t) => service(t, '{name: redis1, plugin: redis, address: "cache1:6379", password: secret:redisPassword}'),
    trouble: (lab) => on(lab, ['cache1'], 'redis-cli config set requirepass "the right one"'),
    undo: (lab) => on(lab, ['cache1'], 'REDISCLI_AUTH="the right one" redis-cli config set requirepass ""'),
    exit: 3,
    code: 'service-unreachable',
    nodes: ['main', 'web1', 'web2'],
    words: ['redis1', 'cache1:6379', 'password', '"redisPassword"'],
  },
  {
    name: 'a memcached that one node alone cannot reach: which node, and what to try there',
    answers: (t) => service(t, '{name: mem1, plugin: memcached, address: "cache1:11211"}'),
    trouble: (lab) => on(lab, ['web2'], `ip route add unreachable ${lab.hosts.cache1.ip}/32`),
    undo: (lab) => on(lab, ['web2'], `ip route del unreachable ${lab.hosts.cache1.ip}/32`),
    exit: 3,
    code: 'service-unreachable',
    nodes: ['web2'],
    words: ['mem1', 'cache1:11211', 'from web2', 'firewall'],
  },
  {
    name: 'no package of an extension for the PHP in use: which node, which package, which PHP',
    trouble: (lab) => on(lab, ['web2'], "printf 'Package: php*redis*\\nPin: release *\\nPin-Priority: -1\\n' > /etc/apt/preferences.d/none"),
    undo: (lab) => on(lab, ['web2'], 'rm /etc/apt/preferences.d/none'),
    exit: 7,
    code: 'package-missing',
    nodes: ['web2'],
    words: ['redis', /PHP [78]\.\d/, 'package'],
  },
  {
    name: 'a store name that a store of another plugin has',
    answers: (t) => put(t, 'stores: auto', 'stores:\n  - {name: app, plugin: redis, service: redis1}'),
    trouble: addFileStore,
    undo: (lab) => on(lab, ['main'], `cp -a /root/muc.kept ${MUC} && rm /root/muc.kept`),
    exit: 7,
    code: 'store-unavailable',
    words: ['"app"', '"file"', 'another name'],
  },
  {
    name: 'a cache definition that this Moodle does not have, with the one that was meant',
    answers: (t) => put(t, '  base: auto', '  base: auto\n  definitions: {core/strin: [redis1]}'),
    exit: 7,
    code: 'mapping-unsuitable',
    words: ['"core/strin"', 'Did you mean "core/string"?', 'mappings.definitions'],
  },
  {
    name: 'the lock of another run: who holds it, where, since when',
    trouble: (lab) => on(lab, ['main'], `printf '%s\\n' '${holder('')}' > ${RUN_LOCK} && chown www-data: ${RUN_LOCK}`),
    undo: (lab) => on(lab, ['main'], `rm ${RUN_LOCK}`),
    exit: 6,
    code: 'lock-held',
    planExit: 10,
    words: ['night', 'web1', '2025-11-23', 'unlock', RUN_LOCK],
  },
];
