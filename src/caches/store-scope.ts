/** Whether a store instance is one for all nodes or private to each, and which servers it names. Pure. */

import { allMoodleNodes, type Cluster } from '../core/cluster.js';
import type { ClusterFacts, MucStore } from '../core/facts.js';
import { isSharedFolder, privateFolder } from '../core/local-folder.js';
import { isLoopback, splitServer } from '../core/server-address.js';
import { livesInPhp, livesOnDisk, serverOf } from './plugins/catalog.js';

/** One loopback address among others is enough for each node to have a part of its own. */
function sameEverywhere(servers: readonly string[]): boolean {
  const hosts = servers.map((s) => splitServer(s.trim()).host);
  return hosts.length > 0 && !hosts.some(isLoopback);
}

/**
 * Whether all Moodle nodes see one copy of what an instance holds. True only when that is certain by its settings, since what is shared is emptied
 * from main alone. An excluded node counts as one of several: it reads the same configuration.
 */
export function isSharedStore(store: Pick<MucStore, 'plugin' | 'configuration'>, cluster: Cluster, facts: ClusterFacts): boolean {
  const { plugin, configuration } = store;
  if (livesInPhp(plugin)) return false;
  if (allMoodleNodes(cluster).length === 1) return true;
  if (livesOnDisk(plugin)) {
    const path = typeof configuration['path'] === 'string' ? configuration['path'] : '';
    return path === '' ? privateFolder('cachedir', cluster, facts).length === 0 : isSharedFolder(path, cluster, facts);
  }
  const server = serverOf(plugin);
  // Settings of other plugins are unknown: the proof writes on one node and reads on all, and reports where this is wrong.
  return server === undefined ? true : sameEverywhere(server.sharedBy(configuration));
}

/** The servers of an instance as `host:port`, in its order; empty for those that have none. */
export function serverHosts(store: Pick<MucStore, 'plugin' | 'configuration'>): readonly string[] {
  return serverOf(store.plugin)?.namedServers(store.configuration) ?? [];
}
