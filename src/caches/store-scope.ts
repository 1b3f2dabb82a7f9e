/** Whether a store instance is one for all nodes or private to each, and which servers it names. Pure. */

import { allMoodleNodes, type Cluster } from '../core/cluster.js';
import type { ClusterFacts, MucStore } from '../core/facts.js';
import { isSharedFolder, privateFolder } from '../core/local-folder.js';
import { isLoopback, splitServer } from '../core/server-address.js';

/** What the MongoDB store connects to when its settings name no server. */
const MONGODB = 'mongodb://127.0.0.1:27017';

/** Hosts of a setting that names servers: text, one a line or comma separated, or a list of [host, port]. */
function hostsOf(servers: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(servers) ? servers : String(servers ?? '').split(/[\n,]/);
  return list
    .map((s) => String(Array.isArray(s) ? s[0] : s).trim())
    .filter((s) => s !== '')
    .map((s) => splitServer(s).host);
}

/** One loopback address among others is enough for each node to have a part of its own. */
function sameEverywhere(hosts: readonly string[]): boolean {
  return hosts.length > 0 && !hosts.some(isLoopback);
}

/**
 * Whether all Moodle nodes see one copy of what an instance holds. True only when that is certain by its settings, since what is shared is emptied
 * from main alone. A node that is left out counts as one of several: it is there all the same.
 */
export function isSharedStore(store: Pick<MucStore, 'plugin' | 'configuration'>, cluster: Cluster, facts: ClusterFacts): boolean {
  const { plugin, configuration } = store;
  if (plugin === 'apcu') return false;
  if (allMoodleNodes(cluster).length === 1) return true;
  switch (plugin) {
    case 'file': {
      const path = typeof configuration['path'] === 'string' ? configuration['path'] : '';
      return path === '' ? privateFolder('cachedir', cluster, facts).length === 0 : isSharedFolder(path, cluster, facts);
    }
    case 'memcached':
      // A clustered store writes to every server listed, so what one node deletes is gone for all.
      return sameEverywhere(hostsOf(configuration[configuration['clustered'] ? 'setservers' : 'servers']));
    case 'redis':
      return sameEverywhere(hostsOf(configuration['server']));
    case 'mongodb':
      return sameEverywhere(hostsOf(configuration['server'] ?? MONGODB));
    default:
      // Nobody knows the settings of other plugins: the proof writes on one node and reads on all, and tells where that is wrong.
      return true;
  }
}

const DEFAULT_PORT: Readonly<Record<string, number>> = { redis: 6379, memcached: 11211 };

/** The servers of an instance as `host:port`, in its order; empty for those that have none. */
export function serverHosts(store: Pick<MucStore, 'plugin' | 'configuration'>): readonly string[] {
  const port = DEFAULT_PORT[store.plugin];
  if (port === undefined) return [];
  const { configuration } = store;
  if (store.plugin === 'memcached') {
    const servers = Array.isArray(configuration['servers']) ? configuration['servers'] : [];
    return servers.map((s) => (Array.isArray(s) ? `${String(s[0])}:${String(s[1] ?? port)}` : String(s)));
  }
  return String(configuration['server'] ?? '')
    .split(/[\n,]/)
    .map((s) => s.trim())
    .filter((s) => s !== '' && !s.startsWith('/') && !s.startsWith('unix:'))
    .map((s) => (/:[0-9]+$/.test(s) ? s : `${s}:${port}`));
}
