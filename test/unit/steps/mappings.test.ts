import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MucConfig, MucStore } from '../../../src/core/facts.js';
import type { MucEdit } from '../../../src/core/muc-edit.js';
import { remedy } from '../../../src/core/remedy.js';
import { storeEdits } from '../../../steps/caches/4-stores.js';
import { mappingEdits, mappingsStep } from '../../../steps/caches/5-mappings.js';
import { inputOf, MEMCACHED, mucConfig, REDIS, type SiteOptions } from '../advice/fixture.js';

const edits = (yaml: string, options: SiteOptions = {}) => mappingEdits(inputOf(yaml, options));
const refusal = (yaml: string, options: SiteOptions = {}) =>
  edits(yaml, options)
    .refusals.map((r) => `${r.exitCode} ${r.code} ${r.message}`)
    .join('\n');

const hash = (name: string) => ({ redisPassword: 'hmac:aa' })[name] ?? 'hmac:zz';

/** What Moodle's file says after the edits. */
function apply(muc: MucConfig, all: readonly MucEdit[]): MucConfig {
  const stores: MucStore[] = [...muc.stores];
  const modes = { ...muc.modeMappings };
  const definitions: Record<string, readonly string[]> = { ...muc.definitionMappings };
  for (const e of all) {
    if (e.edit === 'mode') modes[e.mode] = [e.store];
    if (e.edit === 'definition') definitions[e.definition] = e.stores;
    if (e.edit === 'definition' && e.stores.length === 0) delete definitions[e.definition];
    if (e.edit === 'remove-store')
      stores.splice(
        stores.findIndex((s) => s.name === e.name),
        1,
      );
    if (e.edit !== 'store') continue;
    const old = stores.find((s) => s.name === e.name);
    const configuration = Object.fromEntries(
      Object.entries(e.configuration).map(([k, v]) => {
        const mark = v as { $secret?: string; $keep?: boolean };
        return [k, mark?.$secret === undefined ? (mark?.$keep ? old?.configuration[k] : v) : hash(mark.$secret)];
      }),
    );
    if (old) stores[stores.indexOf(old)] = { ...old, configuration };
    else stores.push({ name: e.name, plugin: e.plugin, configuration, default: false });
  }
  return { ...muc, stores, modeMappings: modes, definitionMappings: definitions };
}

describe('mappings', () => {
  it('move the application mode and tell every definition that moves', () => {
    const { edits: all, moved, effective } = edits(`${REDIS}needs: {aim: few-changes}\n`);
    expect(all).toEqual([{ edit: 'mode', mode: 1, store: 'redis1', why: expect.stringContaining('redis1') }]);
    expect(moved.find((m) => m.definition === 'core/config')).toEqual({ definition: 'core/config', left: ['default_application'], entered: ['redis1'] });
    expect(effective['core/eventinvalidation']).toEqual(['redis1']);
    expect(effective['core/coursecat']).toEqual(['default_session']);
    expect(moved.some((m) => m.definition === 'core/coursecat')).toBe(false);
  });

  it('know that memcached cannot serve what needs a data guarantee', () => {
    const { effective, findings } = edits(`${MEMCACHED}mappings: {modes: {application: mem1}}\n`, { version: '3.8.5' });
    expect(effective['core/eventinvalidation']).toEqual(['default_application']);
    expect(effective['core/coursecattree']).toEqual(['mem1']);
    expect(findings.find((f) => f.id === 'mappings:memcached')?.level).toBe('warning');
  });

  it('refuse what is not there, with the nearest name', () => {
    expect(refusal(`${REDIS}mappings: {definitions: {core/strng: [redis1]}}\n`)).toContain(
      '7 mapping-unsuitable There is no cache definition "core/strng" in this Moodle. Did you mean "core/string"?',
    );
    expect(refusal(`${REDIS}mappings: {definitions: {core/string: [redis2]}}\n`)).toContain('there is no store "redis2". Did you mean "redis1"?');
  });

  it('refuse what a store cannot serve, with the reason', () => {
    const old: SiteOptions = { version: '3.8.5' };
    const apcu = 'stores: [{name: a, plugin: apcu}, {name: m, plugin: memcached, settings: {servers: ["h:1"]}}]\n';
    expect(refusal(`${apcu}mappings: {definitions: {core/eventinvalidation: [m]}}\n`, old)).toContain('guarantees its data');
    expect(refusal(`${apcu}mappings: {definitions: {core/coursecat: [m]}}\n`, old)).toContain('does not serve session caches');
    expect(refusal(`${apcu}mappings: {definitions: {core/coursecat: [a]}}\n`, old)).toContain('can be searched');
    expect(refusal(`${apcu}mappings: {modes: {session: a}}\n`, old)).toContain('can be searched');
    expect(refusal(`${apcu}mappings: {modes: {session: m}}\n`, old)).toContain('do not serve session caches');
    expect(refusal(`${apcu}mappings: {modes: {application: a}}\n`, old)).toContain('private to each node');
    expect(refusal(`${apcu}mappings: {definitions: {core/tags: [m]}}\n`, old)).toContain('is a request cache');
    expect(refusal(`${apcu}mappings: {definitions: {core/config: [a, m]}}\n`, old)).toContain(
      'core/config: "a" is private to each node, but a setting changed on one node must be seen by all',
    );
    expect(refusal(`${apcu}mappings: {definitions: {core/string: [a, m]}}\n`, old)).toBe('');
  });

  it('refuse the three that Moodle marks as local although they are not', () => {
    for (const id of ['core/hookcallbacks', 'core/routes', 'core/h5p_libraries']) {
      expect(refusal(`stores: [{name: a, plugin: apcu}]\nmappings: {definitions: {${id}: [a]}}\n`)).toContain('private to each node');
    }
  });

  it('warn of a private store that other hands mapped, and leave it when told to keep', () => {
    const a: MucStore = { name: 'a', plugin: 'apcu', configuration: { prefix: 'x' }, default: false };
    const options: SiteOptions = { stores: [a], muc: { definitionMappings: { 'core/roledefs': ['a'] } } };
    const kept = edits('mappings: {base: keep}\n', options);
    expect(kept.edits).toEqual([]);
    expect(kept.findings.find((f) => f.id === 'mappings:local:core/roledefs')).toMatchObject({
      level: 'warning',
      todo: expect.stringContaining('a right revoked'),
    });
    expect(edits('', { ...options, fsType: 'ext4' }).edits).toEqual([
      { edit: 'definition', definition: 'core/roledefs', stores: [], why: expect.stringContaining('Moved out of "a"') },
    ]);
  });

  it('remove an instance last, and only when nothing uses it any more', () => {
    const own: MucStore = { name: 'old', plugin: 'redis', configuration: { server: 'x' }, default: false };
    const options: SiteOptions = {
      fsType: 'ext4',
      stores: [own],
      muc: { definitionMappings: { 'core/string': ['old'] }, modeMappings: { 1: ['old'], 2: ['default_session'], 4: ['default_request'] } },
    };
    const { edits: all, refusals } = edits('remove: {stores: [old]}\n', options);
    expect(all).toEqual([
      { edit: 'mode', mode: 1, store: 'default_application', why: expect.any(String) },
      { edit: 'definition', definition: 'core/string', stores: [], why: expect.any(String) },
      { edit: 'remove-store', name: 'old', why: expect.any(String) },
    ]);
    expect(refusals).toEqual([]);
    expect(edits('remove: {stores: [gone]}\n', { fsType: 'ext4' }).edits).toEqual([]);
  });

  it('tell definitions as moved when their instance talks to another server', () => {
    const there: MucStore = { name: 'r', plugin: 'redis', configuration: { server: 'old:6379' }, default: false };
    const { moved } = edits('stores: [{name: r, plugin: redis, settings: {server: "new:6379"}}]\n', {
      fsType: 'ext4',
      stores: [there],
      muc: { modeMappings: { 1: ['r'], 2: ['default_session'], 4: ['default_request'] } },
    });
    expect(moved.find((m) => m.definition === 'core/config')).toEqual({ definition: 'core/config', left: [], entered: ['r'] });
  });

  it('say in verify what differs', () => {
    expect(mappingsStep.verify(inputOf(REDIS))[0]).toMatchObject({ status: 'failed', remedy: remedy`Apply the plan.` });
  });
});

