/** What needs no other cache: each finding from the fact that shows it, and none without. */

import { describe, expect, it } from 'vitest';
import { serviceCost } from '../../../src/advice/costs.js';
import { measuredFindings } from '../../../src/advice/findings.js';
import { adviceContext } from '../../../src/advice/gather.js';
import type { Measurements, NodeMeasure, ServiceMeasure } from '../../../src/core/measure.js';
import { inputOf, type SiteOptions } from './fixture.js';
import { measurements, type Numbers } from './measured.js';

const FINE: Numbers = { shared: 0.03, local: 0.03, page: 50 };

function found(options: SiteOptions, bend: (facts: any) => void = () => {}): Record<string, string> {
  const { cluster, answers, facts } = inputOf('needs: {sharedDisk: measure}\n', options);
  const copy = structuredClone(facts);
  bend(copy);
  return Object.fromEntries(measuredFindings(adviceContext(cluster, answers, copy)).map((f) => [f.id.replace('needs.', ''), `${f.level}: ${f.is}`]));
}

const withRuntime = (runtime: NodeMeasure['runtime']): Measurements => {
  const m = measurements(FINE);
  return { ...m, nodes: Object.fromEntries(Object.entries(m.nodes).map(([n, node]) => [n, { ...node, ...(runtime ? { runtime } : {}) }])) };
};
const OPCACHE = { enabled: true, readable: true, full: false, usedMb: 20, freeMb: 100, scripts: 300, restartsOutOfMemory: 0 };

