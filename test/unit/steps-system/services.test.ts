import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceAnswer } from '../../../src/answers/schema.js';
import type { NodeFacts } from '../../../src/core/facts.js';
import { servicePaths, servicesStep } from '../../../steps/caches/2-services.js';
import { afterwards, CLUSTER, facts, input } from './world.js';

const redis: ServiceAnswer = { name: 'redis1', plugin: 'redis', node: 'cache1', manage: true, memory: '128M', password: 'secret:pw' };
const mem: ServiceAnswer = { name: 'mem1', plugin: 'memcached', node: 'cache1', manage: true, memory: '64M' };
const ids = (services: ServiceAnswer[], of = facts()) => servicesStep.plan(input({ services }, of)).changes.map((c) => c.id);
const refusals = (services: ServiceAnswer[], of = facts()) => servicesStep.plan(input({ services }, of)).refusals;
const reach = (service: string, error?: string, info?: Record<string, string>): Partial<NodeFacts> => ({
  reach: [{ service, ok: error === undefined, ...(error === undefined ? {} : { error }), ...(info === undefined ? {} : { info }) }],
});

describe('a managed Redis', () => {
  const plan = servicesStep.plan(input({ services: [redis] }));
  const file = (end: string) => plan.changes.find((c) => c.kind === 'file' && c.path.endsWith(end));

  it('is package, folder, files, unit, gate, in this order', () => {
    expect(plan.refusals).toEqual([]);
    expect(plan.changes.map((c) => c.id)).toEqual([
      'package:cache1:redis-server',
      'directory:cache1:/etc/moodle-cluster-wizard',
      'directory:cache1:/etc/systemd/system/moodle-muc-redis1.service.d',
      'file:cache1:/etc/moodle-cluster-wizard/redis1.conf',
      'file:cache1:/etc/moodle-cluster-wizard/redis1.secret.conf',
      'file:cache1:/etc/systemd/system/moodle-muc-redis1.service.d/network.conf',
      'file:cache1:/etc/systemd/system/moodle-muc-redis1.service',
      'unit:cache1:moodle-muc-redis1.service',
      'service-ready:*:redis1',
    ]);
  });
  it('listens on the cluster address only, forgets on restart, never grows', () => {
    const conf = file('redis1.conf');
    expect(conf).toMatchObject({ mode: 0o644, owner: 'root', group: 'root', holdsSecret: false });
    const text = conf?.kind === 'file' ? conf.content : '';
    for (const line of ['bind 10.0.0.51', 'port 6390', 'save ""', 'appendonly no', 'maxmemory 128mb', 'maxmemory-policy allkeys-lru'])
      expect(text).toContain(`${line}\n`);
  });
  it('has its password as a placeholder, in a file that nobody else reads', () => {
    expect(file('secret.conf')).toMatchObject({ holdsSecret: true, mode: 0o600, owner: 'root' });
    expect(JSON.stringify(plan)).toContain('{{secret:pw}}');
  });
  it('keeps the default unit of its package from starting', () => expect(plan.changes[0]).toMatchObject({ keepStopped: ['redis-server.service'] }));
  it('is asked from every Moodle node, and those left out are not', () =>
    expect(plan.changes.at(-1)).toMatchObject({ fromNodes: ['main', 'web1', 'web2'], risk: 'gate' }));
  it('leaves the package alone where it is there', () =>
    expect(ids([redis], facts({ cache1: { packages: { 'redis-server': '7' } } }))[0]).toMatch(/^directory/));
  it('needs a password', () => {
    const { password: _none, ...open } = redis;
    expect(refusals([open])[0]?.message).toContain('needs a password');
  });
  it('tells who else reaches it', () => {
    const finding = plan.findings.find((f) => f.id.startsWith('services:exposure'));
    expect(finding?.is).toContain('10.0.0.51:6390 only');
    expect(finding?.is).toContain('systemd (IPAddressDeny) admits 10.0.0.51, 10.0.0.10, 10.0.0.11, 10.0.0.12');
    // It comes back one day, and its address is not known.
    expect(finding?.todo).toContain('The address of old is unknown');
  });
  it('tells the address that its one client comes from, where that is another machine', () => {
    const nodes = CLUSTER.nodes.filter((n) => n.name === 'main' || n.name === 'cache1');
    const alone = servicesStep.plan(input({ services: [redis] }, facts(), { ...CLUSTER, nodes }));
    const finding = alone.findings.find((f) => f.id.startsWith('services:exposure'));
    expect(finding?.mustBe).toBe('reachable from 10.0.0.51, 10.0.0.10 only');
  });
});

