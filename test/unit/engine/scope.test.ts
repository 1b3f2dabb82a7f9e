import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { MoodleNodeFacts } from '../../../src/core/facts.js';
import { sharedDirs } from '../../../src/core/local-folder.js';
import { isSharedStore } from '../../../src/core/store-scope.js';
import { fillBreakGlass } from '../../../src/engine/break-glass.js';
import { chosenPoints } from '../../../src/engine/commands/rollback.js';
import { isStale } from '../../../src/engine/lock.js';
import type { RestorePoint } from '../../../src/records/site-record.js';

const DIRS = ['/mnt/moodledata', '/mnt/moodledata/cache'];

describe('is a store one for all nodes', () => {
  it.each([
    ['apcu', {}, false],
    ['file', {}, true],
    ['file', { path: '/var/cache/moodle' }, false],
    ['file', { path: '/mnt/moodledata/cache/x' }, true],
    ['redis', { server: '10.0.0.1:6379' }, true],
    ['redis', { server: '127.0.0.1:6379' }, false],
    ['redis', { server: '/run/redis.sock' }, false],
    ['memcached', { servers: [['cache1', '11211']] }, true],
    ['memcached', { servers: [['localhost', '11211']] }, false],
    ['memcached', { servers: [['localhost', '11211']], clustered: true }, true],
    ['mongodb', { server: 'mongodb://u:p@127.0.0.1:27017/x' }, false],
    ['mongodb', { server: 'mongodb://db1:27017' }, true],
  ])('%s %j: %s', (plugin, configuration, shared) => {
    expect(isSharedStore({ plugin, configuration }, DIRS)).toBe(shared);
  });

  it.each([
    ['on a disk of the node', { path: '/var/local/cache', device: '8:1', fsType: 'ext4', source: '/dev/sda1' }, false],
    ['a link into the dataroot', { path: '/mnt/moodledata/local', device: '0:50', fsType: 'nfs4', source: 'nas:/moodle' }, true],
    ['another folder of the same export', { path: '/var/local/cache', device: '0:50', fsType: 'nfs4', source: 'nas:/moodle' }, true],
  ])('a folder below localcachedir, which is %s', (_where, localcacheMount, shared) => {
    const moodle = {
      dataroot: '/mnt/moodledata',
      cachedir: '/mnt/moodledata/cache',
      tempdir: '/mnt/moodledata/temp',
      localcachedir: '/var/local/cache',
      localcacheMount,
      datarootMount: { device: '0:50', inode: '1', fsType: 'nfs4', source: 'nas:/moodle' },
    } as MoodleNodeFacts;
    expect(isSharedStore({ plugin: 'file', configuration: { path: '/var/local/cache/muc' } }, sharedDirs(moodle))).toBe(shared);
  });
});

describe('which restore points a rollback takes', () => {
  const point = (id: string, state: RestorePoint['state'], kind: RestorePoint['kind'] = 'apply') => ({ id, state, kind }) as RestorePoint;
  const points = [point('a', 'rolled-back'), point('b', 'applied'), point('c', 'applied'), point('d', 'open', 'safety')];

  it('takes the newest apply that is not rolled back; never a safety copy', () => {
    expect(chosenPoints(points, null).map((p) => p.id)).toEqual(['c']);
    expect(chosenPoints([points[0] as RestorePoint, points[3] as RestorePoint], null)).toEqual([]);
  });

  it('takes all down to the one named, newest first', () => {
    expect(chosenPoints(points, 'b').map((p) => p.id)).toEqual(['c', 'b']);
  });

  it('has nothing to do for one that is rolled back, and names one that is not there', () => {
    expect(chosenPoints(points, 'a')).toEqual([]);
    expect(() => chosenPoints(points, 'x')).toThrow('"x"');
  });
});

describe('a stale lock', () => {
  const holder = { token: 't', run: 'r', user: 'root', host: hostname(), pid: 1, processStart: '1', since: '' };
  it('is only one whose process is gone on this very machine', () => {
    expect(isStale({ ...holder, pid: 2 ** 30 })).toBe(true);
    expect(isStale({ ...holder, pid: 2 ** 30, host: 'elsewhere' })).toBe(false);
    expect(isStale({ ...holder, pid: 2 ** 30, processStart: '' })).toBe(false);
  });
});

describe('the break-glass script', () => {
  it('quotes every value for the shell and misses none', () => {
    expect(fillBreakGlass('a=@@MUC@@', { MUC: "/d/it's $(x)" })).toBe("a='/d/it'\\''s $(x)'");
    expect(() => fillBreakGlass('@@NOPE@@', {})).toThrow('NOPE');
  });
});
