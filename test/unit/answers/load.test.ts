import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initAnswers } from '../../../src/answers/init.js';
import { jsonSchema } from '../../../src/answers/keys.js';
import { loadAnswers, problemText, readAnswers } from '../../../src/answers/load.js';
import { saveAnswers } from '../../../src/answers/save.js';
import type { Answers } from '../../../src/answers/schema.js';
import { WizardError } from '../../../src/core/errors.js';
import { HEAD } from '../advice/fixture.js';

function problems(text: string): readonly string[] {
  const read = readAnswers(text);
  return 'problems' in read ? read.problems.map((p) => problemText('a.yaml', p)) : [];
}

describe('an answers file', () => {
  it('becomes a cluster with defaults filled in', () => {
    const { cluster } = loadAnswers(`${HEAD}ssh: {user: deploy, sudo: "password: secret:su"}\nsecrets: {su: "env:SU"}\n`, 'a.yaml');
    expect(cluster.nodes[1]).toEqual({
      name: 'web1',
      host: '10.0.0.21',
      roles: ['web'],
      webPort: 80,
      state: 'in',
      ssh: { user: 'deploy', hostKeys: 'known_hosts', sudo: { kind: 'password', secret: 'su' } },
    });
  });

  it('says why a node is out, and takes no reason for one that is in', () => {
    const { cluster } = loadAnswers(HEAD.replace(/(name: web1,)/, '$1 state: out, reason: "no disk",'), 'a.yaml');
    expect(cluster.nodes[1]).toMatchObject({ name: 'web1', state: 'out', exclusionReason: 'no disk' });
    expect(problems(HEAD.replace(/(name: web1,)/, '$1 reason: "no disk",'))).toEqual([
      expect.stringMatching(/nodes\.1\.reason: "web1" is not excluded: .* state: out\.$/),
    ]);
  });

  it('tells every problem at once, at its line and column', () => {
    const text = `version: 1
cluster: campus
moodel: {dirroot: /var/www/moodle}
nodes:
  - {name: main, host: local, roles: [mian]}
  - {name: web1, host: local, roles: [web], sshh: {}}
services:
  - {name: r, plugin: redis, node: web2, manage: true}
`;
    expect(problems(text)).toEqual([
      'a.yaml:3:1 moodel: Unknown key "moodel". Did you mean "moodle"?',
      expect.stringContaining('nodes: One node must have the role main'),
      'a.yaml:5:39 nodes.0.roles.0: must be main, web, cron, database, cache or load-balancer. Did you mean "main"?',
      'a.yaml:6:24 nodes.1.host: Only one node can be "local"; "main" already is.',
      'a.yaml:6:45 nodes.1.sshh: Unknown key "sshh". Did you mean "ssh"?',
      'a.yaml:8:36 services.0.node: Unknown node "web2". Did you mean "web1"?',
    ]);
  });

  it('throws them as one error with exit code 2', () => {
    try {
      loadAnswers('version: 2\n', 'a.yaml');
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(WizardError);
      const error = thrown as WizardError;
      expect([error.code, error.exitCode]).toEqual(['answers-invalid', 2]);
      expect([error, ...error.others].map((e) => e.message).join('\n')).toContain('nodes: The key "nodes" is missing.');
    }
  });

  it.each([
    ['', 'The file is empty'],
    ['version: 1\nversion: 1', 'This key is used twice'],
    ['version: 1\n---\nversion: 1', 'several documents'],
    ['version: !!js/function "x"', 'Tags ("!…") are not allowed'],
    ['version: !php/object "x"', 'Tags ("!…") are not allowed'],
    [`${'a: &a [x]\nb: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n'.replace('[x]', `[${'x,'.repeat(200)}]`)}c: [*nope]`, 'nope'],
    ['{', 'Invalid YAML'],
    ['- 1', 'a group of keys'],
  ])('refuses %j', (text, sentence) => {
    expect(problems(text).join('\n')).toContain(sentence);
  });

  it('follows anchors', () => {
    expect(problems(`${HEAD.replace('[web]', '&w [web]').replace('[cache]', '*w')}ssh: &s {user: a}\n`)).toEqual([]);
  });

  const bad = (yaml: string, sentence: string) => expect(problems(HEAD + yaml).join('\n')).toContain(sentence);

  it('checks services against nodes and against themselves', () => {
    bad('services: [{name: r, plugin: redis}]', 'needs one of');
    bad('services: [{name: r, plugin: redis, node: web1}]', 'does not have the role cache');
    bad('services: [{name: r, plugin: redis, node: cache1, address: "h:1"}]', 'only one of them');
    bad('services: [{name: r, plugin: redis, address: "h:1", manage: true}]', 'cannot manage');
    bad('services: [{name: r, plugin: redis, address: "h:99999"}]', 'needs a port from');
    bad('services: [{name: r, plugin: redis, address: "127.0.0.1:6379"}]', 'a different server on each of the 2 Moodle nodes');
    bad('services: [{name: m, plugin: memcached, node: cache1, password: secret:p}]\nsecrets: {p: "env:P"}', 'does not support a password');
    bad('services: [{name: m, plugin: memcached, address: "h:1", memory: 64M}]', 'only for services that the wizard manages');
    bad(
      'services: [{name: r, plugin: redis, node: cache1, port: 7000}, {name: s, plugin: redis, node: cache1, port: 7000}]',
      'is already used by the service "r"',
    );
    bad('services: [{name: r, plugin: redis, address: "h:1"}, {name: r, plugin: redis, address: "h:2"}]', 'used for more than one service');
    bad('services: [{name: r, plugin: redis, address: "h:1", password: secret:pw}]', 'The secret "pw" has no source');
  });

  it('checks stores against services and the catalogue', () => {
    const s = 'services: [{name: r1, plugin: redis, address: "h:1"}]\n';
    bad(`${s}stores: [{name: a, plugin: redis, service: r2}]`, 'Unknown service "r2". Did you mean "r1"?');
    bad(`${s}stores: [{name: a, plugin: memcached, service: r1}]`, 'is redis, but the store "a" is memcached');
    bad(`${s}stores: [{name: a, plugin: redis}]`, 'needs a service, or "server"');
    bad('stores: [{name: a, plugin: redis, settings: {server: "h", serialiser: 1}}]', 'Did you mean "serializer"?');
    bad('stores: [{name: a, plugin: redis, settings: {server: "h", compressor: 7}}]', 'must be 0 (none)');
    bad('stores: [{name: a, plugin: redis, settings: {server: "tls://h"}}]', 'use the setting encryption');
    bad('stores: [{name: a, plugin: redis, settings: {server: "[::1]:6379"}}]', 'IPv6');
    bad('stores: [{name: a, plugin: redis, settings: {server: "h", password: hunter2}}]', 'must be secret:NAME');
    bad('stores: [{name: a, plugin: memcached, settings: {servers: ["h:1", "i:2"], clustered: true}}]', 'exactly one server');
    bad('stores: [{name: a, plugin: apcu, settings: {prefix: toolong}}]', '5 characters at most');
    bad('stores: [{name: a, plugin: apcu, settings: {prefix: "a;b"}}]', 'must be letters, digits');
    bad('stores: [{name: a, plugin: memcahced, settings: {servers: ["h:1"]}}]', 'Did you mean "memcached"?');
    bad('stores: [{name: default_session, plugin: file}]', 'reserved for a store that Moodle creates');
    bad('stores: [{name: a, plugin: session}]', 'does not allow more stores');
    bad('stores: [{name: "a<?php", plugin: file}]', 'must be letters, digits, spaces');
    bad('stores: [{name: a, plugin: file, settings: {path: "/x/../etc"}}]', 'without ".."');
  });

  it('checks mappings against removals', () => {
    bad('mappings: {definitions: {core/string: []}}', 'to unmap it');
    bad('mappings: {definitions: {core/string: [a, a]}}', 'has the same store twice');
    bad('mappings: {definitions: {core/string: [a]}}\nremove: {mappings: [core/string]}', 'mapped here and listed under remove');
    bad('mappings: {modes: {application: a}}\nremove: {stores: [a]}', 'is listed under remove');
    bad('remove: {stores: [default_application]}', 'does not allow removing');
  });
});

