/** Advice from generated sites: thousands that differ in numbers, services, aims and history. Takes a minute or two of processor time, so it is a project of its own. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advise } from '../../../src/advice/advise.js';
import { SHARED_BECAUSE } from '../../../src/advice/rules.js';
import type { Advice, Aim } from '../../../src/core/advice.js';
import { answersOf, definitions, type SiteOptions, siteFacts, type Version } from './fixture.js';
import { measurements, type Numbers } from './measured.js';

const number = (min: number, max: number) => fc.double({ min: Math.log(min), max: Math.log(max), noNaN: true }).map(Math.exp);
/** What is there before the advice. */
const OWN = { name: 'own', plugin: 'redis', configuration: { server: '127.0.0.1:6379', prefix: 'o_' }, default: false };
const OLD = { name: 'old', plugin: 'redis', configuration: { server: 'cache.example.org', prefix: 'p_' }, default: false };
const OWN_APCU = { name: 'apcu', plugin: 'apcu', configuration: { prefix: 'a_' }, default: false };
const modes = (store: string, session: string) => ({ 1: [store], 2: [session], 4: ['default_request'] });
const NOW = {
  fresh: {},
  private: { stores: [OWN], muc: { modeMappings: modes('own', 'own') } },
  stacked: { stores: [OWN_APCU], muc: { definitionMappings: { 'core/string': ['apcu', 'default_application'] } } },
  half: { stores: [], muc: { definitionMappings: { 'core/string': ['gone', 'default_application'], 'core/config': ['gone'] } } },
  redis: { stores: [OLD], muc: { modeMappings: modes('old', 'default_session') } },
} satisfies Record<string, SiteOptions>;

const site = fc.record({
  version: fc.constantFrom<Version>('3.8.5', '4.5.6'),
  shared: number(0.01, 8),
  local: number(0.01, 1),
  page: number(20, 800),
  redis: fc.option(number(0.02, 20), { nil: undefined }),
  memcached: fc.option(number(0.02, 20), { nil: undefined }),
  via: fc.constantFrom<'php' | 'raw' | 'tcp'>('php', 'raw', 'tcp'),
  itemMax: fc.constantFrom(1_048_576, 8_388_608),
  users: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined }),
  aim: fc.constantFrom<Aim>('few-changes', 'balanced', 'fastest'),
  extensions: fc.subarray(['redis', 'apcu', 'memcached']),
  plugins: fc.subarray(['redis', 'apcu', 'memcached', 'mongodb']),
  install: fc.constantFrom('true', 'check'),
  otherPool: fc.boolean(),
  now: fc.constantFrom<keyof typeof NOW>('fresh', 'private', 'stacked', 'half', 'redis'),
  localcachedir: fc.constantFrom('/var/local/moodle', '/srv/moodledata/localcache'),
  refused: fc.option(fc.constant('cannot write there: Read-only file system'), { nil: undefined, freq: 8 }),
  sizes: fc.array(
    fc.record({ definition: fc.constantFrom('core/string', 'core/coursemodinfo', 'core/config'), maxBytes: fc.integer({ min: 10, max: 9_000_000 }) }),
    { maxLength: 3 },
  ),
});
type Site = typeof site extends fc.Arbitrary<infer T> ? T : never;

/** Answers are read once for each text: thousands of sites differ in numbers only. */
const texts = new Map<string, ReturnType<typeof answersOf>>();
function parsed(yaml: string): ReturnType<typeof answersOf> {
  const known = texts.get(yaml) ?? answersOf(yaml);
  texts.set(yaml, known);
  return known;
}

