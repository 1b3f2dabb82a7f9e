import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../../src/core/facts.js';
import { nodeFindings } from '../../../src/survey/findings.js';
import { moodleSupport, osSupport, phpSupport } from '../../../src/survey/support.js';
import { CLUSTER, facts, MOODLE, moodleNode, nodeFacts, POOL } from './world.js';

const rows = (replace: Readonly<Record<string, NodeFacts>>) => nodeFindings(CLUSTER, facts(replace));
const of = (id: string, replace: Readonly<Record<string, NodeFacts>>) => rows(replace).find((r) => r.id === id);

describe('findings', () => {
  it('has nothing to complain of in a cluster that is as it should be', () => {
    expect(rows({}).filter((r) => r.level !== 'ok')).toEqual([]);
    expect(new Set(rows({}).map((r) => r.id)).size).toBe(rows({}).length);
  });

  it('warns of clocks more than a second apart, ahead or behind', () => {
    expect(of('node.clock:web1', { web1: moodleNode('web1', {}, { clockSkew: 0.99 }) })).toBeUndefined();
    expect(of('node.clock:web1', { web1: moodleNode('web1', {}, { clockSkew: -1.2 }) })).toMatchObject({
      level: 'warning',
      is: expect.stringContaining('1.2 s behind'),
    });
    expect(of('node.clock:db1', { db1: nodeFacts('db1', { clockSkew: 4 }) })).toMatchObject({ is: expect.stringContaining('ahead of') });
  });

  it('says how well a system is known', () => {
    expect(
      of('node.os:cache1', { cache1: nodeFacts('cache1', { os: { id: 'rocky', versionId: '9.4', name: 'Rocky Linux 9.4', family: 'rhel' } }) }),
    ).toMatchObject({ level: 'note', is: expect.stringContaining('expected') });
    expect(of('node.os:cache1', { cache1: nodeFacts('cache1', { os: { id: 'alpine', versionId: '3', name: 'Alpine', family: 'other' } }) })).toMatchObject({
      level: 'warning',
    });
  });

  it('tells what a trial, a reload, OPcache and neighbours mean', () => {
    const bent = moodleNode(
      'web1',
      {},
      {
        systemd: false,
        selinux: 'enforcing',
        firewall: 'firewalld running',
        otherSites: ['/srv/wiki', '/srv/moodle-staging'],
        clones: ['/srv/moodle-staging'],
        pools: [
          { ...POOL, processControlTimeout: 0, web: { version: '8.2.28', sapi: 'fpm-fcgi', extensions: {}, ini: { 'opcache.validate_timestamps': '0' } } },
          { ...POOL, name: 'wiki', user: 'wiki' },
        ],
        notes: ['nginx -T: broken'],
      },
    );
    const found = rows({ web1: bent }).filter((r) => r.node === 'web1' && r.level !== 'ok');
    expect(found.map((r) => r.id)).toEqual(
      ['systemd', 'selinux', 'firewall', 'graceful', 'opcache', 'pools', 'other-sites', 'clone-0', 'note-0'].map((k) => `node.${k}:web1`),
    );
  });

  it('tells a local cache on the same share outside dataroot, and one on another network disk', () => {
    const told = (fsType: string, source: string) => {
      const localcacheMount = { path: '/srv/share/local', device: '0:77', fsType, source };
      const found = rows({ web1: moodleNode('web1', { localcachedir: '/srv/share/local', localcacheMount }) });
      return found.find((r) => r.id === 'node.localcachedir:web1')?.is;
    };
    expect(told('nfs4', 'nas:/moodle')).toBe('/srv/share/local (on the shared disk)');
    expect(told('cifs', '//nas/other')).toBe('/srv/share/local (on a network disk, cifs)');
    expect(told('ext4', '/dev/sda1')).toBeUndefined();
  });

  it('tells a PHP that differs from main, few input variables, a shared local cache, a strange owner', () => {
    const bent = moodleNode('web1', {
      phpVersion: '8.1.2',
      localcachedir: '/mnt/data/localcache',
      mucFile: { ...MOODLE.mucFile, owner: 'apache' },
      cli: { ...MOODLE.cli, ini: { max_input_vars: '1000' } },
    });
    const keys = rows({ web1: bent })
      .filter((r) => r.node === 'web1' && r.level !== 'ok')
      .map((r) => r.id);
    expect(keys).toEqual(['php-same', 'max-input-vars', 'muc-owner', 'localcachedir'].map((k) => `node.${k}:web1`));
  });
});

describe('support', () => {
  it.each([
    ['405', 'proven'],
    ['38', 'proven'],
    ['24', 'expected'],
    ['501', 'expected'],
    ['600', 'expected'],
    ['23', 'refused'],
    ['x', 'refused'],
  ])('Moodle branch %s is %s', (branch, level) => {
    expect(moodleSupport(branch).level).toBe(level);
  });

  it.each([
    ['5.3.29', 'refused'],
    ['5.4.16', 'expected'],
    ['7.4.33', 'proven'],
    ['8.2', 'proven'],
    ['8.4.1', 'expected'],
    ['9.0', 'expected'],
  ])('PHP %s is %s', (version, level) => {
    expect(phpSupport(version).level).toBe(level);
  });

  it('explains a relative without a known release', () => {
    expect(osSupport({ id: 'mint', versionId: '21', name: 'Mint', family: 'debian' })).toMatchObject({
      level: 'refused',
      why: expect.stringContaining('Debian relative'),
    });
  });
});