describe('findings of measurement', () => {
  it('says nothing of a cluster that is in order', () => {
    expect(
      found({ measured: withRuntime({ sapi: 'fpm-fcgi', apcu: null, opcache: OPCACHE }) }, (f) => {
        for (const node of Object.values<any>(f.nodes)) for (const pool of node.pools) pool.web.ini['opcache.enable'] = '1';
      }),
    ).toEqual({});
  });

  it('sees a share that is not one, has no locks, or is stale', () => {
    expect(found({ measured: measurements({ ...FINE, sees: false }) })).toMatchObject({
      'one-share:web1': 'warning: a file created on main is not visible here',
    });
    expect(found({ measured: measurements({ ...FINE, lock: 'not-seen' }) })['locks:web1']).toContain('a lock taken on main');
    expect(found({ measured: measurements({ ...FINE, staleMs: 2400 }) })['stale:web1']).toContain('2.4 s'.replace('2.4 s', '2400 ms'));
    expect(found({ measured: measurements({ ...FINE, staleMs: 900 }) })['stale:web1']).toBeUndefined();
    expect(found({ measured: measurements({ ...FINE, sees: false, lookError: 'it looked so late' }) })['one-share:web1']).toBeUndefined();
  });

  it('sees sessions in files of a share that is stale or without locks; not elsewhere', () => {
    const sessions = (numbers: Numbers, handler: string) =>
      found({ measured: measurements({ ...FINE, ...numbers }) }, (f) => {
        f.site.sessionHandler = handler;
      })['sessions-in-files:main'];
    const files = 'core\\session\\file';
    expect(sessions({ ...FINE, staleMs: 2400 }, files)).toMatch(/^warning: files, by default on the shared disk; changes reach web1/);
    expect(sessions({ ...FINE, lock: 'not-seen' }, files)).toContain('without locks');
    expect(sessions({ ...FINE, staleMs: 2400 }, 'core\\session\\redis')).toBeUndefined();
    expect(sessions(FINE, files)).toBeUndefined();
  });

  it('sees locks that cannot be taken at all, on the node that looked and on the one that wrote', () => {
    const looker: Numbers = { ...FINE, lock: 'failed' };
    const writer: Numbers = { ...FINE, lock: 'not-seen', locked: false };
    expect(found({ measured: measurements(looker) })).toMatchObject({ 'locks:web1': 'warning: locking fails' });
    expect(found({ measured: measurements(writer) })).toMatchObject({ 'locks:main': 'warning: locking fails' });
    expect(found({ measured: measurements(writer) })['locks:web1']).toBeUndefined();
    expect(found({ measured: measurements({ ...FINE, lock: 'unknown' }) })['locks:web1']).toBeUndefined();
    const summary = (numbers: Numbers) => inputOf('needs: {sharedDisk: measure}\n', { measured: measurements(numbers) }).advice.summary;
    expect(summary(looker)).toContain('Repair the shared disk first: locking fails on web1.');
    expect(summary(writer)).toContain('Repair the shared disk first: locking fails on main.');
  });

  it('sees OPcache that is off or full, and an APCu that throws all away', () => {
    expect(found({ measured: withRuntime({ sapi: 'f', apcu: null, opcache: { enabled: false, readable: false } }) })['opcache-off:main']).toBe('warning: off');
    expect(found({ measured: withRuntime({ sapi: 'f', apcu: null, opcache: { ...OPCACHE, full: true } }) })['opcache-full:web1']).toContain('full');
    const apcu = { sizeMb: 32, freeMb: 1, fragmentation: 0.5, entries: 900, expunges: 4 };
    expect(found({ measured: withRuntime({ sapi: 'f', apcu, opcache: OPCACHE }) })['apcu-full:main']).toContain('1 of 32 MB free');
  });

  it('tells numbers that are too old to decide without a word', () => {
    expect(found({ measured: { ...measurements(FINE), agedDays: 58 } })['aged:main']).toBe('note: on 2026-11-28, 58 days ago');
    expect(inputOf('needs: {sharedDisk: measure}\n', { measured: { ...measurements(FINE), agedDays: 58 } }).advice.summary).toContain(
      'measured on 2026-11-28, 58 days ago: measure again with moodle-cluster-wizard advise.',
    );
  });

  it('sees clocks apart, code that the web user can write, and a configuration that everybody can read', () => {
    expect(
      found({ measured: measurements(FINE) }, (f) => {
        f.nodes.web1.clockSkew = 3.2;
      })['clocks:main'],
    ).toContain('web1 is 3.2 s ahead of main');
    expect(found({ measured: measurements({ ...FINE, use: { writableCode: ['/var/www/moodle/config.php'] } }) })['dirroot:main']).toContain(
      '/var/www/moodle/config.php',
    );
    const open = (mode: string) =>
      found({ measured: measurements(FINE) }, (f) => {
        f.nodes.main.moodle.mucFile.mode = mode;
      })['muc-mode:main'];
    expect(open('666')).toContain('readable and writable');
    expect(open('664')).toContain('readable for every');
    expect(open('660')).toBeUndefined();
  });

  it('sees a tempdir that is not shared and a place without room', () => {
    expect(
      found({ measured: measurements(FINE) }, (f) => {
        f.nodes.web1.moodle.tempdir = '/tmp/moodle';
      })['tempdir:web1'],
    ).toContain('on main /srv/moodledata/temp');
    expect(found({ measured: measurements({ ...FINE, refused: 'only 12 MB are free' }) })['place-dataroot:main']).toContain('only 12 MB');
  });

  it('warns of a tempdir that each node has on a disk of its own, and only notes one that may be shared', () => {
    const on = (types: readonly (readonly [string, string])[]) =>
      found({ measured: measurements(FINE) }, (f) => {
        for (const [node, fsType] of types) {
          f.nodes[node].moodle.tempdir = '/tmp/moodle';
          f.nodes[node].moodle.tempdirMount = { path: '/tmp/moodle', device: '8:1', fsType, source: '/dev/sda1' };
        }
      });
    const clear = 'warning: /tmp/moodle, on a local disk of the node (xfs)';
    expect(
      on([
        ['main', 'xfs'],
        ['web1', 'xfs'],
      ]),
    ).toMatchObject({ 'tempdir:main': clear, 'tempdir:web1': clear });
    const note = 'note: /tmp/moodle, outside dataroot';
    expect(
      on([
        ['main', 'xfs'],
        ['web1', 'nfs4'],
      ]),
    ).toMatchObject({ 'tempdir:main': note, 'tempdir:web1': note });
  });

  it('sees sessions where caches are, and a Redis that throws them away', () => {
    const mem = { name: 'mem', plugin: 'memcached', configuration: { servers: [['10.0.0.41', '11211']] }, default: false };
    expect(
      found({ version: '3.8.5', stores: [mem], sessionServers: [{ plugin: 'memcached', address: '10.0.0.41:11211' }], measured: measurements(FINE) })[
        'sessions-memcached:main'
      ],
    ).toContain('"mem"');
    const redis = (policy: string): Measurements => {
      const m = measurements({ ...FINE, services: { r: { ms: 0.1, server: { maxmemory: '1000000', maxmemory_policy: policy } } } });
      const keys = [{ group: 'PHPREDIS_SESSION:', kind: 'sessions' as const, keys: 40 }];
      return {
        ...m,
        nodes: Object.fromEntries(Object.entries(m.nodes).map(([n, node]) => [n, { ...node, services: node.services.map((s) => ({ ...s, keys })) }])),
      };
    };
    expect(found({ measured: redis('allkeys-lru') })['sessions-evicted-r:main']).toContain('warning: 40 or more, and it evicts keys');
    expect(found({ measured: redis('noeviction') })['sessions-beside-r:main']).toContain('note');
  });

  it('sees a memcached that takes smaller values than the site has', () => {
    const use = { definitions: [{ definition: 'core/string', store: 'default_application', items: 3, meanBytes: 9, maxBytes: 1_700_000, atLeast: false }] };
    const of = (itemMax: number) =>
      found({ version: '3.8.5', measured: measurements({ ...FINE, use, services: { m: { plugin: 'memcached', ms: 0.1, itemMax } } }) })['items-m:main'];
    expect(of(1_048_576)).toContain('core/string has one of 1.6 MB');
    expect(of(4_194_304)).toBeUndefined();
  });
});

