/** A memcached that the wizard runs: packages by distribution and its unit. */

import { unitPath } from '../../../platform/managed-paths.js';
import { renderTemplate } from '../../../platform/templates.js';
import type { ManagedFile, ManagedServer, ManagedUnit } from '../server-types.js';

const PACKAGE = { packages: ['memcached'], binary: '/usr/bin/memcached', defaultUnits: ['memcached.service'] };

function files(unit: ManagedUnit): readonly ManagedFile[] {
  const content = renderTemplate('services/memcached.service', {
    description: unit.description,
    binary: unit.binary,
    memoryMax: unit.memoryMax,
    address: unit.address,
    port: unit.port,
    memory: unit.memoryMb,
    itemSize: unit.itemMb,
  });
  return [{ path: unitPath(unit.name), content, mode: 0o644, owner: 'root', group: 'root', holdsSecret: false }];
}

export const managed: ManagedServer = {
  package: (os) => (os.family === 'debian' || os.family === 'rhel' ? PACKAGE : null),
  files,
  memoryLimit: (info) => info['limit_maxbytes'],
};
