/** Whether a folder belongs to one node or is shared by all: derived from its path and its file system. */

import { type Cluster, mainNode, moodleNodes } from './cluster.js';
import type { ClusterFacts, FolderMount, MoodleNodeFacts } from './facts.js';

/** File systems that are reached over the network, or belong to several machines. */
export const NETWORK_FS = /^(nfs4?|cifs|smb3|smbfs|ceph|fuse\.(?!fuse-overlayfs$).*|glusterfs|gfs2|ocfs2|lustre|afs|gpfs|beegfs|9p|virtiofs)$/;
/** File systems of one machine's own disks and memory: a node that serves dataroot to the others may well have both on the same one. */
const OWN_FS = /^(ext[234]|xfs|btrfs|zfs|tmpfs|ramfs|overlay|fuse\.fuse-overlayfs|f2fs|jfs|reiserfs|bcachefs|aufs)$/;

/** `share`: on the file system of dataroot, which all nodes see. `network`: on another one, of which nobody can say whose it is. */
export type LocalcacheOn = 'node' | 'share' | 'network';

/** Whether a path is a folder or lies in it; nothing lies in an empty one. */
export function isBelow(path: string, folder: string): boolean {
  return folder !== '' && `${path}/`.startsWith(`${folder.replace(/\/+$/, '')}/`);
}

function folderOn(folder: string, mount: FolderMount | undefined, { datarootMount: share, ...dirs }: MoodleNodeFacts): LocalcacheOn {
  const paths = [folder, mount?.path ?? folder];
  if (paths.some((path) => isBelow(path, dirs.dataroot) || isBelow(path, dirs.cachedir))) return 'share';
  if (!mount || OWN_FS.test(mount.fsType)) return 'node';
  const same =
    mount.fsType === share.fsType && ((mount.device !== '' && mount.device === share.device) || (mount.source !== '' && mount.source === share.source));
  if (same) return 'share';
  return NETWORK_FS.test(mount.fsType) ? 'network' : 'node';
}

/** Where localcachedir lies; null when none is set. */
export function localcacheOn(moodle: MoodleNodeFacts): LocalcacheOn | null {
  return moodle.localcachedir === '' ? null : folderOn(moodle.localcachedir, moodle.localcacheMount, moodle);
}

/** Folders that Moodle wants to be one for all nodes, besides dataroot. */
export type CommonFolder = 'cachedir' | 'tempdir';

/** A node that has such a folder on a disk of its own. */
export interface OwnDisk {
  readonly node: string;
  readonly mount: FolderMount;
}

/**
 * The nodes that have cachedir or tempdir on a disk of their own, where that makes it several folders for certain. Empty where it may be one after
 * all: one node alone may be the file server whose disk the others mount, and what lies beside dataroot is as shared as dataroot is.
 */
export function privateFolder(folder: CommonFolder, cluster: Cluster, facts: ClusterFacts): readonly OwnDisk[] {
  const own = moodleNodes(cluster).flatMap(({ name }) => {
    const of = facts.nodes[name];
    const mount = folder === 'cachedir' ? of?.moodle?.cachedirMount : of?.moodle?.tempdirMount;
    if (!of?.moodle || !mount || !OWN_FS.test(mount.fsType)) return [];
    const withDataroot = mount.device !== '' && mount.device === of.moodle.datarootMount.device;
    // Nodes that are containers of one machine may well have the same disk.
    return [{ node: name, mount, withDataroot, disk: `${of.bootId || name} ${mount.device}` }];
  });
  const disks = new Set(own.map((o) => o.disk));
  return disks.size > 1 && own.some((o) => !o.withDataroot) ? own.map(({ node, mount }) => ({ node, mount })) : [];
}

/** Folders known to be one for all nodes, as main has them: the share, and what lies on it. A cachedir that nobody can tell of counts, a tempdir does not. */
export function sharedDirs(cluster: Cluster, facts: ClusterFacts): readonly string[] {
  const moodle = facts.nodes[mainNode(cluster).name]?.moodle;
  if (!moodle) return [];
  const { dataroot, cachedir, localcachedir, tempdir } = moodle;
  const isPrivate = (folder: CommonFolder) => privateFolder(folder, cluster, facts).length > 0;
  return [
    dataroot,
    ...(isPrivate('cachedir') ? [] : [cachedir]),
    ...(localcacheOn(moodle) === 'share' ? [localcachedir] : []),
    ...(folderOn(tempdir, moodle.tempdirMount, moodle) === 'share' && !isPrivate('tempdir') ? [tempdir] : []),
  ].filter((dir) => dir !== '');
}

/** Whether a folder is one for all nodes; a disk of the node may be mounted, or linked to, below dataroot. */
export function isSharedFolder(path: string, cluster: Cluster, facts: ClusterFacts): boolean {
  const moodle = facts.nodes[mainNode(cluster).name]?.moodle;
  const common: readonly CommonFolder[] = ['cachedir', 'tempdir'];
  const ofEach = common.filter((folder) => privateFolder(folder, cluster, facts).length > 0);
  if (moodle && ofEach.some((folder) => isBelow(path, moodle[folder]))) return false;
  return sharedDirs(cluster, facts).some((dir) => isBelow(path, dir));
}
