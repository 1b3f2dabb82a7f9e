import { describe, expect, it } from 'vitest';
import { type MucStageInput, mucChanges } from '../../../src/caches/muc/stage.js';
import type { Change } from '../../../src/core/change.js';
import type { Cluster } from '../../../src/core/cluster.js';

const node = (name: string, roles: Cluster['nodes'][number]['roles'], host = name) => ({
  name,
  host,
  roles,
  ssh: { hostKeys: 'known_hosts' as const, sudo: { kind: 'auto' as const } },
  webPort: 80,
  state: 'in' as const,
});

const cluster: Cluster = {
  label: 'campus',
  dirroot: '/var/www/moodle',
  webUser: undefined,
  nodes: [node('main', ['main', 'cron'], 'local'), node('web1', ['web']), node('web2', ['web']), node('cache1', ['cache'])],
};

const input: MucStageInput = {
  cluster,
  storeEdits: [
    { edit: 'store', action: 'add', name: 'app', plugin: 'redis', configuration: {}, why: 'because' },
    { edit: 'store', action: 'add', name: 'near', plugin: 'apcu', configuration: {}, why: 'because' },
  ],
  mappingEdits: [{ edit: 'definition', definition: 'core/string', stores: ['near', 'app'], why: 'because' }],
  stores: [
    { name: 'app', plugin: 'redis', shared: true },
    { name: 'near', plugin: 'apcu', shared: false },
    { name: 'default_application', plugin: 'file', shared: true },
    { name: 'default_session', plugin: 'session', shared: true },
  ],
  effective: { 'core/string': ['near', 'app'], 'core/coursecat': ['default_session'] },
  moved: [{ definition: 'core/string', left: ['default_application'], entered: ['near', 'app'] }],
  mucHash: 'aaaa',
};

/** Position of a change; the test fails when there is none. */
const at = (changes: readonly Change[], id: string) => {
  const index = changes.findIndex((c) => c.id === id);
  expect(index, `no ${id} in ${changes.map((c) => c.id).join(' ')}`).toBeGreaterThanOrEqual(0);
  return index;
};

describe('the order on a live site (rule S17)', () => {
  const changes = mucChanges(input);

  it('publishes stores, proves them, empties what is entered, publishes mappings, settles, empties, proves', () => {
    const order = [
      'muc-publish:main:stores',
      'converge:web1:stores',
      'prove:*:stores',
      'empty:web1:before',
      'muc-publish:main:mappings',
      'converge:web1:mappings',
      'settle:*:mappings',
      'empty:main:after',
      'prove:*:mappings',
    ];
    const positions = order.map((id) => at(changes, id));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it('waits for what must come first: every dependency is in the list and before it', () => {
    changes.forEach((change, index) => {
      for (const id of change.after) expect(at(changes, id)).toBeLessThan(index);
    });
  });

  it('converges every Moodle node, also one that serves no pages', () => {
    for (const name of ['main', 'web1', 'web2']) at(changes, `converge:${name}:mappings`);
    expect(changes.some((c) => c.node === 'cache1')).toBe(false);
  });

  it('empties shared stores once and local ones on every node', () => {
    const items = (id: string) => (changes[at(changes, id)] as Extract<Change, { kind: 'empty' }>).items.map((i) => i.store);
    expect(items('empty:main:after')).toEqual(['app', 'default_application', 'near']);
    expect(items('empty:web2:after')).toEqual(['near']);
  });

  it('proves nothing about stores that no other node could read', () => {
    const prove = changes[at(changes, 'prove:*:mappings')] as Extract<Change, { kind: 'prove' }>;
    expect(prove.stores.map((s) => s.name)).toEqual(['app', 'near']);
  });

  it('proves an instance that was there before anything is mapped to it for the first time', () => {
    const only = mucChanges({ ...input, storeEdits: [] });
    const prove = only[at(only, 'prove:*:stores')] as Extract<Change, { kind: 'prove' }>;
    expect(prove.stores.map((s) => s.name)).toEqual(['app', 'near']);
    expect(at(only, 'prove:*:stores')).toBeLessThan(at(only, 'muc-publish:main:mappings'));
  });

  it('reloads PHP node by node when a memcached instance is edited, and only then', () => {
    const edit = (plugin: string) =>
      mucChanges({ ...input, storeEdits: [{ edit: 'store', action: 'edit', name: 'app', plugin, configuration: {}, why: 'because' }] });
    const converge = edit('memcached').filter((c) => c.kind === 'converge' && c.id.endsWith(':stores'));
    expect(converge.map((c) => [c.node, c.kind === 'converge' && c.reload, c.lane])).toEqual([
      ['main', false, 'parallel'],
      ['web1', true, 'serial'],
      ['web2', true, 'serial'],
    ]);
    expect(converge[2]?.after).toEqual(['converge:web1:stores']);
    expect(edit('redis').some((c) => c.kind === 'converge' && c.reload)).toBe(false);
    expect(changes.some((c) => c.kind === 'converge' && c.reload)).toBe(false);
  });

  it('gives every change an id of its own', () => {
    expect(new Set(changes.map((c) => c.id)).size).toBe(changes.length);
  });

  it('has nothing to do without edits', () => {
    expect(mucChanges({ ...input, storeEdits: [], mappingEdits: [] })).toEqual([]);
  });
});