describe('a MongoDB', () => {
  const of = (server: Record<string, string>, instead?: Partial<ServiceMeasure>) => {
    const now = measurements({ shared: 1, local: 0.03, services: { m: { plugin: 'mongodb', ms: 0.2, server } } });
    const nodes = Object.entries(now.nodes).map(([name, node]) => {
      const services = instead === undefined ? node.services : [instead as ServiceMeasure];
      return [name, { ...node, services }] as const;
    });
    const measured = { ...now, nodes: Object.fromEntries(nodes) };
    const yaml = 'services:\n  - {name: m, plugin: mongodb, address: "10.0.0.41:27017"}\nneeds: {users: 300, sharedDisk: measure}\n';
    const { cluster, answers, facts } = inputOf(yaml, { version: '3.8.5', measured });
    return measuredFindings(adviceContext(cluster, answers, facts)).filter((f) => f.id.includes('mongodb'));
  };

  it.each([
    [{ setName: 'rs0', open: 'false' }, 'currently the primary of the replica set rs0'],
    [{ open: 'true' }, 'accepts every connection without a login'],
  ])('that could surprise is told once for the cluster: %j', (server, is) => {
    expect(of(server).map((f) => f.is)).toEqual([is]);
  });

  it('that is as it should be is not told', () => expect(of({ open: 'false' })).toEqual([]));

  it('that was not measured is said so once, with every node, the reason and the remedy', () => {
    const [was] = measurements({ shared: 1, local: 0.03, services: { m: { plugin: 'mongodb', ms: 0.2 } } }).nodes['main']?.services ?? [];
    const rows = of({}, { ...was, via: 'tcp', estimate: true, roundTrips: [], unmeasured: 'the PHP extension mongodb is not installed' });
    expect(rows).toEqual([
      expect.objectContaining({ level: 'note', is: expect.stringMatching(/^not measured on main.*: the PHP extension mongodb is not installed$/) }),
    ]);
    expect(rows[0]?.todo).toContain('modules: {install: true}');
  });

  it('costs the index of every definition on every page', () => {
    const [m] = measurements({ shared: 1, local: 0.03, services: { m: { plugin: 'mongodb', ms: 0.2 } } }).nodes['main']?.services ?? [];
    const redis = m && { ...m, plugin: 'redis' };
    expect(serviceCost(m)?.perPage ?? 0).toBeGreaterThan(10 * 0.2);
    expect(serviceCost(redis)?.perPage ?? 9).toBeLessThan(1);
  });
});
