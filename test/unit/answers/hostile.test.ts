/** Hostile text in every answer: refused with the name of its key, or carried through as it is; never a command, a line of a file, or another key. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { advise } from '../../../src/advice/advise.js';
import { loadAnswers, readAnswers } from '../../../src/answers/load.js';
import { saveAnswers } from '../../../src/answers/save.js';
import type { Change } from '../../../src/core/change.js';
import type { ClusterFacts } from '../../../src/core/facts.js';
import { Secret } from '../../../src/core/secret.js';
import { withSecrets } from '../../../src/engine/handlers/file.js';
import { makePlan } from '../../../src/engine/run/planner.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { command } from '../../../src/exec/shell.js';
import { createBridge } from '../../../src/moodle/bridge.js';
import { caches } from '../../../steps/caches/track.js';
import { siteFacts } from '../advice/fixture.js';
import { clusterNode } from '../survey/world.js';
import { redisWords, shellWords } from './words.js';

/** What Moodle answers to a staging that changes nothing, of an empty file. */
const STAGED = {
  content: '',
  sha256: createHash('sha256').digest('hex'),
  baseSha256: null,
  before: '',
  after: '',
  config: { siteIdentifier: null, stores: [], modeMappings: { 1: [], 2: [], 4: [] }, definitionMappings: {}, definitions: [] },
  siteIdentifier: null,
};

/** Found again wherever it went. */
const TAG = 'Zq7';

const NASTY = [
  "'",
  '"',
  '`',
  '\\',
  '$(id)',
  '${HOME}',
  '\n',
  '\r\n',
  '\t',
  '\0',
  '\u0007',
  '\u001b[2J',
  "'; DROP TABLE mdl_config; --",
  '<?php phpinfo(); ?>',
  '?>',
  '{{secret:redisPassword}}',
  '{{description}}',
  '@@MUC@@',
  '%n',
  '%s%p',
  '-rf',
  '--',
  '-oProxyCommand=id',
  ' ',
  '  ',
  '; id',
  '| id',
  '&& id',
  '> /etc/passwd',
  '#',
  '..',
  '../../etc',
  '/etc/passwd',
  '\u202e',
  'é',
  '名',
  '🙂',
  '[Service]',
  'ExecStart=/bin/sh',
  '*',
  '?',
  '~',
  '!x',
  'secret:redisPassword',
  'env:PATH',
  'cmd:id',
  '__proto__',
  'constructor',
  'null',
  'true',
  '0',
  ':',
  '6379',
  ',',
] as const;

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 4 }), fc.string({ unit: 'binary', maxLength: 2 })), { minLength: 1, maxLength: 4 })
  .chain((parts) => fc.nat({ max: parts.length }).map((at) => [...parts.slice(0, at), TAG, ...parts.slice(at)].join('')));

type Doc = Record<string, any>;

function base(): Doc {
  return {
    version: 1,
    cluster: 'campus',
    moodle: { dirroot: '/var/www/moodle' },
    nodes: [
      { name: 'main', host: 'local', roles: ['main', 'web', 'cron'] },
      { name: 'web1', host: '10.0.0.21', roles: ['web'] },
      { name: 'cache1', host: '10.0.0.41', roles: ['cache'] },
    ],
    services: [
      { name: 'redis1', plugin: 'redis', node: 'cache1', port: 6390, manage: true, memory: '512M', password: 'secret:redisPassword' },
      { name: 'ext', plugin: 'redis', address: '10.0.0.9:6379' },
    ],
    stores: [
      { name: 'app', plugin: 'redis', service: 'redis1', settings: { prefix: 'a' } },
      { name: 'ext', plugin: 'redis', service: 'ext' },
      { name: 'files', plugin: 'file', settings: { path: '/var/cache/moodle' } },
      { name: 'other', plugin: 'thirdparty', settings: { anything: 'x', list: ['x'] } },
    ],
    mappings: { base: 'keep', modes: { application: 'app' }, definitions: { 'core/string': ['app'] } },
    remove: { stores: ['old'], mappings: ['core/config'] },
    secrets: { redisPassword: 'file:/root/p' },
  };
}

