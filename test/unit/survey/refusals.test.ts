import { describe, expect, it } from 'vitest';
import type { MoodleNodeFacts, NodeFacts } from '../../../src/core/facts.js';
import { siteRefusals } from '../../../src/survey/findings.js';
import { CLUSTER, facts, MOODLE, moodleNode, nodeFacts, POOL } from './world.js';

const told = (replace: Readonly<Record<string, NodeFacts>>) =>
  siteRefusals(CLUSTER, facts(replace)).map((e) => ({ code: e.code, nodes: e.nodes, message: e.message, remedies: e.remedies }));
const web1 = (bend: Partial<MoodleNodeFacts>, of: Partial<NodeFacts> = {}) => told({ web1: moodleNode('web1', bend, of) });
const both = (bend: Partial<MoodleNodeFacts>) => told({ main: moodleNode('main', bend), web1: moodleNode('web1', bend) });

describe('what stops a run', () => {
  it('is nothing when all is well', () => {
    expect(told({})).toEqual([]);
  });

  it('always comes with something to do', () => {
    const many = told({
      main: moodleNode('main', { alternativeCacheFactory: 'x', mucLock: { path: '/l', exists: true, ageSeconds: 90 } }),
      web1: moodleNode('web1', { versionsHash: 'z' }, { sitePool: null }),
    });
    expect(many.length).toBeGreaterThan(2);
    for (const error of many) expect(error.remedies.length).toBeGreaterThan(0);
  });

  it('names systems that are not known, but leaves the database alone', () => {
    const windows = { id: 'windows', versionId: '2022', name: 'Windows Server', family: 'other' } as const;
    expect(told({ cache1: nodeFacts('cache1', { os: windows }) })).toMatchObject([
      { code: 'platform-refused', nodes: ['cache1'], message: expect.stringContaining('Windows') },
    ]);
    expect(told({ db1: nodeFacts('db1', { os: windows }) })).toEqual([]);
  });

  it('tells a dirroot that is no Moodle, and a node without PHP', () => {
    expect(told({ web1: nodeFacts('web1', { moodleError: 'holds no config.php', phpBinary: '/usr/bin/php' }) })).toMatchObject([
      { code: 'not-a-moodle', nodes: ['web1'], message: expect.stringContaining('holds no config.php') },
    ]);
    expect(told({ web1: nodeFacts('web1', { moodleError: 'There is no PHP' }) })).toMatchObject([{ code: 'package-missing', nodes: ['web1'] }]);
  });

  it('refuses a Moodle or a PHP that is too old', () => {
    expect(both({ branch: '23' })[0]).toMatchObject({ code: 'platform-refused', message: expect.stringContaining('Moodle 2.3') });
    expect(both({ branch: '26', phpVersion: '5.3.29', cli: { ...MOODLE.cli, version: '8.2.1' } })[0]).toMatchObject({
      code: 'platform-refused',
      message: expect.stringContaining('PHP 5.3.29'),
    });
  });
});

describe('an upgrade that is pending', () => {
  const site = (upgradePending: boolean) => ({
    upgradePending,
    siteIdentifier: 'x',
    sessionHandler: '',
    lockFactory: '',
    plugins: [],
    definitions: [],
    mucHashBefore: '',
    mucHashAfter: '',
  });

  it('is told as soon as Moodle was started, with the command that ends it', () => {
    expect(siteRefusals(CLUSTER, { ...facts({}), site: site(false) })).toEqual([]);
    const [error] = siteRefusals(CLUSTER, { ...facts({}), site: site(true) });
    expect(error).toMatchObject({ code: 'upgrade-pending', nodes: ['main'] });
    expect(error?.remedies[0]).toContain('admin/cli/upgrade.php');
  });
});