describe('a second run', () => {
  const services = {
    redis: '{name: redis1, plugin: redis, node: cache1, port: 6390, manage: true, password: secret:redisPassword}',
    memcached: '{name: mem1, plugin: memcached, address: "h2:11211"}',
    mongodb: '{name: mo, plugin: mongodb, address: "h3:27017"}',
    each: '{name: near, plugin: memcached, placement: each-web-node, manage: true}',
  };
  const site = fc.record({
    version: fc.constantFrom('3.8.5' as const, '4.5.6' as const),
    aim: fc.constantFrom('few-changes', 'balanced', 'fastest'),
    services: fc.subarray(['redis', 'memcached', 'mongodb', 'each'] as const),
    mapped: fc.dictionary(
      fc.constantFrom('core/config', 'core/string', 'core/coursemodinfo', 'core/roledefs'),
      fc.subarray(['hand', 'near you'], { minLength: 1 }),
    ),
    named: fc.option(fc.subarray(['hand', 'default_application'], { minLength: 1 }), { nil: undefined }),
    remove: fc.boolean(),
    base: fc.constantFrom('auto', 'keep'),
  });
  const hand: MucStore[] = [
    { name: 'hand', plugin: 'redis', configuration: { server: '10.0.0.41:6390', password: 'hmac:aa' }, default: false, modes: 3, features: 26 },
    { name: 'near you', plugin: 'apcu', configuration: { prefix: 'h' }, default: false, modes: 3, features: 4 },
  ];

  it('has nothing to do, whatever the first one was asked', () => {
    fc.assert(
      fc.property(site, (s) => {
        const usable = s.version === '4.5.6' ? s.services.filter((x) => x === 'redis') : s.services;
        const named = s.named === undefined ? '' : `, definitions: {core/config: [${s.named.join(', ')}]}`;
        const yaml = `needs: {aim: ${s.aim}}\nservices: [${usable.map((x) => services[x]).join(', ')}]\nsecrets: {redisPassword: "env:P"}\nmappings: {base: ${s.base}${named}}\n${s.remove ? 'remove: {stores: ["near you"]}\n' : ''}`;
        const options: SiteOptions = { version: s.version, stores: hand, muc: { definitionMappings: s.mapped } };
        const first = inputOf(yaml, options);
        const store = storeEdits(first);
        const mapping = mappingEdits(first);
        expect([...store.refusals, ...mapping.refusals].map((r) => r.message)).toEqual([]);
        const after = apply(mucConfig(options), [...store.edits, ...mapping.edits]);
        const again = inputOf(yaml, { ...options, muc: after });
        expect(storeEdits(again).edits).toEqual([]);
        expect(mappingEdits(again).edits).toEqual([]);
        expect(mappingEdits(again).moved).toEqual([]);
        for (const names of Object.values(mapping.effective)) for (const name of names) expect(after.stores.some((x) => x.name === name)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
