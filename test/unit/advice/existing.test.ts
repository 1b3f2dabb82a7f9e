/** Sites that are not fresh: mappings and modes that somebody, or an earlier run, has made. */

import { describe, expect, it } from 'vitest';
import { advise } from '../../../src/advice/advise.js';
import { adviceContext } from '../../../src/advice/gather.js';
import { plannedStores } from '../../../src/advice/instances.js';
import { differences } from '../../../src/caches/plugins/configuration.js';
import type { Advice } from '../../../src/core/advice.js';
import type { MucStore } from '../../../src/core/facts.js';
import { inputOf, MEMCACHED, REDIS, type SiteOptions, siteFacts } from './fixture.js';
import { measurements } from './measured.js';

const FAST = { shared: 0.03, local: 0.025, page: 45 };
const SLOW = { shared: 1.2, local: 0.03, page: 180, fsType: 'nfs4' };
const near = { redis1: { ms: 0.06 } };

const store = (name: string, plugin: string, configuration: MucStore['configuration'] = {}): MucStore => ({ name, plugin, configuration, default: false });
const APCU = store('apcu', 'apcu', { prefix: 'a_' });
const REDIS1 = store('redis1', 'redis', { server: '10.0.0.41:6379', prefix: 'r_' });
const LOOPBACK = store('own', 'redis', { server: '127.0.0.1:6379', prefix: 'o_' });

const adviceOf = (yaml: string, options: SiteOptions): Advice => inputOf(yaml, options).advice;
const row = (advice: Advice, id: string) => advice.definitions.find((d) => d.definition === id);

describe('a mode on a store that every node has of its own', () => {
  it('goes back to one copy for all, and says why', () => {
    const advice = adviceOf('', { stores: [LOOPBACK], muc: { modeMappings: { 1: ['own'], 2: ['own'], 4: ['default_request'] } } });
    expect(advice.modes[0]).toMatchObject({
      store: 'default_application',
      reason: expect.stringContaining('Moved out of "own", which is private to each node'),
    });
    expect(advice.modes[1]).toMatchObject({ store: 'default_session', reason: expect.stringContaining('Moved out of "own"') });
    expect(row(advice, 'core/config')?.placement).toBe('shared');
  });

  it('also while the other node is left out', () => {
    const options: SiteOptions = { stores: [LOOPBACK], muc: { modeMappings: { 1: ['own'], 2: ['own'], 4: ['default_request'] } } };
    const { cluster, answers } = inputOf('', options);
    const out = { ...cluster, nodes: cluster.nodes.map((n) => (n.roles.includes('main') || !n.roles.includes('web') ? n : { ...n, state: 'out' as const })) };
    expect(advise(out, answers, siteFacts(options)).modes.map((m) => m.store)).toEqual(['default_application', 'default_session']);
  });

  it('is left where the answers say keep', () => {
    const advice = adviceOf('mappings: {base: keep}\n', { stores: [LOOPBACK], muc: { modeMappings: { 1: ['own'], 2: ['own'], 4: ['default_request'] } } });
    expect(advice.modes.map((m) => m.store)).toEqual(['own', 'own']);
  });
});

describe('mappings of an earlier run', () => {
  const stacked = { 'core/string': ['apcu', 'default_application'] };

  it('follow the new base when a service comes', () => {
    const advice = adviceOf(`${REDIS}needs: {users: 2000}\n`, { stores: [APCU], muc: { definitionMappings: stacked } });
    expect(row(advice, 'core/string')).toMatchObject({
      stores: ['apcu', 'redis1'],
      reason: expect.stringContaining('"default_application" no longer serves'),
    });
  });

  it('are not kept by half when one of their stores goes', () => {
    const advice = adviceOf('needs: {users: 2000, sharedDisk: fast}\nremove: {stores: [redis1]}\n', {
      stores: [APCU, REDIS1],
      muc: { definitionMappings: { 'core/string': ['apcu', 'redis1'], 'core/config': ['redis1'] } },
    });
    expect(row(advice, 'core/string')?.stores).not.toEqual(['apcu']);
    expect(row(advice, 'core/string')?.reason).toContain('"redis1" no longer exists');
    expect(row(advice, 'core/config')?.stores).toEqual([]);
  });

  it('that a person made otherwise are kept, with what the review says against them', () => {
    const advice = adviceOf('', { stores: [LOOPBACK], muc: { definitionMappings: { 'core/string': ['own'], 'core/config': ['own'] } } });
    expect(row(advice, 'core/string')).toMatchObject({ stores: ['own'], placement: 'local' });
    expect(row(advice, 'core/config')?.stores).toEqual([]);
    const old = adviceOf('', { version: '3.8.5', stores: [LOOPBACK], muc: { definitionMappings: { 'core/coursemodinfo': ['own'] } } });
    expect(row(old, 'core/coursemodinfo')?.reason).toMatch(/not safe on a private store|Moved out of "own"/);
  });
});

