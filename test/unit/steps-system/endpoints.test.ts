import { describe, expect, it } from 'vitest';
import { clusterAddress } from '../../../src/caches/services/endpoints.js';
import { serviceEndpoints } from '../../../steps/caches/2-services.js';
import { CLUSTER, facts } from './world.js';

const redis = { name: 'redis1', plugin: 'redis', node: 'cache1', manage: true } as const;
const listener = (port: number, process = 'nginx', pid = 7) => ({ protocol: 'tcp' as const, address: '0.0.0.0', port, process, pid });

const portOf = (bend: Parameters<typeof facts>[0], service: object = redis) =>
  serviceEndpoints(CLUSTER, { services: [{ ...redis, ...service }] }, facts(bend))[0]?.port;

describe('the address Moodle nodes connect to', () => {
  it('is in the network of the Moodle nodes, not that of a container bridge', () => {
    expect(clusterAddress(CLUSTER, 'cache1', facts())).toBe('10.0.0.51');
  });
  it('is the one SSH uses, when it is an address of the node', () => {
    const cluster = { ...CLUSTER, nodes: CLUSTER.nodes.map((n) => (n.name === 'cache1' ? { ...n, host: '192.168.9.9' } : n)) };
    expect(clusterAddress(cluster, 'cache1', facts({ cache1: { addresses: ['10.0.0.51', '192.168.9.9'] } }))).toBe('192.168.9.9');
  });
  it('is the nearest one, with prefix lengths and other networks in between', () => {
    expect(clusterAddress(CLUSTER, 'cache1', facts({ cache1: { addresses: ['192.168.1.2/24', '10.0.0.51/24', 'fd00::1/64'] } }))).toBe('10.0.0.51');
  });
  it.each([
    ['claims the same address', ['10.0.0.11', '10.0.0.51']],
    ['claims to be next to another one', ['10.0.0.11', '203.0.113.4']],
    ['claims both', ['203.0.113.4', '10.0.0.51', '172.17.0.1']],
  ])('is not moved to another network by one node that %s', (_name, claimed) => {
    const of = facts({ cache1: { addresses: ['10.0.0.51', '203.0.113.5', '172.17.0.1'] }, web1: { addresses: claimed } });
    expect(clusterAddress(CLUSTER, 'cache1', of)).toBe('10.0.0.51');
  });
  it('is not taken from a service by one node that claims it', () => {
    expect(clusterAddress(CLUSTER, 'cache1', facts({ cache1: { addresses: ['10.0.0.51'] }, web1: { addresses: ['10.0.0.51'] } }))).toBe('10.0.0.51');
  });
  it('is loopback where one node does everything', () => {
    const [main] = CLUSTER.nodes;
    if (main) expect(clusterAddress({ ...CLUSTER, nodes: [main] }, 'main', facts())).toBe('127.0.0.1');
  });
  it('does not move while the other nodes are left out: it stays where the service listens, else it is near to where they are', () => {
    const nodes = CLUSTER.nodes.flatMap((n) =>
      n.name === 'main' ? [{ ...n, host: 'local' }] : n.name === 'web1' ? [{ ...n, host: '192.168.1.11', state: 'out' as const }] : [],
    );
    const of = (own: object) => {
      const { main } = facts({ main: { addresses: ['172.17.0.1', '192.168.1.5', '10.9.0.1'], ...own } }).nodes;
      return clusterAddress({ ...CLUSTER, nodes }, 'main', { nodes: main ? { main } : {}, site: null }, { ...redis, node: 'main' });
    };
    expect(of({})).toBe('192.168.1.5');
    const units = [{ name: 'moodle-muc-redis1.service', active: 'active', enabled: 'enabled', mainPid: 42 }];
    expect(of({ units, listeners: [{ ...listener(6390, 'redis-server', 42), address: '10.9.0.1' }] })).toBe('10.9.0.1');
  });
  it('is unknown with IPv6 only', () => expect(clusterAddress(CLUSTER, 'cache1', facts({ cache1: { addresses: ['fd00::51'] } }))).toBeNull());
});

describe('endpoints', () => {
  it('are not guessed before there are facts', () => {
    expect(serviceEndpoints(CLUSTER, { services: [redis, { name: 'x', plugin: 'redis', address: 'r:1' }] }, { nodes: {}, site: null })).toEqual([]);
  });
  it('of services elsewhere need no facts', () => {
    const services = [{ name: 'x', plugin: 'redis', address: 'r.example.org:6380', tls: true, password: 'secret:pw' }] as const;
    expect(serviceEndpoints(CLUSTER, { services: [...services] }, { nodes: {}, site: null })).toEqual([
      { service: 'x', plugin: 'redis', host: 'r.example.org', port: 6380, shared: true, managed: false, tls: { verify: true }, passwordSecret: 'pw' },
    ]);
  });
  it('on each node are on loopback and not shared', () => {
    const [local] = serviceEndpoints(CLUSTER, { services: [{ name: 'l', plugin: 'memcached', placement: 'each-web-node', manage: true }] }, facts());
    expect(local).toMatchObject({ host: '127.0.0.1', port: 11311, shared: false });
  });
});

describe('the port of a managed service', () => {
  it('is away from the usual one', () => expect(portOf({})).toBe(6390));
  it('avoids what listens there', () => expect(portOf({ cache1: { listeners: [listener(6390)] } })).toBe(6391));
  it('is as answered', () => expect(portOf({}, { port: 7000 })).toBe(7000));
  it('stays what our unit says it is, even when lower ones become free', () => {
    const units = [
      { name: 'moodle-muc-redis1.service', active: 'active', enabled: 'enabled', description: 'Cache redis1 of x, port 6395 (moodle-cluster-wizard)' },
    ];
    expect(portOf({ cache1: { units, listeners: [listener(6395, 'redis-server')] } })).toBe(6395);
  });
  it('stays where our unit listens, when only processes tell', () => {
    const units = [{ name: 'moodle-muc-redis1.service', active: 'active', enabled: 'enabled', mainPid: 42 }];
    expect(portOf({ cache1: { units, listeners: [listener(6390), listener(6393, 'redis-server', 42)] } })).toBe(6393);
  });
  it('is free on every node of a local service', () => {
    const services = [{ name: 'l', plugin: 'memcached', placement: 'each-web-node', manage: true }] as const;
    const of = facts({ web2: { listeners: [listener(11311)] } });
    expect(serviceEndpoints(CLUSTER, { services: [...services] }, of)[0]?.port).toBe(11312);
  });
  it('is given once', () => {
    const services = [redis, { ...redis, name: 'redis2' }, { ...redis, name: 'redis3', port: 6390 }];
    expect(serviceEndpoints(CLUSTER, { services }, facts()).map((e) => e.port)).toEqual([6391, 6392, 6390]);
  });
});