describe('a managed memcached', () => {
  const unit = servicesStep.plan(input({ services: [{ ...mem, maxItemSize: '8M' }] })).changes.find((c) => c.kind === 'file' && c.path.endsWith('.service'));
  it('listens on the cluster address, without UDP, with room for large items', () => {
    expect(unit?.kind === 'file' && unit.content).toContain('-l 10.0.0.51 -p 11311 -U 0 -m 64 -I 8m');
  });
  it('refuses items that memcached would refuse', () => expect(refusals([{ ...mem, maxItemSize: '33M' }])[0]?.message).toContain('more than half'));
});

describe('once done', () => {
  const service = fc.record({
    name: fc.constantFrom('a', 'b1', 'C-x'),
    plugin: fc.constantFrom('redis' as const, 'memcached' as const),
    memory: fc.constantFrom('64M', '512M', '1G'),
    placement: fc.constantFrom('shared' as const, 'each-web-node' as const),
    port: fc.option(fc.integer({ min: 7000, max: 7100 }), { nil: undefined }),
  });
  it('nothing is left to do, whatever was asked', () => {
    const services = fc
      .uniqueArray(service, { maxLength: 3, selector: (s) => s.name })
      .filter((all) => new Set(all.map((s) => s.port ?? s.name)).size === all.length);
    fc.assert(
      fc.property(services, (all) => {
        const answers = all.map(({ port, ...s }) => ({ ...s, node: 'cache1', manage: true, password: 'secret:pw', ...(port === undefined ? {} : { port }) }));
        const before = input({ services: answers });
        const plan = servicesStep.plan(before);
        const then = servicesStep.plan(afterwards(before, plan.changes));
        return plan.refusals.length === 0 && then.changes.length === 0 && then.refusals.length === 0;
      }),
      { numRuns: 60 },
    );
  });

  const before = input({ services: [redis] });
  const done = afterwards(before, servicesStep.plan(before).changes);
  const cache = done.facts.nodes.cache1 as NodeFacts;
  const bent = (bend: Partial<NodeFacts>, moodle: Partial<NodeFacts> = {}, services = [redis]) => {
    const nodes = Object.fromEntries(
      Object.entries(done.facts.nodes).map(([name, node]) => [name, name === 'cache1' ? { ...node, ...bend } : { ...node, ...moodle }]),
    );
    return servicesStep.plan({ ...done, answers: { ...done.answers, services }, facts: { ...done.facts, nodes } });
  };

  it('other settings restart it, and what is lost is said', () => {
    const plan = bent(
      {},
      reach('redis1', undefined, { db0: 'keys=12,expires=0', used_memory_human: '1.20M', connected_clients: '4', maxmemory: String(128 * 1024 * 1024) }),
      [{ ...redis, memory: '256M' }],
    );
    const restart = plan.changes.find((c) => c.kind === 'unit');
    expect(restart).toMatchObject({ action: 'restart', risk: 'interrupts' });
    expect(restart?.riskText).toContain('12 keys (1.20M of memory in use), 4 connections');
  });
  it('a run cut off between file and restart is seen', () => {
    const plan = bent({}, reach('redis1', undefined, { maxmemory: '1' }));
    expect(plan.changes.filter((c) => c.risk !== 'gate').map((c) => c.id)).toEqual(['unit:cache1:moodle-muc-redis1.service']);
  });
  it('sessions on it make a restart irreversible', () => {
    const moodle = done.facts.nodes.web1?.moodle;
    if (!moodle) throw new Error('no Moodle');
    const sessions = { ...moodle, sessionServers: [{ plugin: 'redis' as const, address: '10.0.0.51:6390' }] };
    const restart = bent({}, { moodle: sessions }, [{ ...redis, memory: '256M' }]).changes.find((c) => c.kind === 'unit');
    expect(restart).toMatchObject({ risk: 'irreversible' });
    expect(restart?.riskText).toContain('all users are logged out');
  });
  it('a password it does not accept is written anew', () => {
    const plan = bent({}, reach('redis1', 'wrong password'));
    expect(plan.changes.map((c) => c.id)).toContain('file:cache1:/etc/moodle-cluster-wizard/redis1.secret.conf');
    expect(plan.refusals).toEqual([]);
  });
  it('a stopped unit is started', () => {
    const units = cache.units.map((u) => ({ ...u, active: 'inactive' }));
    expect(bent({ units, listeners: [] }, reach('redis1', 'refused')).changes.find((c) => c.kind === 'unit')).toMatchObject({ action: 'start' });
  });
  it('a file changed by hand is put right', () => {
    const path = '/etc/moodle-cluster-wizard/redis1.conf';
    const paths = { ...cache.paths, [path]: { ...cache.paths[path], path, exists: true, sha256: 'e'.repeat(64) } };
    expect(bent({ paths }).changes.find((c) => c.kind === 'file')).toMatchObject({ path, before: 'e'.repeat(64) });
  });
  it("another site's unit of that name is never taken over", () => {
    const units = [
      {
        name: 'moodle-muc-redis1.service',
        active: 'active',
        enabled: 'enabled',
        description: 'Cache redis1 of https://other.example.org, port 6390 (moodle-cluster-wizard)',
      },
    ];
    const [refusal] = bent({ units }).refusals;
    expect(refusal?.code).toBe('service-foreign');
    expect(refusal?.message).toContain('other.example.org');
  });
  it('one node that cannot reach it is named, and only it', () => {
    const nodes = { ...done.facts.nodes, web2: { ...(done.facts.nodes.web2 as NodeFacts), ...reach('redis1', 'timeout') } };
    const [refusal] = servicesStep.plan({ ...done, facts: { ...done.facts, nodes } }).refusals;
    expect(refusal?.code).toBe('service-unreachable');
    expect(refusal?.nodes).toEqual(['web2']);
  });
  it('everything is verified', () => {
    const checks = servicesStep.verify(done);
    expect(checks.map((c) => c.status)).toEqual(['passed', 'passed', 'passed', 'passed', 'passed']);
  });
});

