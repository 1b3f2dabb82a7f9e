/** One server under its many addresses. */

import { describe, expect, it } from 'vitest';
import { isSameServer, isServer, sessionNodes, splitServer } from '../../../src/core/server-address.js';
import { CLUSTER, clusterNode, facts, moodleNode, nodeFacts } from '../survey/world.js';

const known = {
  cluster: CLUSTER,
  facts: facts({
    main: moodleNode('main', {}, { addresses: ['10.0.0.10/24', '172.17.0.1/16'] }),
    web1: moodleNode('web1', { sessionServers: [{ plugin: 'redis', address: 'localhost:6379' }] }, { addresses: ['10.0.0.21/24', '172.17.0.1/16'] }),
    cache1: nodeFacts('cache1', { addresses: ['10.0.0.41/24'], hostname: 'mem-7' }),
    db1: nodeFacts('db1', { addresses: ['10.0.0.51/24'], hostname: 'db-3.example.org' }),
  }),
};

describe('two addresses', () => {
  it.each([
    ['cache1:11211', 'main', '10.0.0.41:11211', 'main', true],
    ['mem-7.example.org:11211', 'main', '10.0.0.41:11211', 'web1', true],
    ['db-3:11211', 'main', '10.0.0.51:11211', 'main', true],
    ['tcp://CACHE1:6379', 'main', 'cache1:6379', 'main', true],
    ['localhost:6379', 'web1', '10.0.0.21:6379', 'main', true],
    ['localhost:6379', 'web1', '127.0.0.1:6379', 'web1', true],
    ['localhost:6379', 'web1', '127.0.0.1:6379', 'main', false],
    ['localhost:6379', 'main', '10.0.0.21:6379', 'main', false],
    // A container bridge has the same address on each node.
    ['172.17.0.1:6379', 'main', 'localhost:6379', 'web1', false],
    ['cache1:11211', 'main', '10.0.0.41:11212', 'main', false],
    ['redis.example.org:6379', 'main', 'redis.example.org:6379', 'web1', true],
    ['/run/redis.sock', 'main', 'unix:///run/redis.sock:6379', 'main', true],
    ['/run/redis.sock', 'main', '/run/redis.sock', 'web1', false],
    ['/run/redis.sock', 'main', 'localhost:6379', 'main', false],
  ])('%s on %s and %s on %s: %s', (a, fromA, b, fromB, same) => {
    expect(isSameServer({ address: a, seenFrom: fromA }, { address: b, seenFrom: fromB }, known)).toBe(same);
  });

  it('are told apart where two nodes have one short name', () => {
    const [a, b] = ['cache.a.example.org', 'cache.b.example.org'].map(
      (host, i) => [{ ...clusterNode(`c${i}`, ['cache']), host }, nodeFacts(`c${i}`, { addresses: [`10.0.1.${i + 1}/24`], hostname: host })] as const,
    );
    if (!a || !b) throw new Error('two');
    const two = {
      cluster: { ...CLUSTER, nodes: [...CLUSTER.nodes, a[0], b[0]] },
      facts: { ...known.facts, nodes: { ...known.facts.nodes, c0: a[1], c1: b[1] } },
    };
    const same = (one: string, other: string) => isSameServer({ address: one, seenFrom: 'main' }, { address: other, seenFrom: 'main' }, two);
    expect(same('cache.a.example.org:1', '10.0.1.1:1')).toBe(true);
    expect(same('cache.a.example.org:1', '10.0.1.2:1')).toBe(false);
    // Could be either.
    expect(same('cache:1', '10.0.1.1:1')).toBe(false);
  });

  it('are split at the port, without scheme, password and database', () => {
    expect(splitServer('mongodb://u:p@db1:27017/x?y=z')).toEqual({ host: 'db1', port: '27017' });
    expect(splitServer('[::1]:6379')).toEqual({ host: '[::1]', port: '6379' });
    expect(splitServer('::1')).toEqual({ host: '::1', port: '' });
    expect(splitServer('cache1')).toEqual({ host: 'cache1', port: '' });
  });
});

describe('an endpoint', () => {
  it('is found by whichever name, and its sessions by the node that keeps them there', () => {
    expect(isServer(known, 'cache1:11211', { host: '10.0.0.41', port: 11211 })).toBe(true);
    expect(isServer(known, 'cache1:11211', { host: '10.0.0.42', port: 11211 })).toBe(false);
    expect(sessionNodes(known, '10.0.0.21', 6379)).toEqual(['web1']);
    expect(sessionNodes(known, '127.0.0.1', 6379)).toEqual(['web1']);
    expect(sessionNodes(known, '10.0.0.10', 6379)).toEqual([]);
  });
});