function adviseOn(s: Site, factor: (n: number) => number = (n) => n): Advice {
  const listed = [
    ...(s.redis === undefined ? [] : ['{name: r, plugin: redis, address: "10.0.0.41:6379"}']),
    ...(s.memcached === undefined ? [] : ['{name: m, plugin: memcached, address: "10.0.0.41:11211"}']),
  ];
  const services = {
    ...(s.redis === undefined ? { 'distance:cache1': { ms: factor(0.1), via: 'tcp' as const } } : { r: { ms: factor(s.redis), via: s.via } }),
    ...(s.memcached === undefined ? {} : { m: { plugin: 'memcached', ms: factor(s.memcached), via: s.via, itemMax: s.itemMax } }),
  };
  const numbers: Numbers = {
    shared: factor(s.shared),
    local: factor(s.local),
    page: s.page,
    services,
    ...(s.refused === undefined ? {} : { refused: s.refused }),
    use: { definitions: s.sizes.map((z) => ({ ...z, store: 'default_application', items: 3, meanBytes: Math.ceil(z.maxBytes / 3), atLeast: false })) },
  };
  const { answers, cluster } = parsed(`services: [${listed.join(', ')}]\nmodules: {install: ${s.install}}\n`);
  const needs = { aim: s.aim, sharedDisk: 'measure' as const, ...(s.users === undefined ? {} : { users: Math.max(1, Math.round(factor(s.users))) }) };
  const options: SiteOptions = {
    version: s.version,
    extensions: s.extensions,
    plugins: ['file', 'session', 'static', ...s.plugins],
    localcachedir: s.localcachedir,
    measured: measurements(numbers),
    ...(s.otherPool ? { otherPoolUser: 'x' } : {}),
    ...NOW[s.now],
  };
  return advise(cluster, { ...answers, needs }, siteFacts(options));
}

const shape = (advice: Advice) => JSON.stringify([advice.modes.map((m) => m.store), advice.definitions.map((d) => d.stores)]);

describe('advice from generated measurements', () => {
  it('never names what is not there, never a private store where it is not safe, never session caches elsewhere, always a reason with a number', () => {
    fc.assert(
      fc.property(site, (s) => {
        const advice = adviseOn(s);
        const all = definitions(s.version);
        expect(advice.definitions.map((d) => d.definition)).toEqual(all.map((d) => d.id));
        const possible = new Set(['default_application', 'default_session', 'default_request', 'localdisk']);
        const usable = (plugin: string) => s.plugins.includes(plugin) && (s.extensions.includes(plugin) || s.install === 'true');
        if (s.redis !== undefined && usable('redis')) possible.add('r');
        if (s.memcached !== undefined && usable('memcached')) possible.add('m');
        // What is there already may stay, but for a mode on a store of each node's own.
        if (s.now === 'redis') possible.add('old');
        if ((usable('apcu') && !s.otherPool) || s.now === 'stacked') possible.add('apcu');
        if (s.localcachedir.startsWith('/srv/moodledata')) possible.delete('localdisk');
        for (const mode of advice.modes) expect(possible.has(mode.store), mode.store).toBe(true);
        expect(advice.modes.find((m) => m.mode === 2)?.store).toBe('default_session');
        for (const d of advice.definitions) {
          const definition = all.find((x) => x.id === d.definition)!;
          for (const name of d.stores) expect(possible.has(name), `${d.definition} in ${name}`).toBe(true);
          expect(d.reason).toMatch(/^[A-Z].*\.$/);
          if (definition.mode === 2) expect(d.stores).toEqual([]);
          if (d.placement !== 'shared') {
            expect(definition.canUseLocalStore).toBe(true);
            expect(SHARED_BECAUSE[d.definition]).toBeUndefined();
          }
          if (d.stores[0] === 'apcu') expect(d.stores).toHaveLength(2);
          const largest = s.sizes.filter((z) => z.definition === d.definition).map((z) => z.maxBytes);
          if (d.stores.includes('m') && s.via !== 'tcp') expect(Math.max(0, ...largest)).toBeLessThanOrEqual(s.itemMax);
        }
        expect(advice.summary).not.toBe('');
        if (s.refused === undefined) expect(advice.summary).toMatch(/\d ms/);
        for (const o of advice.options) expect(o.why).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  }, 180_000);

  it('is stable: where numbers a few percent off would change it, it names the close alternative', () => {
    fc.assert(
      fc.property(site, fc.array(fc.double({ min: 0.96, max: 1.04, noNaN: true }), { minLength: 5, maxLength: 5 }), (s, factors) => {
        const before = adviseOn(s);
        let at = 0;
        const after = adviseOn(s, (n) => n * (factors[at++ % factors.length] ?? 1));
        if (shape(before) === shape(after)) return;
        expect(`${before.summary} ${before.modes[0]?.reason}`).toMatch(/Close alternative|nearly equal/);
        expect(`${after.summary} ${after.modes[0]?.reason}`).toMatch(/Close alternative|nearly equal/);
      }),
      { numRuns: 1000 },
    );
  }, 180_000);
});