/** Every place that takes text, and how to put it there. */
const PLACES: Readonly<Record<string, (doc: Doc, text: string) => void>> = {
  cluster: (d, t) => void (d.cluster = t),
  'moodle.dirroot': (d, t) => void (d.moodle.dirroot = t),
  'moodle.webUser': (d, t) => void (d.moodle.webUser = t),
  'ssh.user': (d, t) => void (d.ssh = { user: t }),
  'ssh.identityFile': (d, t) => void (d.ssh = { identityFile: t }),
  'ssh.sudo': (d, t) => void (d.ssh = { sudo: t }),
  'nodes.name': (d, t) => {
    d.nodes[2].name = t;
    d.services[0].node = t;
  },
  'nodes.host': (d, t) => void (d.nodes[1].host = t),
  'services.name': (d, t) => {
    d.services[0].name = t;
    d.stores[0].service = t;
  },
  'services.address': (d, t) => void (d.services[1].address = t),
  'services.memory': (d, t) => void (d.services[0].memory = t),
  'services.password': (d, t) => void (d.services[0].password = t),
  'services.username': (d, t) => void Object.assign(d.services[1], { plugin: 'mongodb', username: t }),
  'stores.name': (d, t) => {
    d.stores[0].name = t;
    d.mappings.modes.application = t;
    d.mappings.definitions['core/string'] = [t];
  },
  'stores.plugin': (d, t) => void (d.stores[3].plugin = t),
  'stores.settings.prefix': (d, t) => void (d.stores[0].settings.prefix = t),
  'stores.settings.path': (d, t) => void (d.stores[2].settings.path = t),
  'stores.settings.anything': (d, t) => void (d.stores[3].settings.anything = t),
  'stores.settings.list': (d, t) => void (d.stores[3].settings.list = [t]),
  'stores.settings key': (d, t) => void (d.stores[3].settings[t] = 'x'),
  'mappings.definitions key': (d, t) => void (d.mappings.definitions[t] = ['app']),
  'remove.stores': (d, t) => void (d.remove.stores = [t]),
  'remove.mappings': (d, t) => void (d.remove.mappings = [t]),
  'secrets source': (d, t) => void (d.secrets.redisPassword = t),
  'secrets cmd': (d, t) => void (d.secrets.redisPassword = `cmd:${t}`),
  'secrets file': (d, t) => void (d.secrets.redisPassword = `file:/${t}`),
  'secrets key': (d, t) => void (d.secrets[t] = 'env:X'),
  'unknown key': (d, t) => void (d[t] = 'x'),
};

/** Places of free text, which goes nowhere but where its owner reads it: the plugin's settings, and the source of a secret. */
const FREE = ['stores.settings.anything', 'stores.settings.list', 'secrets cmd', 'secrets file', 'secrets source'];

/** What those that are refused by form may still hold. */
const HARMLESS = /^[\p{L}\p{M}\p{N} ._@/+:~$-]*$/u;

/** Facts with a plugin of that name, so that its store is planned. */
function worldOf(plugin: string): ClusterFacts {
  return siteFacts({ plugins: ['apcu', 'file', 'redis', 'session', 'static', plugin], reachable: ['redis1', 'ext'] });
}

function planned(text: string): readonly Change[] {
  const { answers, cluster } = loadAnswers(text, 'answers.yaml');
  const stores = Array.isArray(answers.stores) ? answers.stores : [];
  const world = worldOf(stores[3]?.plugin ?? 'thirdparty');
  const third = cluster.nodes[2]?.name ?? 'cache1';
  const { cache1, ...others } = world.nodes;
  const facts = { ...world, nodes: { ...others, ...(cache1 ? { [third]: { ...cache1, node: third } } : {}) } };
  expect(advise(cluster, answers, facts)).toBeDefined();
  const { plan } = makePlan({ track: caches, cluster, answers, facts, secretHmacs: { redisPassword: 'hmac:aa' }, siteId: 's' });
  return plan.stages.flatMap((s) => s.changes);
}

/** Names of the directives of a unit, or of the lines of a configuration file. */
const shape = (content: string) => content.split('\n').map((line) => /^[\w-]*/.exec(line)?.[0]);

const filesOf = (changes: readonly Change[]) => changes.flatMap((c) => (c.kind === 'file' ? [c] : []));

describe.each(Object.keys(PLACES))('hostile text as %s', (place) => {
  const yamlOf = (text: string): string => {
    const doc = base();
    PLACES[place]?.(doc, text);
    return stringify(doc);
  };

  it('is refused with the name of its key, or goes through unharmed', () => {
    const usual = filesOf(planned(stringify(base()))).map((f) => shape(f.content));
    fc.assert(
      fc.property(hostile, (text) => {
        const yaml = yamlOf(text);
        const read = readAnswers(yaml);
        if ('problems' in read) {
          expect(read.problems.every((p) => p.sentence.length > 0 && p.line >= 1)).toBe(true);
          return;
        }
        // Saved and read again it is the same.
        expect(loadAnswers(saveAnswers(read.answers), 'a').answers).toEqual(read.answers);
        if (!FREE.includes(place)) expect(text).toMatch(HARMLESS);
        const changes = planned(yaml);
        // Files keep their lines, whatever names stand in them; the one secret stays where it belongs.
        expect(filesOf(changes).map((f) => shape(f.content))).toEqual(usual);
        for (const file of filesOf(changes)) expect(file.content.split('{{secret:')).toHaveLength(file.holdsSecret ? 2 : 1);
        if (!FREE.includes(place)) return;
        // Free text is data of an edit, and of nothing that is run, written or shown to a shell.
        const others = changes.map((c) => (c.kind === 'muc-publish' ? { ...c, edits: [] } : c));
        expect(JSON.stringify(others)).not.toContain(TAG);
      }),
      { numRuns: 25 },
    );
  });
});

