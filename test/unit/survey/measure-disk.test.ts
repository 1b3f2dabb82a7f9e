/** Which places of a node are measured, and whether localcachedir is one of its own. */

import { describe, expect, it } from 'vitest';
import type { MoodleNodeFacts } from '../../../src/core/facts.js';
import { localcacheOn } from '../../../src/core/local-folder.js';
import { placesOf } from '../../../src/survey/measure/disk.js';
import { MOODLE } from './world.js';

const SHARE = { device: '0:40', inode: '2', fsType: 'nfs4', source: 'nas:/moodle' };
const at = (localcachedir: string, mount: Partial<NonNullable<MoodleNodeFacts['localcacheMount']>> = {}, share = SHARE): MoodleNodeFacts => ({
  ...MOODLE,
  localcachedir,
  datarootMount: share,
  localcacheMount: { path: localcachedir, device: '8:1', fsType: 'ext4', source: '/dev/sda1', ...mount },
});

describe('localcachedir', () => {
  it.each<[string, MoodleNodeFacts, ReturnType<typeof localcacheOn>]>([
    ['on a disk of the node', at('/var/local/m'), 'node'],
    ['below dataroot', at('/mnt/data/localcache'), 'share'],
    ['a link into dataroot', at('/var/local/m', { path: '/mnt/data/localcache' }), 'share'],
    ['beside dataroot on the same export', at('/mnt/share/local', { device: '0:40', fsType: 'nfs4', source: 'nas:/moodle' }), 'share'],
    ['on the same source, mounted once more', at('/mnt/share/local', { device: '0:41', fsType: 'nfs4', source: 'nas:/moodle' }), 'share'],
    ['on another export', at('/mnt/other', { device: '0:41', fsType: 'nfs4', source: 'nas:/other' }), 'network'],
    [
      'on a cluster file system that nobody knows',
      at('/mnt/share/local', { device: '0:40', fsType: 'newfs', source: 'x' }, { ...SHARE, fsType: 'newfs' }),
      'share',
    ],
    [
      'on the disk of the node that serves dataroot to the others',
      at('/var/local/m', {}, { ...SHARE, device: '8:1', fsType: 'ext4', source: '/dev/sda1' }),
      'node',
    ],
    ['not set', at(''), null],
  ])('%s', (_where, moodle, on) => {
    expect(localcacheOn(moodle)).toBe(on);
    expect(placesOf(moodle).find((p) => p.place === 'local')?.path).toBe(on === 'node' ? moodle.localcachedir : '/var/tmp');
  });
});
