/** Sessions on servers that caches share, or of which nobody knows what they do when they are full. */

import { describe, expect, it } from 'vitest';
import { measuredFindings } from '../../../src/advice/findings.js';
import { adviceContext } from '../../../src/advice/gather.js';
import type { MoodleNodeFacts, MucStore } from '../../../src/core/facts.js';
import type { Measurements } from '../../../src/core/measure.js';
import { inputOf, siteFacts } from './fixture.js';
import { measurements } from './measured.js';

type Sessions = Readonly<Record<string, MoodleNodeFacts['sessionServers']>>;

function found(sessions: Sessions, stores: readonly MucStore[] = [], measured?: Measurements) {
  const { cluster, answers } = inputOf('');
  const facts: any = structuredClone(siteFacts({ version: '3.8.5', stores, ...(measured ? { measured } : {}) }));
  for (const [node, servers] of Object.entries(sessions)) facts.nodes[node].moodle.sessionServers = servers;
  const rows = measuredFindings(adviceContext(cluster, answers, facts)).filter((f) => f.id.startsWith('needs.sessions'));
  return rows.map((f) => ({ id: f.id.replace('needs.', ''), level: f.level, subject: f.subject, is: f.is, todo: f.todo }));
}

const memcached = (address: string) => ({ plugin: 'memcached' as const, address });
const redis = (address: string) => ({ plugin: 'redis' as const, address });
const store = (host: string): MucStore => ({ name: 'mem', plugin: 'memcached', configuration: { servers: [[host, '11211']] }, default: false });

describe('sessions on a memcached of caches', () => {
  it('are seen under another name of the server', () => {
    const both = { main: [memcached('cache1:11211')], web1: [memcached('cache1:11211')] };
    expect(found(both, [store('10.0.0.41')])).toMatchObject([{ id: 'sessions-memcached:main', level: 'warning', subject: 'sessions on cache1:11211' }]);
    expect(found(both, [store('10.0.0.42')])).toEqual([]);
  });

  it('are seen on the node that keeps them on itself', () => {
    const own = { web1: [memcached('localhost:11211')] };
    expect(found(own, [store('10.0.0.21')])).toMatchObject([{ id: 'sessions-memcached:web1', subject: 'sessions on localhost:11211' }]);
    expect(found(own, [store('10.0.0.10')])).toEqual([]);
    expect(found(own, [store('localhost')])).toMatchObject([{ id: 'sessions-memcached:web1' }]);
  });

  it('have one row a node, whatever the number of servers', () => {
    const two = { main: [memcached('10.0.0.41:11211'), memcached('10.0.0.10:11211')] };
    expect(found(two, [store('10.0.0.41'), { ...store('10.0.0.10'), name: 'near' }])).toMatchObject([
      { id: 'sessions-memcached:main', subject: 'sessions on 10.0.0.41:11211, 10.0.0.10:11211', is: 'the cache store "mem", "near" uses the same memcached' },
    ]);
  });
});

describe('sessions on a Redis', () => {
  const measured = (policy: string | null) =>
    measurements({
      shared: 0.03,
      local: 0.03,
      services: { r: { ms: 0.1, ...(policy === null ? {} : { server: { maxmemory: '1000000', maxmemory_policy: policy } }) } },
    });

  it('that was not measured are told, with the command that looks', () => {
    const [row, ...more] = found({ main: [redis('r.example.org:6380')], web1: [redis('r.example.org:6380')] }, [], measured('allkeys-lru'));
    expect(more).toEqual([]);
    expect(row).toMatchObject({ id: 'sessions-policy:main', level: 'note', subject: 'sessions on r.example.org:6380' });
    expect(row?.todo).toContain('On main run: redis-cli -h r.example.org -p 6380 config get maxmemory-policy. It must answer noeviction');
    expect(found({ web1: [redis('/run/redis.sock')] })[0]?.todo).toContain('On web1 run: redis-cli -s /run/redis.sock config get');
    expect(found({ web1: [redis('127.0.0.1:6379')] })[0]?.todo).toContain('redis-cli -p 6379 config get');
  });

  it('that was measured are judged by what it told, also where none of its keys was seen', () => {
    const on = { main: [redis('cache1:6390')], web1: [redis('cache1:6390')] };
    expect(found(on, [], measured('allkeys-lru'))).toMatchObject([{ id: 'sessions-evicted-r:main', level: 'warning' }]);
    expect(found(on, [], measured('noeviction'))).toMatchObject([
      { id: 'sessions-beside-r:main', is: 'those of config.php on main, on the same server as caches' },
    ]);
    expect(found(on, [], measured(null)).map((r) => r.id)).toEqual(['sessions-policy:main', 'sessions-beside-r:main']);
  });

  it('say nothing where there are none', () => {
    expect(found({}, [], measured('allkeys-lru'))).toEqual([]);
  });
});
