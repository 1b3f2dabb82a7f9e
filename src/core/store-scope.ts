/** Whether a store instance is one for all nodes or private to each: told from its plugin and its settings alone. */

import type { MucStore } from './facts.js';
import { isBelow } from './local-folder.js';

const LOOPBACK = /^(localhost|127\.[0-9.]+|::1|\[::1\])$/i;

/** Hosts of a `host`, `host:port` or socket text, one a line or comma separated. */
function hostsOf(text: string): readonly string[] {
  return text
    .split(/[\n,]/)
    .map((s) => s.trim())
    .filter((s) => s !== '')
    .map((s) =>
      s.startsWith('/') || s.startsWith('unix:')
        ? 'localhost'
        : s
            .replace(/^[a-z]+:\/\//, '')
            .replace(/^[^@]*@/, '')
            .replace(/[/?].*$/, '')
            .replace(/:[0-9]+$/, ''),
    );
}

const onlyLoopback = (hosts: readonly string[]) => hosts.length > 0 && hosts.every((h) => LOOPBACK.test(h));

/** `sharedDirs`: folders that every node sees alike (local-folder.ts). */
export function isSharedStore(store: Pick<MucStore, 'plugin' | 'configuration'>, sharedDirs: readonly string[]): boolean {
  const { configuration } = store;
  switch (store.plugin) {
    case 'apcu':
      return false;
    case 'file': {
      const path = typeof configuration['path'] === 'string' ? configuration['path'] : '';
      return path === '' || sharedDirs.some((dir) => isBelow(path, dir));
    }
    case 'memcached': {
      // A clustered store writes to every server listed, so what one node deletes is gone for all.
      if (configuration['clustered']) return true;
      const servers = Array.isArray(configuration['servers']) ? configuration['servers'] : [];
      return !onlyLoopback(servers.map((s) => String(Array.isArray(s) ? s[0] : s)));
    }
    case 'redis':
    case 'mongodb':
      return !onlyLoopback(hostsOf(String(configuration['server'] ?? '')));
    default:
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
