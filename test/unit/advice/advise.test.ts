import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advise, neededExtensions } from '../../../src/advice/advise.js';
import { effectiveStores } from '../../../src/advice/muc.js';
import { LOCAL_SAFE, SHARED_BECAUSE } from '../../../src/advice/rules.js';
import { definitions, inputOf, MEMCACHED, mucConfig, REDIS, type SiteOptions, siteFacts, type Version } from './fixture.js';
import { measurements } from './measured.js';

const adviceOf = (yaml: string, options: SiteOptions = {}) => inputOf(yaml, options).advice;
const of = (yaml: string, id: string, options: SiteOptions = {}) => adviceOf(yaml, options).definitions.find((d) => d.definition === id);

describe('advice', () => {
  it('leaves a small site on a fast disk as it is', () => {
    const advice = adviceOf('needs: {users: 30, sharedDisk: fast}\n');
    expect(advice.summary).toContain('leave it as it is');
    expect(advice.summary).toContain('30 people');
    expect(advice.definitions.filter((d) => d.changes)).toEqual([]);
    expect(advice.modes[0]?.store).toBe('default_application');
  });

  it('uses what the administrator lists, also on a small site', () => {
    expect(adviceOf(`${REDIS}needs: {users: 30, sharedDisk: fast}\n`).modes[0]?.store).toBe('redis1');
  });

  it('maps the application mode to Redis and nothing else when few changes are wanted', () => {
    const advice = adviceOf(`${REDIS}needs: {aim: few-changes}\n`);
    expect(advice.modes[0]?.store).toBe('redis1');
    expect(advice.definitions.filter((d) => d.changes)).toEqual([]);
  });

  it('stacks small hot caches on APCu and large ones on the local disk, over the shared store', () => {
    expect(of(`${REDIS}needs: {users: 2000}\n`, 'core/string')?.stores).toEqual(['apcu', 'redis1']);
    expect(of(`${REDIS}needs: {users: 2000}\n`, 'core/coursemodinfo')?.stores).toEqual(['localdisk', 'redis1']);
    expect(of(`${REDIS}needs: {users: 2000, sharedDisk: fast}\n`, 'core/coursemodinfo')?.stores).toEqual([]);
    expect(of(`${REDIS}needs: {users: 2000}\n`, 'core/coursemodinfo', { localcachedir: '/srv/moodledata/localcache' })?.stores).toEqual([]);
  });

  it('takes localcachedir for local only where it is a folder of the node itself', () => {
    const on = (localcacheMount: SiteOptions['localcacheMount']) =>
      of(`${REDIS}needs: {users: 2000}\n`, 'core/coursemodinfo', { localcachedir: '/srv/share/local', ...(localcacheMount ? { localcacheMount } : {}) })
        ?.stores;
    const mount = { path: '/srv/share/local', device: '8:1', fsType: 'ext4', source: '/dev/sda1' };
    expect(on(mount)).toEqual(['localdisk', 'redis1']);
    expect(on({ ...mount, fsType: 'nfs4', source: 'nas:/moodle' })).toEqual([]);
    expect(on({ ...mount, fsType: 'nfs4', source: 'other:/x' })).toEqual([]);
    // A link from a local path into dataroot.
    expect(on({ ...mount, path: '/srv/moodledata/localcache' })).toEqual([]);
  });

  it('cites what was measured', () => {
    const fast = adviceOf('needs: {users: 2000}\n', { measured: measurements({ shared: 0.4, local: 0.2 }) });
    expect(fast.summary).toContain('0.4 ms from the shared disk');
    expect(adviceOf('needs: {users: 2000}\n', { measured: measurements({ shared: 9, local: 0.2 }) }).summary).toContain('so the shared disk is slow');
  });

  it('does not use APCu where another user shares the PHP master', () => {
    const advice = adviceOf(`${REDIS}needs: {aim: fastest}\n`, { otherPoolUser: 'blog' });
    expect(advice.definitions.every((d) => !d.stores.includes('apcu'))).toBe(true);
    const option = advice.options.find((o) => o.plugin === 'apcu');
    expect(option?.available).toBe(false);
    expect(option?.why).toContain('pool "blog" of blog');
  });

  it('says why a store plugin cannot be had', () => {
    const options = adviceOf('', { extensions: [] }).options;
    expect(options.find((o) => o.plugin === 'memcached')).toMatchObject({ available: false, why: expect.stringContaining('removed from Moodle core in 4.2') });
    expect(options.find((o) => o.plugin === 'redis')).toMatchObject({ available: true, why: expect.stringContaining('step 3 installs it') });
    expect(adviceOf('modules: {install: check}\n', { extensions: [] }).options.find((o) => o.plugin === 'redis')?.available).toBe(false);
  });

  it('is provisional until services answer and extensions are loaded', () => {
    expect(adviceOf(REDIS).provisional).toBe(true);
    expect(adviceOf(REDIS, { reachable: ['redis1'] }).provisional).toBe(false);
    expect(adviceOf(REDIS, { reachable: ['redis1'], extensions: ['apcu'] }).provisional).toBe(true);
    expect(neededExtensions(inputOf(REDIS).cluster, inputOf(REDIS).answers, siteFacts({ extensions: [] })).map((e) => e.extension)).toEqual(['redis', 'apcu']);
  });

  it('never makes a memcached the application default, and keeps off it what normal work purges', () => {
    const options: SiteOptions = { version: '3.8.5', extensions: ['memcached'] };
    const advice = adviceOf(`${MEMCACHED}needs: {aim: few-changes}\n`, options);
    expect(advice.modes[0]?.store).toBe('default_application');
    const on = advice.definitions.filter((d) => d.stores.includes('mem1')).map((d) => d.definition);
    expect(on).toEqual(expect.arrayContaining(['core/string', 'core/langmenu', 'core/config']));
    for (const id of [
      'core/coursecattree',
      'core/coursemodinfo',
      'core/completion',
      'core/roledefs',
      'core/user_group_groupings',
      'core/eventinvalidation',
      'mod_glossary/concepts',
    ])
      expect(on).not.toContain(id);
    expect(advice.definitions.find((d) => d.definition === 'core/coursecattree')?.reason).toContain('empties the whole memcached');
  });

  it('prefers Redis to memcached when both are listed', () => {
    const both = 'services:\n  - {name: m, plugin: memcached, address: "10.0.0.41:11211"}\n  - {name: r, plugin: redis, address: "10.0.0.41:6379"}\n';
    expect(adviceOf(both, { version: '3.8.5', extensions: ['redis', 'memcached'] }).modes[0]?.store).toBe('r');
  });

  it('keeps a mapping made by hand unless there is a reason', () => {
    const own = { name: 'mine', plugin: 'redis', configuration: { server: 'other:6379' }, default: false };
    const kept = of(REDIS, 'core/config', { stores: [own], muc: { definitionMappings: { 'core/config': ['mine'] } } });
    expect(kept).toMatchObject({ stores: ['mine'], changes: false });
    const apcu = { name: 'a', plugin: 'apcu', configuration: { prefix: 'x_' }, default: false };
    const bad = of(REDIS, 'core/config', { stores: [apcu], muc: { definitionMappings: { 'core/config': ['a'] } } });
    expect(bad).toMatchObject({ stores: [], changes: true });
    expect(bad?.reason).toContain('"a" is private to each node, but a setting changed on one node');
  });

  it('changes nothing unnamed when the answers say keep', () => {
    const advice = adviceOf(`${REDIS}mappings: {base: keep, definitions: {core/config: [redis1]}}\n`);
    expect(advice.definitions.filter((d) => d.changes).map((d) => d.definition)).toEqual(['core/config']);
    expect(advice.modes[0]?.store).toBe('default_application');
  });

  it('suggests Redis on the cache node, and memcached where this Moodle has no Redis store', () => {
    const { cluster, answers } = inputOf('needs: {users: 2000}\n');
    expect(advise(cluster, answers, siteFacts()).services).toMatchObject([{ plugin: 'redis', node: 'cache1', memoryMb: 512, listed: false }]);
    expect(advise(cluster, answers, siteFacts({ version: '3.8.5', plugins: ['file', 'memcached'] })).services[0]?.plugin).toBe('memcached');
    const small = inputOf('needs: {users: 30, sharedDisk: fast}\n');
    expect(advise(small.cluster, small.answers, siteFacts()).services).toEqual([]);
  });

  it('uses the three local-safe names before there was a flag', () => {
    const plain = definitions('3.8.5').map((d) => ({ ...d, canUseLocalStore: false }));
    const input = inputOf(`${REDIS}needs: {aim: fastest}\n`, { version: '3.8.5' });
    const main = input.facts.nodes['main'];
    const old = {
      ...input.facts,
      nodes: Object.fromEntries(Object.entries(input.facts.nodes).map(([n, f]) => [n, f.moodle ? { ...f, moodle: { ...f.moodle, branch: '30' } } : f])),
      site: { ...input.facts.site!, definitions: plain },
    };
    expect(main).toBeDefined();
    const stacked = advise(input.cluster, input.answers, old)
      .definitions.filter((d) => d.placement !== 'shared')
      .map((d) => d.definition);
    expect(stacked.sort()).toEqual(['core/htmlpurifier', 'core/langmenu', 'core/string']);
  });
});