describe('numbers and what is done', () => {
  it('put nothing on a memcached that is farther than the disk', () => {
    const options: SiteOptions = {
      version: '3.8.5',
      extensions: ['memcached'],
      measured: measurements({ ...FAST, services: { mem1: { plugin: 'memcached', ms: 2 } } }),
    };
    const advice = adviceOf(`${MEMCACHED}needs: {users: 300, sharedDisk: measure}\n`, options);
    expect(advice.definitions.every((d) => !d.stores.includes('mem1'))).toBe(true);
    expect(advice.modes[0]?.reason).toMatch(/"mem1" is listed, but the measurements show no gain\. .* from files and [\d.]+ ms from "mem1"/);
  });

  it('are not cited of a way that is not taken', () => {
    // redis1 is listed, and was not measured.
    const advice = adviceOf(`${REDIS}needs: {users: 300, sharedDisk: measure}\n`, { measured: measurements(SLOW) });
    expect(advice.modes[0]?.store).toBe('redis1');
    expect(advice.summary).not.toContain('; with ');
    const named = adviceOf(`${REDIS}needs: {users: 300, sharedDisk: measure}\nmappings: {modes: {application: redis1}}\n`, {
      measured: measurements({ ...FAST, services: near }),
    });
    expect(named.modes[0]?.store).toBe('redis1');
    for (const d of named.definitions) expect(d.stores.includes('default_application')).toBe(false);
  });

  it('of a service that answers with an error are none', () => {
    const measured = measurements({ ...SLOW, services: near });
    const broken = (refused: boolean) => ({
      ...measured,
      nodes: Object.fromEntries(
        Object.entries(measured.nodes).map(([name, n]) => [
          name,
          { ...n, services: n.services.map((s) => ({ ...s, error: 'READONLY', roundTrips: [], ...(refused ? { refused: true } : {}) })) },
        ]),
      ),
    });
    const reason = (refused: boolean) => adviceOf(`${REDIS}needs: {users: 300, sharedDisk: measure}\n`, { measured: broken(refused) }).modes[0]?.reason;
    expect(reason(false)).not.toContain('ms less');
    expect(reason(true)).toContain('ms less');
  });

  it('are told to be close where a few people more would change what is best', () => {
    const of = (users: number) =>
      adviceOf(`needs: {users: ${users}, sharedDisk: measure}\n`, {
        measured: measurements({ ...SLOW, services: { 'distance:cache1': { ms: 0.1, via: 'tcp' } } }),
      });
    const [few, more] = [of(100), of(101)];
    expect(few.summary.includes('worth setting up')).not.toBe(more.summary.includes('worth setting up'));
    for (const advice of [few, more]) expect(advice.summary).toContain('Close alternative');
    expect(of(30).summary.includes('worth setting up')).toBe(false);
  });
});

describe('what cannot be used', () => {
  it('is not chosen: an APCu that is too small for the strings of the site', () => {
    const of = (items: number) => {
      const definitions = [{ definition: 'core/string', store: 'default_application', items, meanBytes: 24_000, maxBytes: 90_000, atLeast: false }];
      const measured = measurements({ ...SLOW, use: { definitions } });
      const apcu = { sizeMb: 32, freeMb: 30, fragmentation: 0, expunges: 0, hits: 0, misses: 0 };
      const nodes = Object.entries(measured.nodes).map(([name, n]) => [name, { ...n, runtime: { sapi: 'fpm-fcgi', apcu, opcache: { enabled: true } } }]);
      return adviceOf('needs: {users: 2000, sharedDisk: measure, aim: fastest}\n', { measured: { ...measured, nodes: Object.fromEntries(nodes) } });
    };
    expect(row(of(300), 'core/string')?.stores[0]).toBe('apcu');
    expect(row(of(3000), 'core/string')?.stores[0]).not.toBe('apcu');
    expect(of(3000).options.find((o) => o.plugin === 'apcu')?.why).toContain(
      'about 69 MB, too much for apc.shm_size on main (32 MB), web1 (32 MB): raise it to 138M first',
    );
  });

  it('is not chosen: an extension that may not be installed, MongoDB since 4.2', () => {
    expect(adviceOf(`${REDIS}modules: {install: check}\n`, { extensions: [] }).modes[0]?.store).toBe('default_application');
    const mongo = 'services: [{name: mongo1, plugin: mongodb, address: "db1:27017"}]\nneeds: {sharedDisk: slow}\n';
    expect(adviceOf(mongo, { plugins: ['mongodb'], extensions: ['mongodb'] }).modes[0]?.store).toBe('default_application');
  });
});

