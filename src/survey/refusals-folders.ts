/** Folders that must be one for all nodes, and are several. Pure. */

import type { Cluster } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import type { ClusterFacts } from '../core/facts.js';
import { isBelow, privateFolder } from '../core/local-folder.js';
import { listed, remedy, sh } from '../core/remedy.js';
import type { Reader } from './reader.js';

/** The same cachedir path on two disks is two caches: what is emptied on one node is served by the other for as long as it likes. */
export function cachedirRefusals(main: Reader, cluster: Cluster, facts: ClusterFacts): readonly WizardError[] {
  const own = privateFolder('cachedir', cluster, facts);
  if (own.length === 0) return [];
  const { cachedir, dataroot, dirroot } = main.moodle;
  const nodes = own.map((o) => o.node);
  const where = own.map(({ node, mount }) => `${node}: ${mount.fsType} (${mount.source})${mount.path === cachedir ? '' : `, really ${mount.path}`}`);
  return [
    new WizardError(
      'nodes-differ',
      `$CFG->cachedir ${cachedir} is not one folder for all nodes: ${nodes.join(' and ')} have it on a disk of their own. Mounted: ${where.join('; ')}. What one node purges stays in use on the others, revoked rights included.`,
      {
        nodes,
        remedies: [
          isBelow(cachedir, dataroot)
            ? remedy`Remove the mount or the link that leads from ${cachedir} to a disk of the node, on ${listed(nodes, ' and ')}: ${sh`findmnt -T ${cachedir}; ls -ld ${cachedir}`}`
            : remedy`Put it on the shared disk, with the same path on every node; or remove the setting from ${dirroot}/config.php on every node, and Moodle uses ${dataroot}/cache.`,
          remedy`Only $CFG->localcachedir may be on a local disk.`,
        ],
      },
    ),
  ];
}