describe('nodes that differ', () => {
  it('names the node and how its code differs', () => {
    const [release] = web1({ versionsHash: 'z', release: '4.5.4' });
    expect(release).toMatchObject({ code: 'nodes-differ', nodes: ['web1', 'main'] });
    expect(release?.message).toContain('4.5.4');
    const [plugins] = web1({ versionsHash: 'z', storePlugins: { ...MOODLE.storePlugins, memcached: 1 } });
    expect(plugins?.message).toContain('Only on web1: cache store plugin memcached');
  });

  it.each([
    ['$CFG->dbhost', { db: { ...MOODLE.db, host: 'db2' } }],
    ['$CFG->prefix', { db: { ...MOODLE.db, prefix: 'm_' } }],
    ['$CFG->wwwroot', { wwwroot: 'http://other' }],
    ['$CFG->dataroot', { dataroot: '/srv/data' }],
    ['$CFG->cachedir', { cachedir: '/var/cache/moodle' }],
  ])('names the setting %s', (name, bend) => {
    expect(web1(bend)).toMatchObject([{ code: 'nodes-differ', message: expect.stringContaining(name) }]);
  });

  it('tells a dataroot that is not shared, by content, by change time, by absence', () => {
    expect(web1({ mucFile: { ...MOODLE.mucFile, sha256: 'e'.repeat(64) } })[0]?.message).toContain('has other content');
    expect(web1({}, { mucStamp: '1 100.6' })[0]?.message).toContain('another file');
    expect(web1({ mucFile: { path: MOODLE.mucFile.path, exists: false } })[0]?.message).toContain('only one of them');
    expect(web1({ datarootMount: { ...MOODLE.datarootMount, device: '0:99' } })).toEqual([]);
  });

  it('tells a cachedir that each node has on a disk of its own, and how to have one', () => {
    const ext4 = { path: '/var/cache/moodle', device: '8:1', fsType: 'ext4', source: '/dev/sda1' };
    const nfs = { ...ext4, device: '0:50', fsType: 'nfs4', source: 'nas:/cache' };
    const at = (main: typeof ext4, web1: typeof ext4, cachedir = '/var/cache/moodle') =>
      told({ main: moodleNode('main', { cachedir, cachedirMount: main }), web1: moodleNode('web1', { cachedir, cachedirMount: web1 }) });
    expect(at(nfs, nfs)).toEqual([]);
    expect(at(ext4, nfs)).toEqual([]);
    const [error, ...more] = at(ext4, { ...ext4, fsType: 'xfs' });
    expect(more).toEqual([]);
    expect(error).toMatchObject({ code: 'nodes-differ', nodes: ['main', 'web1'] });
    expect(error?.message).toContain('main: ext4 (/dev/sda1); web1: xfs (/dev/sda1)');
    expect(error?.remedies[0]).toContain('remove the setting from /var/www/moodle/config.php on every node, and Moodle uses /mnt/data/cache');
    const tmpfs = { path: '/mnt/data/cache', device: '0:61', fsType: 'tmpfs', source: 'tmpfs' };
    const share = { ...tmpfs, device: '0:40', fsType: 'nfs4', source: 'nas:/moodle' };
    expect(at(share, share, '/mnt/data/cache')).toEqual([]);
    expect(at(tmpfs, tmpfs, '/mnt/data/cache')[0]?.remedies[0]).toContain('Remove the mount or the link');
    expect(at(ext4, tmpfs, '/mnt/data/cache')[0]?.message).toContain('main: ext4 (/dev/sda1), really /var/cache/moodle; web1: tmpfs (tmpfs).');
  });

  it('explains what is lost when a store plugin is missing on a node', () => {
    const config = MOODLE.muc.state === 'ok' ? MOODLE.muc.config : null;
    if (!config) throw new Error('no config');
    const muc = {
      state: 'ok',
      config: { ...config, stores: [...config.stores, { name: 'mem', plugin: 'memcached', configuration: {}, default: false }] },
    } as const;
    const errors = told({ main: moodleNode('main', { muc, storePlugins: { ...MOODLE.storePlugins, memcached: 1 } }), web1: moodleNode('web1', { muc }) });
    expect(errors).toMatchObject([{ code: 'nodes-differ', nodes: ['web1'] }]);
    expect(errors[0]?.message).toContain('"mem" (cache/stores/memcached)');
    expect(errors[0]?.message).toContain('vanish');
  });
});

