/** What a rollback may touch is exactly what a plan may make: a path that one knows and the other does not would be made and never removed. */

import { describe, expect, it } from 'vitest';
import { CONFIG_DIR, dropInDir, isOwnFile, isOwnFolder, isOwnUnit, NFTABLES_DROP_IN_DIR, ownPaths, unitName } from '../../../src/platform/managed-paths.js';

describe('the paths of a service', () => {
  it.each(ownPaths(['redis1', 'a-B-9']))('%s is known as ours', (path) => {
    const folder = path === CONFIG_DIR || path === NFTABLES_DROP_IN_DIR || path === dropInDir('redis1') || path === dropInDir('a-B-9');
    expect([isOwnFolder(path), isOwnFile(path)]).toEqual([folder, !folder]);
  });

  it('are no others', () => {
    for (const path of ['/etc/shadow', `${CONFIG_DIR}/../shadow`, '/etc/systemd/system/ssh.service', `${NFTABLES_DROP_IN_DIR}/other.conf`]) {
      expect([isOwnFile(path), isOwnFolder(path)]).toEqual([false, false]);
    }
    expect(isOwnUnit(unitName('redis1'))).toBe(true);
    expect(isOwnUnit('ssh.service')).toBe(false);
  });
});