describe('init, save and schema', () => {
  it('prints an example that is valid and explains itself', () => {
    const text = initAnswers();
    expect(problems(text)).toEqual([]);
    expect(text).toContain('# Users who are active in a busy hour\n  users: 2000');
  });

  it('exports a JSON Schema with help texts', () => {
    const schema = jsonSchema() as { properties: Record<string, { description?: string }>; additionalProperties: boolean };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties['cluster']?.description).toBe('Name of the cluster in reports');
  });

  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
  const answers: fc.Arbitrary<Answers> = fc
    .record({
      label: fc.stringMatching(/^[A-Za-zäé0-9][A-Za-z0-9 ._-]{0,20}$/),
      webs: fc.uniqueArray(name, { maxLength: 4 }),
      users: fc.option(fc.integer({ min: 1, max: 9999 }), { nil: undefined }),
      command: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
      prefix: fc.stringMatching(/^[a-zA-Z0-9_-]{1,5}$/),
      storeName: fc.stringMatching(/^[A-Za-z0-9_ -]{1,20}$/),
    })
    .map(({ label, webs, users, command, prefix, storeName }) => ({
      version: 1 as const,
      cluster: label,
      moodle: { dirroot: '/var/www/moodle' },
      nodes: [
        { name: 'the-main', host: 'local', roles: ['main' as const, 'web' as const] },
        ...webs.filter((w) => w !== 'the-main').map((w, i) => ({ name: w, host: `10.0.0.${i + 1}`, roles: ['web' as const] })),
      ],
      ...(users === undefined ? {} : { needs: { users } }),
      stores: [{ name: storeName.startsWith('default_') ? 'x' : storeName, plugin: 'apcu', settings: { prefix } }],
      secrets: { s: `cmd:${command}` },
    }));

  it('reads back what it saves, whatever the texts hold', () => {
    fc.assert(
      fc.property(answers, (a) => {
        expect(loadAnswers(saveAnswers(a), 'a.yaml').answers).toEqual(a);
      }),
      { numRuns: 100 },
    );
  });

  it('carries hostile text unharmed or refuses it by name', () => {
    const hostile = fc.oneof(
      fc.constantFrom("'; rm -rf / #", '$(id)', '`id`', '<?php echo 1;', 'x\ny: 1', '"', '\u0000', '{{secret:x}}', '../../etc'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const base = loadAnswers(HEAD, 'a').answers;
        const read = readAnswers(saveAnswers({ ...base, cluster: text } as Answers));
        if ('answers' in read) {
          expect(read.answers.cluster).toBe(text);
          expect(text).toMatch(/^[\p{L}\p{N} ._-]+$/u);
        } else expect(read.problems.some((p) => p.key === 'cluster')).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('never fails otherwise than with answers-invalid', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string({ maxLength: 60 }).map((s) => HEAD + s),
        ),
        (text) => {
          try {
            loadAnswers(text, 'a.yaml');
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(WizardError);
            expect((thrown as WizardError).code).toBe('answers-invalid');
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
