/** Whether a store is one for all nodes: the same answer for the advice and for what a run empties. */

import { describe, expect, it } from 'vitest';
import { adviceContext } from '../../../src/advice/gather.js';
import type { Cluster } from '../../../src/core/cluster.js';
import type { ClusterFacts, FolderMount, MucStore } from '../../../src/core/facts.js';
import { repairStage } from '../../../src/engine/muc/repair-plan.js';
import { storeUses } from '../../../steps/caches/lib/store-edits.js';
import { answersOf, mucConfig, type SiteOptions, siteFacts } from '../advice/fixture.js';

const { answers, cluster: TWO } = answersOf('');
const ONE: Cluster = { ...TWO, nodes: TWO.nodes.filter((n) => n.name !== 'web1') };
const LEFT_OUT: Cluster = { ...TWO, nodes: TWO.nodes.map((n) => (n.name === 'web1' ? { ...n, state: 'out' } : n)) };

/** What both callers say of the store "it". */
function told(store: Pick<MucStore, 'plugin' | 'configuration'>, cluster = TWO, options: SiteOptions = {}, bend: (facts: any) => void = () => {}) {
  const it: MucStore = { name: 'it', default: false, ...store };
  const facts = structuredClone(siteFacts({ ...options, stores: [it] })) as ClusterFacts;
  bend(facts);
  const advice = storeUses(adviceContext(cluster, answers, facts), []);
  const config = mucConfig({ stores: [it], muc: { modeMappings: { 1: ['it'], 2: ['default_session'], 4: ['default_request'] } } });
  const stage = repairStage({ cluster, facts, trouble: '', remedy: { from: 'last-good', what: '' }, config, before: null, result: 'x' });
  const proof = stage.changes.flatMap((c) => (c.kind === 'prove' ? c.stores : []));
  return { advice: advice.find((s) => s.name === 'it')?.shared, run: proof.find((s) => s.name === 'it')?.shared };
}

type Row = readonly [plugin: string, configuration: MucStore['configuration'], shared: boolean];
const ROWS: readonly Row[] = [
  ['apcu', {}, false],
  ['file', {}, true],
  ['file', { path: '/var/cache/moodle' }, false],
  ['file', { path: '/srv/moodledata/cache/x' }, true],
  ['file', { path: '/srv/moodledata/temp/x' }, true],
  ['redis', { server: '10.0.0.1:6379' }, true],
  ['redis', { server: 'cache1' }, true],
  ['redis', { server: '127.0.0.1:6379' }, false],
  ['redis', { server: 'localhost' }, false],
  ['redis', { server: '/run/redis.sock' }, false],
  ['redis', { server: 'unix:///run/redis.sock' }, false],
  ['redis', { server: '10.0.0.1:6379\n127.0.0.1:6380', clustermode: 1 }, false],
  ['memcached', { servers: [['cache1', '11211']] }, true],
  ['memcached', { servers: [['localhost', '11211']] }, false],
  ['memcached', { servers: [['/run/memcached.sock', '0']] }, false],
  [
    'memcached',
    {
      servers: [
        ['cache1', '11211'],
        ['127.0.0.1', '11211'],
      ],
    },
    false,
  ],
  ['memcached', { servers: [['localhost', '11211']], clustered: true, setservers: [['10.0.0.10'], ['10.0.0.21']] }, true],
  ['memcached', { servers: [['localhost', '11211']], clustered: true, setservers: [['127.0.0.1'], ['10.0.0.21']] }, false],
  ['mongodb', {}, false],
  ['mongodb', { server: 'mongodb://u:p@127.0.0.1:27017/x' }, false],
  ['mongodb', { server: 'mongodb://127.0.0.1,10.0.0.5' }, false],
  ['mongodb', { server: 'mongodb://u:p@10.0.0.4:27017,10.0.0.5:27017/x?replicaSet=r' }, true],
  ['mongodb', { server: 'mongodb://%2Ftmp%2Fmongodb-27017.sock' }, false],
  ['rediscluster', { server: 'cache1' }, true],
];

describe('is a store one for all nodes', () => {
  it.each(ROWS)('%s %j on two nodes: %s', (plugin, configuration, shared) => {
    expect(told({ plugin, configuration })).toEqual({ advice: shared, run: shared });
  });

  it.each(ROWS)('%s %j on the only node', (plugin, configuration) => {
    expect(told({ plugin, configuration }, ONE)).toEqual({ advice: plugin !== 'apcu', run: plugin !== 'apcu' });
  });

  it('a node that is left out is one of several all the same', () => {
    expect(told({ plugin: 'redis', configuration: { server: '127.0.0.1' } }, LEFT_OUT)).toEqual({ advice: false, run: false });
  });
});

describe('a file store in a folder that may be anything', () => {
  const NFS: FolderMount = { path: '/elsewhere', device: '1', fsType: 'nfs4', source: 'nas:/moodle' };
  const EXT4: FolderMount = { path: '/elsewhere', device: '8:1', fsType: 'ext4', source: '/dev/sda1' };
  const inStore = { plugin: 'file', configuration: { path: '/elsewhere/muc' } };
  const set = (folder: 'localcache' | 'cache' | 'temp', path: string, mount: FolderMount | undefined) => (facts: any) => {
    for (const node of [facts.nodes.main, facts.nodes.web1]) {
      node.moodle[`${folder}dir`] = path;
      node.moodle[`${folder}dirMount`] = mount;
      if (folder === 'localcache') node.moodle.localcacheMount = mount;
    }
  };

  it.each<[string, Parameters<typeof set>, boolean]>([
    ['localcachedir on a disk of the node', ['localcache', '/elsewhere', EXT4], false],
    ['localcachedir that is a link into dataroot', ['localcache', '/elsewhere', { ...NFS, path: '/srv/moodledata/local' }], true],
    ['localcachedir on the export of dataroot', ['localcache', '/elsewhere', NFS], true],
    ['tempdir that nobody knows', ['temp', '/elsewhere', undefined], false],
    ['tempdir on the export of dataroot', ['temp', '/elsewhere', NFS], true],
    ['tempdir on each node alone', ['temp', '/elsewhere', EXT4], false],
    ['cachedir that nobody knows', ['cache', '/elsewhere', undefined], true],
    ['cachedir on each node alone', ['cache', '/elsewhere', EXT4], false],
  ])('%s', (_where, how, shared) => {
    expect(told(inStore, TWO, {}, set(...how))).toEqual({ advice: shared, run: shared });
  });

  it('one without a path lies in cachedir, and is as private as that', () => {
    const none = { plugin: 'file', configuration: {} };
    const below = { plugin: 'file', configuration: { path: '/srv/moodledata/cache/muc' } };
    const memory = set('cache', '/srv/moodledata/cache', { ...EXT4, path: '/srv/moodledata/cache', fsType: 'tmpfs', device: '0:60' });
    expect(told(none, TWO, {}, set('cache', '/elsewhere', EXT4))).toEqual({ advice: false, run: false });
    expect(told(none, TWO, {}, memory)).toEqual({ advice: false, run: false });
    expect(told(below, TWO, {}, memory)).toEqual({ advice: false, run: false });
  });
});
