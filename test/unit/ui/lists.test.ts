import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { answersSchema, type NodeAnswer, type StoreAnswer } from '../../../src/answers/schema.js';
import { ROLES } from '../../../src/core/cluster.js';
import { listFormat } from '../../../src/ui/flow/list-entries.js';
import { formatNode, guessRoles, parseNodeLine } from '../../../src/ui/flow/node-lines.js';
import { nodeList as nodeForm } from '../../../src/ui/flow/questions-site.js';
import { initialState, reduce } from '../../../src/ui/flow/state.js';
import { loadRules } from '../../../src/ui/flow/validate.js';

import { serviceQuestions } from '../../../steps/caches/2-services.questions.js';
import { STORE_LIST } from '../../../steps/caches/4-stores.questions.js';
import { mappingList as mappingForm } from '../../../steps/caches/5-mappings.questions.js';
import { parseMappingLine } from '../../../steps/caches/lib/mapping-lines.js';
import { formatStore, parseStoreLine } from '../../../steps/caches/lib/store-lines.js';

beforeAll(loadRules);

const nodeList = (earlier: readonly NodeAnswer[], suggestions: readonly string[]) => listFormat(nodeForm(earlier, suggestions), earlier);
const storeList = (earlier: readonly StoreAnswer[]) => listFormat(STORE_LIST, earlier);
const mappingList = (earlier: unknown, suggestions: readonly string[]) => listFormat(mappingForm(suggestions), earlier);

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/);
const hosts = fc.oneof(fc.constantFrom('local', 'out', '10.0.0.21', '2001:db8::1', 'fe:22', ...ROLES), word);
const nodes = fc
  .uniqueArray(
    fc.record(
      {
        name: fc.oneof(word, fc.constantFrom(...ROLES, 'out')),
        host: hosts,
        roles: fc.uniqueArray(fc.constantFrom(...ROLES), { minLength: 1 }),
        ssh: fc.record({ user: fc.constant('deploy'), port: fc.integer({ min: 1, max: 65535 }), identityFile: fc.constant('~/.ssh/k') }, { requiredKeys: [] }),
        web: fc.record({ port: fc.integer({ min: 1, max: 65535 }) }),
        reason: fc.constantFrom('its disk', 'main, web', 'out because x', '"q" #1'),
        state: fc.constantFrom('in' as const, 'out' as const),
      },
      { requiredKeys: ['name', 'host', 'roles'] },
    ),
    { selector: (n) => n.name },
  )
  .map((all) => all.map(({ reason, ...node }) => (node.state === 'out' && reason !== undefined ? { ...node, reason } : node)));
const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('123', '-5', '007', 'true', '[', "['a']", 'a\nb', 'say "x"', 'a b', '', '\\'),
);
const exact = fc.oneof(texts, fc.integer(), fc.boolean(), fc.array(fc.oneof(texts, fc.array(fc.oneof(texts, fc.integer())))));
const storesWith = (values: fc.Arbitrary<unknown>, keys: fc.Arbitrary<string>) =>
  fc.array(
    fc.record(
      {
        name: fc.stringMatching(/^[A-Za-z0-9_ -]{1,8}$/),
        plugin: fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/),
        service: word,
        settings: fc.dictionary(keys, values, { noNullPrototype: true }),
      },
      { requiredKeys: ['name', 'plugin'] },
    ),
  ) as fc.Arbitrary<StoreAnswer[]>;
const keys = fc.oneof(fc.stringMatching(/^[a-z]{1,6}$/), fc.constant('service'));

describe('entries that were not touched', () => {
  it('are the same nodes, whatever a line can say', () => {
    fc.assert(
      fc.property(nodes as fc.Arbitrary<NodeAnswer[]>, (given) => {
        const list = nodeList(given, []);
        const lines = list.toEntries(given);
        expect(lines.map(list.normalize)).toEqual(lines);
        expect(lines.map(list.check)).toEqual(lines.map(() => null));
        expect(list.fromEntries(lines)).toEqual(given);
      }),
    );
  });

  it('are the same stores', () => {
    fc.assert(
      fc.property(storesWith(fc.oneof(exact, fc.double({ noNaN: true, noDefaultInfinity: true })), keys), (given) => {
        fc.pre(answersSchema.shape.stores.safeParse(given).success);
        const list = storeList(given);
        expect(list.fromEntries(list.toEntries(given))).toEqual(given);
      }),
    );
  });

  it('are the same mappings', () => {
    const given = { 'core/string': [], 'core/langmenu': ['hang over night', 'b'] };
    const list = mappingList(given, []);
    expect(list.fromEntries(list.toEntries(given))).toEqual(given);
    expect(list.checkAll(list.toEntries(given))).toBeNull();
  });
});

