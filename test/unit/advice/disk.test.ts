/** How fast the shared disk counts as long as nothing was measured: by its kind. */

import { describe, expect, it } from 'vitest';
import { inputOf } from './fixture.js';

describe('a shared disk that was not measured', () => {
  it.each(['nfs', 'nfs4', 'cifs', 'smb3', 'ceph', 'fuse.sshfs', 'fuse.s3fs', 'fuse.mfs', 'glusterfs', 'gpfs', 'beegfs', 'virtiofs', '9p'])(
    '%s is a network disk and counts as slow',
    (fsType) => {
      expect(inputOf('', { fsType }).advice.summary).toContain(`The shared disk is a network disk (${fsType}) and was not measured, so it counts as slow.`);
    },
  );

  it.each(['ext4', 'xfs', 'fuse.fuse-overlayfs'])('%s counts as fast', (fsType) => {
    expect(inputOf('', { fsType }).advice.summary).toContain(`The shared disk is ${fsType} and counts as fast.`);
  });
});