it('a site whose Redis is not listed is told to list it, not to set up another', () => {
  const advice = adviceOf('needs: {users: 500, sharedDisk: fast}\n', {
    stores: [store('old', 'redis', { server: 'cache.example.org', prefix: 'o_' })],
    muc: { modeMappings: { 1: ['old'], 2: ['default_session'], 4: ['default_request'] } },
  });
  expect(advice.modes[0]?.store).toBe('old');
  expect(advice.summary).toContain('List it under services');
  expect(advice.summary).not.toContain('next step');
});

it('a row that the answers overrule says what was advised', () => {
  const advice = adviceOf(`${REDIS}needs: {users: 2000}\nmappings: {definitions: {core/string: [default_application]}}\n`, {});
  expect(row(advice, 'core/string')?.reason).toMatch(/as set in the answers\. The recommendation differs: .*"apcu" over "redis1"/);
});

describe('an instance that writes the server of a service in another way', () => {
  const byName = (configuration: MucStore['configuration'], plugin = 'redis') => [store('old', plugin, { prefix: 'x_', ...configuration })];
  const SERVICE = 'services:\n  - {name: redis1, plugin: redis, address: "10.0.0.41:6379"}\n';
  const planned = (stores: readonly MucStore[], yaml = SERVICE, version: SiteOptions['version'] = '4.5.6') => {
    const { cluster, answers, facts } = inputOf(yaml, { stores, version });
    return plannedStores(adviceContext(cluster, answers, facts));
  };

  it.each(['cache1:6379', 'CACHE1', 'cache1.example.org'])('is adopted, and brought to the address of the service: %s', (server) => {
    const [adopted, ...others] = planned(byName({ server }));
    expect(adopted).toMatchObject({ name: 'old', adopted: true, service: 'redis1', shared: true });
    expect(others.filter((s) => s.origin === 'service')).toEqual([]);
    expect(adopted ? differences('redis', { server, prefix: 'x_' }, adopted.wanted, {}) : null).toEqual(['server']);
  });

  it.each(['cache1:6380', 'cache2:6379', 'localhost:6379', 'cache1:6379\n10.0.0.42:6379'])('is another one: %s', (server) => {
    expect(planned(byName({ server }))[0]).toMatchObject({ name: 'redis1', adopted: false });
  });

  it('is another one where a node that is left out would reach another machine by it', () => {
    const yaml = 'services:\n  - {name: redis1, plugin: redis, address: "10.0.0.10:6379"}\n';
    const { cluster, answers, facts } = inputOf(yaml, { stores: byName({ server: 'localhost:6379' }) });
    const out = { ...cluster, nodes: cluster.nodes.map((n) => (n.name === 'web1' ? { ...n, state: 'out' as const } : n)) };
    expect(plannedStores(adviceContext(out, answers, facts))[0]).toMatchObject({ name: 'redis1', adopted: false });
  });

  it('keeps the members of a replica set, of which the service is one', () => {
    const yaml = 'services:\n  - {name: mongo1, plugin: mongodb, address: "10.0.0.41:27017"}\n';
    const settings = { server: 'mongodb://cache1:27017,cache2:27017', database: 'mcache', replicaset: 'rs0' };
    const [first] = planned([store('mongo1', 'mongodb', settings)], yaml, '3.8.5');
    expect(first ? differences('mongodb', settings, first.wanted, {}) : null).toEqual([]);
  });

  it('keeps the name that its certificate proves', () => {
    const tls = { server: 'cache1.example.org:6379', encryption: true, cafile: '/etc/ssl/ca.pem' };
    const [adopted] = planned(byName(tls));
    expect(adopted ? differences('redis', { ...tls, prefix: 'x_' }, adopted.wanted, {}) : null).toEqual([]);
  });

  it('with the same database only', () => {
    const yaml = 'services:\n  - {name: mongo1, plugin: mongodb, address: "10.0.0.41:27017"}\n';
    const of = (database: string | undefined) =>
      planned(byName({ server: 'mongodb://cache1/', ...(database === undefined ? {} : { database }) }, 'mongodb'), yaml, '3.8.5')[0]?.name;
    expect([of('mcache'), of(undefined), of('other')]).toEqual(['old', 'old', 'mongo1']);
  });

  it('is what serves application caches now, in the prices too', () => {
    const measured = measurements({ ...SLOW, services: near });
    const { advice } = inputOf(`${SERVICE}needs: {users: 2000, sharedDisk: measure}\n`, {
      stores: byName({ server: 'cache1:6379' }),
      muc: { modeMappings: { 1: ['old'], 2: ['default_session'], 4: ['default_request'] } },
      measured,
    });
    expect(advice.modes[0]).toMatchObject({ store: 'old' });
    expect(advice.summary).toContain('on reading caches');
  });
});