describe('the MUC file', () => {
  it('that is corrupt, or does not name its site, points at its repair, once for all nodes', () => {
    expect(both({ muc: { state: 'corrupt', reason: 'it lists no cache stores' } })).toMatchObject([
      {
        code: 'muc-corrupt',
        nodes: ['main', 'web1'],
        message: expect.stringContaining('it lists no cache stores'),
        remedies: expect.arrayContaining([expect.stringContaining('repair --yes')]),
      },
    ]);
    const nameless = MOODLE.muc.state === 'ok' ? { state: 'ok' as const, config: { ...MOODLE.muc.config, siteIdentifier: 'unknown' } } : MOODLE.muc;
    expect(both({ muc: nameless })).toMatchObject([{ code: 'muc-corrupt', nodes: ['main', 'web1'], message: expect.stringContaining('siteidentifier') }]);
  });

  it('that is missing is told', () => {
    expect(both({ muc: { state: 'missing' }, mucFile: { path: '/mnt/data/muc/config.php', exists: false } })).toMatchObject([
      { code: 'muc-corrupt', message: expect.stringContaining('no cache configuration') },
    ]);
  });

  it('is locked by a dead process only after a while', () => {
    expect(both({ mucLock: { path: '/l', exists: true, ageSeconds: 5 } })).toEqual([]);
    expect(both({ mucLock: { path: '/l', exists: true, ageSeconds: 61 } })).toMatchObject([
      { code: 'muc-lock-stale', message: expect.stringContaining('61 s') },
    ]);
    expect(both({ mucLock: { path: '/l', exists: true, ageSeconds: 200_000 } })[0]?.message).toContain('2 days');
  });

  it('is not called missing on a node that only looks elsewhere', () => {
    const elsewhere = moodleNode('web1', {
      altCacheConfigPath: '/srv/muc',
      muc: { state: 'missing' },
      mucFile: { path: '/srv/muc/cacheconfig.php', exists: false },
    });
    expect(told({ web1: elsewhere })).toMatchObject([
      { code: 'altcacheconfigpath', nodes: ['web1'], message: expect.stringContaining('main does not have this setting') },
    ]);
  });

  it('is not asked when another cache factory is set', () => {
    expect(both({ alternativeCacheFactory: 'tool_forcedcache_cache_factory', muc: { state: 'corrupt', reason: 'x' } })).toMatchObject([
      { code: 'cache-factory', nodes: ['main', 'web1'] },
    ]);
  });
});

describe('altcacheconfigpath', () => {
  const at = (alt: string | null, path: string, sha = 'f'): Partial<MoodleNodeFacts> => ({
    altCacheConfigPath: alt,
    mucFile: { ...MOODLE.mucFile, path, sha256: sha.repeat(64) },
  });

  it('is fine when it is one file for all', () => {
    expect(both(at('/mnt/data/alt', '/mnt/data/alt/cacheconfig.php'))).toEqual([]);
    expect(both(at('/mnt/data/alt.php', '/mnt/data/alt.php'))).toEqual([]);
  });

  it.each([
    ['set on one node only', at('/mnt/alt.php', '/mnt/alt.php'), at(null, '/mnt/data/muc/config.php'), 'is not set'],
    ['another path', at('/mnt/alt.php', '/mnt/alt.php'), at('/mnt/b.php', '/mnt/b.php'), 'is "/mnt/b.php"'],
    ['not writable on one node', at('/mnt/alt.php', '/mnt/alt.php'), at('/mnt/alt.php', '/mnt/data/muc/config.php'), 'cannot write'],
    ['a local file', at('/mnt/alt.php', '/mnt/alt.php'), at('/mnt/alt.php', '/mnt/alt.php', 'e'), "web1's own"],
  ])('is refused when it is %s', (_name, main, other, words) => {
    const errors = told({ main: moodleNode('main', main), web1: moodleNode('web1', other) }).filter((e) => e.code === 'altcacheconfigpath');
    expect(errors).toMatchObject([{ nodes: ['web1'], message: expect.stringContaining(words) }]);
  });

  it('is refused when the same text is in two files', () => {
    const bend = at('/mnt/alt.php', '/mnt/alt.php');
    expect(told({ main: moodleNode('main', bend), web1: moodleNode('web1', bend, { mucStamp: '1 9.9' }) })).toMatchObject([{ code: 'altcacheconfigpath' }]);
  });
});

describe('the pool', () => {
  it('must be found on web nodes', () => {
    expect(web1({}, { sitePool: null })).toMatchObject([{ code: 'platform-refused', message: expect.stringContaining('serves /var/www/moodle') }]);
  });

  it('must have a command line of its PHP', () => {
    expect(web1({ cli: { ...MOODLE.cli, version: '8.4.1' } })).toMatchObject([{ code: 'package-missing', message: expect.stringContaining('PHP 8.2') }]);
  });

  it('must answer, or says what is in the way', () => {
    const { web: _web, ...silent } = POOL;
    expect(web1({}, { pools: [{ ...silent, probeError: 'open_basedir of the pool keeps it' }] })).toMatchObject([
      { code: 'platform-refused', remedies: [expect.stringContaining('open_basedir')] },
    ]);
    expect(web1({}, { pools: [{ ...silent, probeError: 'Its PHP-FPM is not running.' }] })).toMatchObject([
      { code: 'service-unreachable', remedies: [expect.stringContaining('systemctl status')] },
    ]);
    expect(web1({}, { pools: [{ ...silent, kind: 'apache', probeError: 'mod_php' }] })).toMatchObject([
      { code: 'platform-refused', remedies: [expect.stringContaining('PHP-FPM')] },
    ]);
  });
});
