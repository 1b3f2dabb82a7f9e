/** Whether `$CFG->localcachedir` is a folder of the node itself, told from its path and from the file system it lies on. */

import type { MoodleNodeFacts } from './facts.js';

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

/** Where localcachedir lies; null when none is set. */
export function localcacheOn({ localcachedir, localcacheMount: mount, datarootMount: share, ...dirs }: MoodleNodeFacts): LocalcacheOn | null {
  if (localcachedir === '') return null;
  const paths = [localcachedir, mount?.path ?? localcachedir];
  if (paths.some((path) => isBelow(path, dirs.dataroot) || isBelow(path, dirs.cachedir))) return 'share';
  if (!mount || OWN_FS.test(mount.fsType)) return 'node';
  const same =
    mount.fsType === share.fsType && ((mount.device !== '' && mount.device === share.device) || (mount.source !== '' && mount.source === share.source));
  if (same) return 'share';
  return NETWORK_FS.test(mount.fsType) ? 'network' : 'node';
}

/** Folders known to be one for all nodes: the share, and localcachedir where it lies on it against all advice. A tempdir elsewhere may well be each node's own. */
export function sharedDirs(moodle: MoodleNodeFacts): readonly string[] {
  const { dataroot, cachedir, localcachedir } = moodle;
  return [dataroot, cachedir, ...(localcacheOn(moodle) === 'share' ? [localcachedir] : [])].filter((dir) => dir !== '');
}