describe('what cannot be had is refused before anything is touched', () => {
  it.each<[string, Partial<ServiceAnswer>, string, string]>([
    ['MongoDB without a package', { plugin: 'mongodb' }, 'package-missing', 'MongoDB'],
    ['an address that is managed', { address: 'r:1' }, 'answers-invalid', 'cannot manage'],
    ['a node without the role', { node: 'web1' }, 'answers-invalid', 'role cache'],
    ['a node left out', { node: 'old' }, 'answers-invalid', 'state: out'],
    ['a node nobody knows', { node: 'nope' }, 'answers-invalid', 'not a node'],
    ['TLS', { tls: true }, 'answers-invalid', 'TLS'],
    ['more memory than there is', { memory: '64G' }, 'answers-invalid', 'only 4096 MB'],
  ])('%s', (_name, bend, code, words) => {
    const [refusal] = refusals([{ ...redis, ...bend }]);
    expect(refusal?.code).toBe(code);
    expect(refusal?.message).toContain(words);
  });
  it('a taken port', () => {
    const of = facts({ cache1: { listeners: [{ protocol: 'tcp', address: '0.0.0.0', port: 6379, process: 'redis-server', pid: 3 }] } });
    expect(refusals([{ ...redis, port: 6379 }], of)[0]?.code).toBe('service-foreign');
  });
  it('a system nobody knows', () => {
    const of = facts({ cache1: { os: { id: 'arch', versionId: '', name: 'Arch Linux', family: 'other' } } });
    expect(refusals([redis], of)[0]?.code).toBe('platform-refused');
  });
  it('no systemd', () => expect(refusals([redis], facts({ cache1: { systemd: false } }))[0]?.message).toContain('systemd'));
});