describe('whatever the site', () => {
  const site = fc.record({
    version: fc.constantFrom<Version>('3.8.5', '4.5.6'),
    aim: fc.constantFrom('few-changes', 'balanced', 'fastest'),
    users: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
    disk: fc.constantFrom('measure', 'slow', 'fast'),
    services: fc.subarray(['redis', 'memcached', 'mongodb', 'local'] as const),
    extensions: fc.subarray(['redis', 'apcu', 'memcached', 'mongodb']),
    otherPool: fc.boolean(),
    mapped: fc.dictionary(
      fc.constantFrom('core/config', 'core/string', 'core/coursemodinfo', 'core/roledefs', 'core/hookcallbacks'),
      fc.subarray(['hand', 'handapcu'], { minLength: 1 }),
    ),
    base: fc.constantFrom('auto', 'auto', 'keep'),
  });
  const lines = {
    redis: '{name: r, plugin: redis, address: "h1:6379"}',
    memcached: '{name: m, plugin: memcached, address: "h2:11211"}',
    mongodb: '{name: g, plugin: mongodb, address: "h3:27017"}',
    local: '{name: l, plugin: memcached, placement: each-web-node, manage: true}',
  };
  const hand = [
    { name: 'hand', plugin: 'redis', configuration: { server: 'x' }, default: false },
    { name: 'handapcu', plugin: 'apcu', configuration: { prefix: 'h' }, default: false },
  ];

  it('gives every definition a reason, and a private store only where it is safe', () => {
    fc.assert(
      fc.property(site, (s) => {
        const yaml = `needs: {aim: ${s.aim}, sharedDisk: ${s.disk}${s.users === undefined ? '' : `, users: ${s.users}`}}\nservices: [${s.services.map((x) => lines[x]).join(', ')}]\nmappings: {base: ${s.base}}\n`;
        const options: SiteOptions = {
          version: s.version,
          extensions: s.extensions,
          stores: hand,
          muc: { definitionMappings: s.mapped },
          ...(s.otherPool ? { otherPoolUser: 'x' } : {}),
        };
        const { advice, facts } = inputOf(yaml, options);
        const all = definitions(s.version);
        expect(advice.definitions).toHaveLength(all.length);
        expect(advice.modes.every((m) => m.reason !== '' && m.store !== '')).toBe(true);
        for (const d of advice.definitions) {
          const definition = all.find((x) => x.id === d.definition)!;
          expect(d.reason).toMatch(/^[A-Z].*\.$/);
          const made = d.changes || s.base === 'auto';
          if (d.placement !== 'shared' && made) {
            expect(definition.canUseLocalStore).toBe(true);
            expect(SHARED_BECAUSE[d.definition]).toBeUndefined();
            if (d.changes) expect(LOCAL_SAFE.some((r) => r.definition === d.definition)).toBe(true);
          }
          if (d.changes && d.stores.includes('apcu')) expect(d.stores.length).toBe(2);
        }
        expect(effectiveStores(all[0]!, mucConfig(options), facts).length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });
});
