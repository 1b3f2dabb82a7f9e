/** Stores that may be stale and nodes that do not see the same: found from what is left, told with evidence and remedy. */

import { describe, expect, it } from 'vitest';
import { serverHosts } from '../../../src/caches/store-scope.js';
import type { MucConfig, MucStore } from '../../../src/core/facts.js';
import { clockCheck, definitionsCheck, extensionChecks, nameCheck, namesToResolve, parseResolved } from '../../../src/engine/muc/coherence.js';
import { suspectChecks, unreadyIn } from '../../../src/engine/muc/suspect-checks.js';
import { addSuspects, fallbackFolder, mappedAway, readTraces, restarted, serverIdentity, suspectItems } from '../../../src/engine/muc/suspects.js';
import { CLUSTER, facts, MOODLE, moodleNode, nodeFacts, POOL } from '../survey/world.js';

const store = (name: string, plugin: string, features: number, modes: number, configuration = {}, isDefault = false): MucStore => ({
  name,
  plugin,
  configuration,
  default: isDefault,
  features,
  modes,
});
const definition = (id: string, mode: 1 | 2 | 4, requirements = 0) => ({ id, mode, canUseLocalStore: false, requirements });
const REDIS = store('shared', 'redis', 26, 3, { server: 'cache1' });
const CONFIG: MucConfig = {
  siteIdentifier: 'x',
  stores: [
    store('default_application', 'file', 30, 3, {}, true),
    store('default_session', 'session', 14, 2, {}, true),
    REDIS,
    store('mem', 'memcached', 20, 1, {
      servers: [
        ['a', '11211'],
        ['b', '11212'],
      ],
    }),
    store('own', 'apcu', 4, 3),
  ],
  modeMappings: { 1: ['mem'], 2: ['default_session'], 4: [] },
  definitionMappings: { 'core/string': ['own', 'shared'], 'core/langmenu': ['own'] },
  definitions: [
    definition('core/string', 1),
    definition('core/langmenu', 1),
    definition('core/config', 1),
    definition('core/eventinvalidation', 1, 2),
    definition('core/calendar', 2, 8),
    definition('core/course', 4),
  ],
};

describe('definitions that the file lacks', () => {
  it('are named, with the command that brings them back', () => {
    expect(definitionsCheck('main', [], '/var/www/moodle', 'www-data').status).toBe('passed');
    const lost = definitionsCheck('main', ['core/langmenu'], "/srv/it's moodle", 'www-data');
    expect(lost.status).toBe('failed');
    expect(lost.detail).toContain('core/langmenu');
    expect(lost.remedy).toContain(`cache_helper::update_definitions();' /srv/it\\'s\\ moodle/config.php`);
  });
});

describe('content in the store that Moodle falls back to', () => {
  const away = mappedAway(CONFIG);

  it('is expected of no definition that a store mapped to it can always serve', () => {
    // langmenu has APCu only, which scripts have not; eventinvalidation demands what memcached cannot do; sessions are in the session.
    expect(away.map((a) => [a.definition, a.stores])).toEqual([
      ['core/string', ['shared']],
      ['core/config', ['mem']],
    ]);
    expect(away[0]?.folder).toBe('core_string');
  });

  it('lies below cachedir unless it is set otherwise', () => {
    expect(fallbackFolder(CONFIG, '/d/cache')).toEqual({ store: 'default_application', folder: '/d/cache/cachestore_file/default_application' });
    const own = { ...CONFIG, stores: [store('default_application', 'file', 30, 3, { path: '/srv/x' }, true)] };
    expect(fallbackFolder(own, '/d/cache')?.folder).toBe('/srv/x');
  });

  it('makes the stores suspect that were passed over, with what was found and when', () => {
    const found = readTraces(`${away[0]?.folder}\t1764331200\ncore_other\t1\n`, away, 'default_application');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ store: 'shared' });
    expect(found[0]?.reason).toContain('core/string is in "default_application"');
    expect(found[0]?.reason).toContain('2025-11-28 12:00 UTC');
  });
});