describe('services that others run', () => {
  const ext: ServiceAnswer = { name: 'ext', plugin: 'redis', address: '10.0.0.51:6379' };
  const everywhere = (bend: Partial<NodeFacts>) => facts({ main: bend, web1: bend, web2: bend });

  it('are never changed', () => expect(ids([ext], everywhere(reach('ext')))).toEqual([]));
  it('are told their wrong password', () => expect(refusals([ext], everywhere(reach('ext', 'wrong password')))[0]?.message).toContain('rejected the password'));
  it('are found where they run, and left alone', () => {
    const listeners = [{ protocol: 'tcp' as const, address: '0.0.0.0', port: 11211, process: 'memcached', pid: 3 }];
    const found = servicesStep.plan(input({}, facts({ cache1: { listeners } }))).findings.find((f) => f.id.startsWith('services:found'));
    expect(found?.todo).toContain('plugin: memcached, node: cache1, port: 11211');
  });
  it('are said to be unchecked where a MongoDB answers and its login could not be tried: no refusal, and no check that passed', () => {
    const mongo: ServiceAnswer = { name: 'd', plugin: 'mongodb', address: '10.0.0.61:27017' };
    const unchecked = 'user name and password: the PHP extension mongodb is not installed';
    const asked = input({ services: [mongo] }, everywhere({ reach: [{ service: 'd', ok: true, unchecked }] }));
    const plan = servicesStep.plan(asked);
    expect(plan.refusals).toEqual([]);
    expect(plan.findings.find((f) => f.id === 'services:reach:d')).toMatchObject({
      level: 'note',
      is: expect.stringContaining(`Not checked on main, web1, web2: ${unchecked}`),
      todo: expect.stringContaining('modules: {install: true}'),
    });
    for (const check of servicesStep.verify(asked).filter((c) => c.id.startsWith('reach:')))
      expect(check).toMatchObject({ status: 'unknown', detail: expect.stringContaining(unchecked) });
  });
  it('must not be a secondary of MongoDB that takes no writes, unless Moodle knows the whole set', () => {
    const mongo = { name: 'd', plugin: 'mongodb', address: '10.0.0.61:27017' } as const;
    const secondary = reach('d', undefined, { writable: 'false', setName: 'rs0' });
    expect(refusals([mongo], everywhere(secondary))[0]?.message).toBe('d (10.0.0.61:27017) is a secondary of the replica set rs0: it does not accept writes.');
    expect(refusals([mongo], everywhere(reach('d', undefined, { writable: 'true', setName: 'rs0' })))).toEqual([]);
    const configuration = { server: 'mongodb://10.0.0.61,10.0.0.62', replicaset: 'rs0' };
    const config = {
      siteIdentifier: 'x',
      stores: [{ name: 'old', plugin: 'mongodb', configuration, default: false }],
      modeMappings: {},
      definitionMappings: {},
      definitions: [],
    };
    const of = everywhere(secondary);
    const main = of.nodes.main as NodeFacts;
    const known = { ...of, nodes: { ...of.nodes, main: { ...main, moodle: { ...main.moodle, muc: { state: 'ok', config } } } as unknown as NodeFacts } };
    expect(refusals([mongo], known)).toEqual([]);
  });

  it('must not be a memcached that holds the sessions, by whatever name', () => {
    const moodle = facts().nodes.web1?.moodle;
    if (!moodle) throw new Error('no Moodle');
    const of = facts({
      cache1: { hostname: 'cache1' },
      web1: { moodle: { ...moodle, sessionServers: [{ plugin: 'memcached', address: 'cache1.example.org:11211' }] } },
    });
    const [refusal] = refusals([{ name: 'm', plugin: 'memcached', node: 'cache1' }], of);
    expect(refusal?.message).toContain('holds the sessions');
  });
  it('must not be a memcached with what others put there', () => {
    const of = everywhere(reach('m', undefined, { curr_items: '5' }));
    expect(refusals([{ name: 'm', plugin: 'memcached', node: 'cache1' }], of)[0]?.code).toBe('service-foreign');
  });
  it('may be a memcached that a store of ours uses', () => {
    const moodle = facts().nodes.web1?.moodle;
    if (moodle?.muc.state !== 'ok') throw new Error('no Moodle');
    const store = { name: 'mc', plugin: 'memcached', configuration: { servers: [['10.0.0.51', '11211']] }, default: false };
    const muc = { state: 'ok' as const, config: { ...moodle.muc.config, stores: [store] } };
    const of = facts({ main: { ...reach('m', undefined, { curr_items: '5' }), moodle: { ...moodle, muc } }, web1: reach('m'), web2: reach('m') });
    expect(refusals([{ name: 'm', plugin: 'memcached', node: 'cache1' }], of)).toEqual([]);
  });
});

describe('what the survey is asked for', () => {
  it('follows from the names alone', () => expect(servicePaths([redis, { name: 'x' }])).toContain('/etc/moodle-cluster-wizard/redis1.secret.conf'));
});
