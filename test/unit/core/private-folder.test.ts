/** Whether cachedir or tempdir is several folders, by the disks it lies on. */

import { describe, expect, it } from 'vitest';
import type { FolderMount, NodeFacts } from '../../../src/core/facts.js';
import { privateFolder, sharedDirs } from '../../../src/core/local-folder.js';
import { CLUSTER, facts, MOODLE, moodleNode } from '../survey/world.js';

const NFS: FolderMount = { path: '/srv/cache', device: '0:50', fsType: 'nfs4', source: 'nas:/cache' };
const EXT4: FolderMount = { path: '/srv/cache', device: '8:17', fsType: 'ext4', source: '/dev/sdb1' };
const EXPORTED = { ...MOODLE.datarootMount, device: '8:17', fsType: 'ext4', source: '/dev/sdb1' };
const THREE = { ...CLUSTER, nodes: CLUSTER.nodes.map((n) => (n.name === 'cache1' ? { ...n, roles: [...n.roles, 'web' as const] } : n)) };

const node = (name: string, mount: FolderMount | undefined, datarootMount = MOODLE.datarootMount, of: Partial<NodeFacts> = {}) =>
  moodleNode(name, { cachedir: '/srv/cache', datarootMount, ...(mount ? { cachedirMount: mount, tempdirMount: mount } : {}) }, of);
const privateOn = (nodes: Readonly<Record<string, NodeFacts>>, cluster = CLUSTER) => {
  const found = privateFolder('cachedir', cluster, facts(nodes)).map((o) => o.node);
  expect(privateFolder('tempdir', cluster, facts(nodes)).map((o) => o.node)).toEqual(found);
  expect(sharedDirs(cluster, facts(nodes)).includes('/srv/cache')).toBe(found.length === 0);
  return found;
};

describe('a folder that ought to be one for all nodes', () => {
  it('is nobody’s own on a network disk, or where an older record does not tell', () => {
    expect(privateOn({ main: node('main', NFS), web1: node('web1', NFS) })).toEqual([]);
    expect(privateOn({ main: node('main', undefined), web1: node('web1', undefined) })).toEqual([]);
    expect(privateOn({ main: node('main', EXT4), web1: node('web1', undefined) })).toEqual([]);
  });

  it('may be served by the one node that has it on a disk of its own', () => {
    expect(privateOn({ main: node('main', EXT4), web1: node('web1', NFS) })).toEqual([]);
    expect(privateOn({ main: node('main', NFS), web1: node('web1', EXT4) })).toEqual([]);
    expect(privateOn({ main: node('main', EXT4, EXPORTED), web1: node('web1', NFS) })).toEqual([]);
  });

  it('is private where two nodes have disks of their own', () => {
    expect(privateOn({ main: node('main', EXT4), web1: node('web1', EXT4) })).toEqual(['main', 'web1']);
    expect(privateOn({ main: node('main', EXT4), web1: node('web1', { ...EXT4, fsType: 'tmpfs', device: '0:61', source: 'tmpfs' }) })).toEqual([
      'main',
      'web1',
    ]);
  });

  it('is private on a node that forgot the mount, beside the one that serves the others', () => {
    const forgot = node('cache1', { ...EXT4, device: '8:1', source: '/dev/sda1' });
    expect(privateOn({ main: node('main', EXT4, EXPORTED), web1: node('web1', NFS), cache1: forgot }, THREE)).toEqual(['main', 'cache1']);
  });

  it('is as shared as dataroot where it lies with it, and on containers of one machine with one disk', () => {
    expect(privateOn({ main: node('main', EXT4, EXPORTED), web1: node('web1', EXT4, EXPORTED) })).toEqual([]);
    const same = { bootId: 'one' };
    expect(privateOn({ main: node('main', EXT4, undefined, same), web1: node('web1', EXT4, undefined, same) })).toEqual([]);
  });

  it('is no question with one Moodle node', () => {
    const one = { ...CLUSTER, nodes: CLUSTER.nodes.filter((n) => n.name !== 'web1') };
    expect(privateOn({ main: node('main', EXT4) }, one)).toEqual([]);
  });
});