describe('a server started anew', () => {
  it('is known by its run id; a memcached needs none', () => {
    expect(serverIdentity({ run_id: 'abc' })).toBe('run abc');
    // A memcached that is started anew is empty.
    expect(serverIdentity({ pid: '7', time: '1000', uptime: '400' })).toBeNull();
    expect(serverIdentity({})).toBeNull();
  });

  it('makes suspect the stores that live on it, and none at first sight', () => {
    const services = { redis1: 'cache1:6379' };
    const known = { cluster: CLUSTER, facts: facts({ main: moodleNode('main'), cache1: nodeFacts('cache1', { addresses: ['10.0.0.41/24'] }) }) };
    const found = (seen: Record<string, string>, at = services) => restarted(seen, { redis1: 'run b' }, at, CONFIG.stores, known).map((s) => s.store);
    expect(found({})).toEqual([]);
    expect(found({ redis1: 'run b' })).toEqual([]);
    expect(found({ redis1: 'run a' })).toEqual(['shared']);
    expect(found({ redis1: 'run a' }, { redis1: '10.0.0.41:6379' })).toEqual(['shared']);
    expect(found({ redis1: 'run a' }, { redis1: '10.0.0.41:6380' })).toEqual([]);
  });
});

describe('suspects on record', () => {
  const one = addSuspects({ suspects: [], seen: {} }, [{ store: 'shared', reason: 'r1' }], 't1');
  it('keep their first time, each reason once, and are failed checks until purged', () => {
    const again = addSuspects(
      one,
      [
        { store: 'shared', reason: 'r1' },
        { store: 'shared', reason: 'r2' },
      ],
      't2',
    );
    expect(again.suspects).toEqual([{ store: 'shared', since: 't1', reasons: ['r1', 'r2'] }]);
    expect(suspectChecks(again.suspects, 'main')).toMatchObject([{ status: 'failed', store: 'shared', remedy: expect.stringContaining('purge --yes') }]);
  });

  it('are emptied with all that is mapped to them, in the stores above them and where Moodle fell back to', () => {
    expect(suspectItems(CONFIG, one.suspects, 'default_application')).toEqual([
      { store: 'default_application', definitions: ['core/string'] },
      { store: 'own', definitions: ['core/string'] },
      { store: 'shared', definitions: ['core/string'] },
    ]);
  });

  it('begin with what verify itself finds not ready', () => {
    const check = { id: 'ready:web1:web:shared', node: 'web1', step: 's', subject: '', store: 'shared', status: 'failed', detail: 'refused' } as const;
    expect(unreadyIn([check, { ...check, status: 'passed' }], '2026-11-28T12:00:00Z')).toEqual([
      { store: 'shared', reason: 'not ready on web1 at 2026-11-28 12:00 UTC: refused' },
    ]);
  });
});

describe('nodes that do not see the same', () => {
  it('have clocks more than a second apart, measured against main', () => {
    expect(clockCheck('web1', 'main', 5.4, 5)).toMatchObject({ status: 'passed' });
    const late = clockCheck('web1', 'main', -3, 0.5);
    expect(late).toMatchObject({ status: 'failed', detail: expect.stringContaining('3.5 s behind'), remedy: expect.stringContaining('web1') });
  });

  it('lack what the serializer or compressor of a store needs, in CLI or web', () => {
    const igbinary = store('shared', 'redis', 26, 3, { serializer: 2, compressor: 2 });
    const web = { version: '8.2', sapi: 'fpm-fcgi', ini: {}, extensions: { igbinary: '3', zstd: '1' } };
    const facts = nodeFacts('web1', { sitePool: 0, pools: [{ ...POOL, web }], moodle: { ...MOODLE, cli: { ...MOODLE.cli, extensions: { zstd: '1' } } } });
    expect(extensionChecks('web1', facts, [REDIS])).toEqual([]);
    const [check] = extensionChecks('web1', facts, [igbinary]);
    expect(check).toMatchObject({ status: 'failed', detail: expect.stringContaining('igbinary is missing in CLI') });
    expect(check?.detail).not.toContain('web SAPI');
  });

  it('resolve names of a server list differently: only lists of several servers hide that from the round trip', () => {
    expect(namesToResolve(CONFIG.stores)).toEqual([{ store: 'mem', names: ['a', 'b'] }]);
    expect(serverHosts(REDIS)).toEqual(['cache1:6379']);
    const wanted = { store: 'mem', names: ['a', 'b'] };
    const there = parseResolved('a\t10.0.0.1\nb\t10.0.0.2\n', ['a', 'b']);
    expect(nameCheck('web1', 'main', wanted, there, there)).toMatchObject({ status: 'passed' });
    expect(nameCheck('web1', 'main', wanted, { ...there, b: '10.0.0.9' }, there)).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('b is 10.0.0.9 here and 10.0.0.2 on main'),
    });
    expect(nameCheck('web1', 'main', wanted, { a: '10.0.0.1' }, there).detail).toContain('b is unknown here');
  });
});
