import { describe, expect, it } from 'vitest';
import type { MucStore } from '../../../src/core/facts.js';
import { storeEdits } from '../../../steps/caches/4-stores.js';
import { STORE_LIST } from '../../../steps/caches/4-stores.questions.js';
import { inputOf, MEMCACHED, REDIS, type SiteOptions } from '../advice/fixture.js';

const FEW = 'needs: {aim: few-changes}\n';
const edits = (yaml: string, options: SiteOptions = {}, hmacs?: Record<string, string>) => storeEdits(inputOf(yaml, options, hmacs));
const redis = (configuration: Record<string, unknown>, name = 'redis1'): MucStore => ({
  name,
  plugin: 'redis',
  configuration,
  default: false,
  modes: 3,
  features: 26,
});
const FULL = {
  server: '10.0.0.41:6390',
  prefix: 'abc_',
  password: 'hmac:aa',
  serializer: 1,
  compressor: 0,
  connectiontimeout: 3,
  encryption: 0,
  cafile: '',
  clustermode: 0,
};

describe('store instances', () => {
  it('are added with exactly the keys that this Moodle keeps', () => {
    const add = edits(REDIS + FEW).edits[0];
    expect(add).toMatchObject({
      edit: 'store',
      action: 'add',
      name: 'redis1',
      plugin: 'redis',
      configuration: { ...FULL, prefix: expect.stringMatching(/^[a-z0-9]{4}_$/), password: { $secret: 'redisPassword' } },
    });
    const old = edits(REDIS + FEW, { version: '3.8.5' }).edits[0];
    expect(Object.keys((old as { configuration: object }).configuration)).toEqual(['server', 'prefix', 'password', 'serializer', 'compressor']);
    expect(edits(MEMCACHED + FEW, { version: '3.8.5' }).edits[0]).toMatchObject({
      configuration: {
        servers: [['10.0.0.41', '11211']],
        compression: 1,
        serialiser: 1,
        prefix: expect.stringMatching(/^.{5}$/),
        hash: 0,
        bufferwrites: 0,
        clustered: false,
        setservers: [],
        isshared: 0,
      },
    });
  });

  it('get the same prefix every time, another for each instance', () => {
    const two = 'stores:\n  - {name: a, plugin: redis, settings: {server: "h"}}\n  - {name: b, plugin: redis, settings: {server: "h"}}\n';
    const prefixes = () => edits(two).edits.map((e) => (e.edit === 'store' ? e.configuration['prefix'] : ''));
    expect(prefixes()).toEqual(prefixes());
    expect(new Set(prefixes()).size).toBe(2);
  });

  it('need no edit when what is there behaves the same, however it is spelt', () => {
    for (const spelt of [
      FULL,
      { ...FULL, serializer: '1', compressor: false, encryption: '', clustermode: false },
      { server: '10.0.0.41:6390', password: 'hmac:aa' },
      { ...FULL, server: ' 10.0.0.41:6390\n' },
    ]) {
      expect(edits(REDIS + FEW, { stores: [redis(spelt)] }).edits).toEqual([]);
    }
  });

  it('are brought up to date, keeping all keys and secrets that the answers do not name', () => {
    const there = redis({ ...FULL, password: 'hmac:bb', lockwait: 5, vendorkey: 'x', apitoken: 'hmac:cc' });
    const [edit] = edits(REDIS + FEW, { stores: [there] }).edits;
    expect(edit).toMatchObject({
      action: 'edit',
      configuration: { ...FULL, password: { $secret: 'redisPassword' }, lockwait: 5, vendorkey: 'x', apitoken: { $keep: true } },
    });
    expect((edit as { why: string }).why).toContain('What differs: password.');
    const noPassword = REDIS.replace(', password: secret:redisPassword', '');
    expect(edits(noPassword + FEW, { stores: [there] }).edits).toEqual([]);
  });

  it('are adopted under the name they have', () => {
    const { edits: none, stores } = edits(REDIS + FEW, { stores: [redis(FULL, 'Handmade Redis')] });
    expect(none).toEqual([]);
    expect(stores.map((s) => s.name)).not.toContain('redis1');
    expect(inputOf(REDIS + FEW, { stores: [redis(FULL, 'Handmade Redis')] }).advice.modes[0]?.store).toBe('Handmade Redis');
  });

  it('are refused when this Moodle has no such plugin, saying what to choose', () => {
    const { edits: none, refusals } = edits(MEMCACHED + FEW);
    expect(none).toEqual([]);
    expect(refusals[0]).toMatchObject({ code: 'store-unavailable', exitCode: 7 });
    expect(refusals[0]?.message).toMatch(/removed from Moodle core in 4\.2.*Choose Redis instead.*moodle-cachestore_memcached/);
    expect(edits(MEMCACHED + FEW, { plugins: ['file', 'redis', 'memcached'] }).refusals).toEqual([]);
  });

  it('are refused when another plugin has the name, or the setting is newer than this Moodle', () => {
    const taken = edits('stores: [{name: x, plugin: redis, settings: {server: h}}]\n', {
      stores: [{ name: 'x', plugin: 'apcu', configuration: {}, default: false }],
    });
    expect(taken.refusals[0]?.message).toContain('of the plugin "apcu"');
    const tls = edits('services: [{name: r, plugin: redis, address: "h:1", tls: true}]\n', { version: '3.8.5' });
    expect(tls.refusals[0]?.message).toContain('"encryption" of the Redis store came with Moodle 4.3; this is 3.8');
    expect(edits('stores: [{name: x, plugin: redis, settings: {server: /run/Redis/s.sock}}]\n').refusals[0]?.message).toContain('lower case');
  });

  it('never share a memcached with sessions', () => {
    const { refusals } = edits(MEMCACHED + FEW, { version: '3.8.5', sessionServers: [{ plugin: 'memcached', address: '10.0.0.41:11211' }] });
    expect(refusals[0]).toMatchObject({ code: 'service-foreign', message: expect.stringContaining('log out all users') });
    const byName = edits(MEMCACHED + FEW, { version: '3.8.5', sessionServers: [{ plugin: 'memcached', address: 'CACHE1:11211' }] });
    expect(byName.refusals[0]).toMatchObject({ code: 'service-foreign' });
  });

  it('never get the prefix that another instance has on the same server, by name or by address', () => {
    const other: MucStore = { name: 'old', plugin: 'redis', configuration: { server: 'cache1:6379', prefix: 'one_' }, default: false };
    const list = (server: string) => `stores: [{name: new, plugin: redis, settings: {server: "${server}", prefix: one_}}]\n`;
    expect(edits(list('10.0.0.41'), { stores: [other] }).refusals[0]?.message).toContain('is already used by "old" on the same server');
    expect(edits(list('10.0.0.42'), { stores: [other] }).refusals).toEqual([]);
  });

  it('are told shared or private to a node', () => {
    const list = `stores:
  - {name: l, plugin: file, settings: {path: /var/local/x}}
  - {name: s, plugin: file, settings: {path: /srv/moodledata/x}}
  - {name: m, plugin: redis, settings: {server: "127.0.0.1"}}
  - {name: k, plugin: redis, settings: {server: /run/redis.sock}}
  - {name: r, plugin: redis, settings: {server: "h:1"}}
  - {name: a, plugin: apcu}
`;
    const shared = Object.fromEntries(edits(list).stores.map((s) => [s.name, s.shared]));
    expect(shared).toMatchObject({ l: false, s: true, m: false, k: false, r: true, a: false, default_application: true });
  });

  it('explain every field (guide 4.2), checked as they are typed', () => {
    const typed = (line: string) => STORE_LIST.parse(line);
    expect(typed('x redis server=h')).toMatchObject({ ok: true });
    const server = typed('x redis server=tls://x') as { error: string };
    expect(server.error).toContain('encryption');
    expect(server.error).toContain('host:port');
    expect(typed('x redis lockwaits=3')).toMatchObject({ ok: false, error: expect.stringContaining('Settings: server,') });
  });
});