describe('lines', () => {
  it('say all of a store', () => {
    const plain = storesWith(
      exact,
      fc.stringMatching(/^[a-z]{1,6}$/).filter((k) => k !== 'service'),
    );
    fc.assert(
      fc.property(plain, (given) => {
        for (const store of given) {
          const value = Object.keys(store.settings ?? {}).length === 0 ? { ...store, settings: undefined } : store;
          expect(formatStore(store)).not.toMatch(/[\n\r]/);
          expect(parseStoreLine(formatStore(store))).toEqual({ ok: true, value });
        }
      }),
    );
  });

  it.each([
    ['c1', 'cache'],
    ['o1', 'out'],
    ['main', 'web'],
  ])('keep the host of %s, which is called %s', (name, host) => {
    const node: NodeAnswer = { name, host, roles: ['cache'] };
    expect(parseNodeLine(formatNode(node))).toEqual({ ok: true, value: node });
  });

  it('still read a host and its role', () => {
    expect(parseNodeLine('c1 cache')).toEqual({ ok: true, value: { name: 'c1', host: 'c1', roles: ['cache'] } });
    expect(parseStoreLine(`m memcached servers=['a:1','b:2'] prefix="123" retries=3`)).toEqual({
      ok: true,
      value: { name: 'm', plugin: 'memcached', settings: { servers: ['a:1', 'b:2'], prefix: '123', retries: 3 } },
    });
  });

  it.each([
    [nodeList([], []), ['main local main,web', 'web1 host bogus'], 'Line 2 (web1 host bogus): Unknown role "bogus"'],
    [storeList([]), ['a redis', 'b redis prefix="x'], 'Line 2 (b redis prefix="x): A double quote is not closed'],
    [storeList([]), ['a redis prefix=x prefix=y'], 'prefix is given twice'],
    [mappingList(undefined, []), ['core/string ='], 'Line 1 (core/string =): '],
    [mappingList(undefined, []), ['core/string = a', 'core/string = b'], 'core/string is mapped twice'],
  ])('that cannot be read are told, not left out', (list, entries, told) => {
    expect(list.checkAll(entries)).toContain(told);
  });
});

describe('a password', () => {
  it('is kept under the name that the answers give it', () => {
    const services = [{ name: 'redis1', plugin: 'redis', manage: true, node: 'c1', password: 'secret:redisPassword' }];
    const state = initialState({ services });
    const question = serviceQuestions({ answers: state.draft, facts: null, advice: null }).find((q) => q.key === 'services.0.password');
    expect(question?.secretName).toBe('redisPassword');
    const after = reduce(state, { type: 'secret', question: question as never, text: 'pw' });
    expect(after.draft).toEqual({ version: 1, services, secrets: { redisPassword: 'env:REDIS_PASSWORD' } });
    expect([...after.secrets.keys()]).toEqual(['redisPassword']);
  });

  it('gets a name made from that of its service when it has none', () => {
    const answers = { services: [{ name: 'redis-1', plugin: 'redis', manage: true }] };
    expect(serviceQuestions({ answers, facts: null, advice: null }).find((q) => q.kind === 'secret')?.secretName).toBe('redis1Password');
  });
});

describe('lines of a list', () => {
  it.each([
    ['web1 10.0.0.21 web', { name: 'web1', host: '10.0.0.21', roles: ['web'] }],
    ['main local main,web,cron', { name: 'main', host: 'local', roles: ['main', 'web', 'cron'] }],
    ['main, local, main, web', { name: 'main', host: 'local', roles: ['main', 'web'] }],
    ['10.0.0.21 web1', { name: 'web1', host: '10.0.0.21', roles: ['web'] }],
    ['web1=10.0.0.21', { name: 'web1', host: '10.0.0.21', roles: ['web'] }],
    ['web1,10.0.0.21,web', { name: 'web1', host: '10.0.0.21', roles: ['web'] }],
    ['deploy@cache1.example.org:2222', { name: 'cache1', host: 'cache1.example.org', roles: ['cache'], ssh: { user: 'deploy', port: 2222 } }],
    ['web2 10.0.0.22 web http=8080 out', { name: 'web2', host: '10.0.0.22', roles: ['web'], web: { port: 8080 }, state: 'out' }],
    ['n1 [2001:db8::1]:22 web', { name: 'n1', host: '2001:db8::1', roles: ['web'], ssh: { port: 22 } }],
  ])('reads %s', (line, node) => {
    expect(parseNodeLine(line)).toEqual({ ok: true, value: node });
    expect(parseNodeLine(formatNode(node as never))).toEqual({ ok: true, value: node });
  });

  it.each(['', 'web1 host bogus', 'web1 -oProxyCommand=x', 'a b c d'])('refuses %j', (line) => {
    expect(nodeList([], []).check(line)).not.toBeNull();
  });

  it('guesses roles from names', () => {
    expect(['main', 'web3', 'cache1', 'db1', 'lb'].map(guessRoles)).toEqual([['main', 'web', 'cron'], ['web'], ['cache'], ['database'], ['load-balancer']]);
  });

  it('reads stores and mappings', () => {
    expect(parseStoreLine('"my store" redis service=redis1 prefix=campus_ serializer=1')).toEqual({
      ok: true,
      value: { name: 'my store', plugin: 'redis', service: 'redis1', settings: { prefix: 'campus_', serializer: 1 } },
    });
    expect(parseStoreLine('x').ok).toBe(false);
    expect(parseMappingLine('core/string = apcu over redis1')).toEqual({ ok: true, value: ['core/string', ['apcu', 'redis1']] });
    expect(parseMappingLine('string = x').ok).toBe(false);
  });

  it('never throws, whatever is pasted', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseNodeLine(text);
        parseStoreLine(text);
        parseMappingLine(text);
      }),
    );
  });
});