describe('what reaches a machine', () => {
  it('edits with any text travel to Moodle on standard input, as JSON that gives the same text; argv knows nothing of them', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const executor = fakeExecutor(clusterNode('main', ['main']), [
          {
            when: 'bridge.php',
            answer: (call) => {
              const { marker } = JSON.parse(String(call.cmd.stdin)) as { marker: string };
              return {
                stdout: `\n${marker}${JSON.stringify({ ok: true, data: STAGED })}${marker}\n`,
              };
            },
          },
        ]);
        const site = {
          dirroot: '/m',
          dataroot: '/d',
          wwwroot: 'http://x',
          sslproxy: false,
          reverseproxy: false,
          mucPath: '/d/muc/config.php',
          lockPath: '/d/l',
        };
        const bridge = createBridge({ executor, toolkitDir: '/kit', webUser: 'www-data', phpBinary: 'php', hmacKey: 'k', webToken: 't', site });
        const edits = [{ edit: 'store', action: 'add', name: 'n', plugin: 'p', configuration: { a: text }, why: text }] as const;
        await bridge.stage({ edits, secrets: { s: text }, base: null });
        const [call] = executor.calls;
        expect(call?.line).not.toContain(TAG);
        expect(call?.cmd.env).toBeUndefined();
        expect(JSON.parse(String(call?.cmd.stdin))).toMatchObject({ edits, secrets: { s: text } });
      }),
    );
  });

  it('words of a command stay single words, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.array(
          hostile.filter((t) => !t.includes('\0')),
          { minLength: 1, maxLength: 4 },
        ),
        (words) => {
          expect(shellWords(command(['x', ...words]))).toEqual(['x', ...words]);
        },
      ),
    );
  });

  it('a secret of any printable text is one word of redis.conf, never another line, and is not looked through for further secrets', () => {
    const printable = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((t) => !/[\u0000-\u001f\u007f]/.test(t));
    const awkward = fc.constantFrom('{{secret:redisPassword}}', `"' \\ $& $1 $\` \\x41`, '%s', '#', '"\\"');
    const change = { path: '/etc/moodle-cluster-wizard/redis1.secret.conf', content: 'requirepass {{secret:redisPassword}}\n', holdsSecret: true } as const;
    fc.assert(
      fc.property(fc.oneof(printable, awkward), (value) => {
        const content = withSecrets({ secret: (name) => new Secret(name, value) }, change);
        const [line = '', ...rest] = content.split('\n');
        expect(rest).toEqual(['']);
        expect(redisWords(line)).toEqual(['requirepass', value]);
      }),
    );
  });
});

describe('a file that is made to take long', () => {
  const many = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i)).join('');
  it.each([
    ['of a million empty keys', ':\n'.repeat(1_000_000)],
    ['of a quarter of a million keys in a line', `{${many(250_000, (i) => `k${i}: 1,`)}}`],
    ['of unknown keys', many(30_000, (i) => `zz${i}: 1\n`)],
    ['of unknown keys, as many as are looked at', many(16_000, (i) => `zz${i}: 1\n`)],
    ['of a merge', `a: &a {${many(60_000, (i) => `k${i}: 1,`)}}\nb: {<<: *a}\n`],
    ['of directives', '%x\n'.repeat(1_000_000)],
    ['of tabs', '\t\t:\n'.repeat(900_000)],
    ['of quotes', '"\n'.repeat(1_000_000)],
    ['of brackets', '['.repeat(90_000)],
    ['of nodes', `nodes:\n${many(90_000, () => ' - {name: n, host: h, roles: [x]}\n')}`],
  ])(
    '%s is refused in seconds, in few words',
    (_name, text) => {
      const read = readAnswers(text);
      expect('problems' in read && read.problems.length).toBeGreaterThan(0);
      expect('problems' in read && read.problems.length).toBeLessThanOrEqual(250);
    },
    10_000,
  );

  it.each(['__proto__', 'constructor', 'toString'])('a key %s gets neither lost nor believed', (name) => {
    const text = `version: 1\ncluster: c\nmoodle: {dirroot: /m}\nnodes: [{name: main, host: local, roles: [main, web]}]\nsecrets: {${name}: "env:HOME"}\n`;
    expect(readAnswers(text)).toMatchObject({ problems: [{ line: 5, sentence: `"${name}" is not a valid key.` }] });
  });
});
