/** Memcached store (core 2.4 to 4.1, a plugin after that): facts M7 and M16, checked against 3.8.5 and moodle-cachestore_memcached. */

import type { Configuration } from '../shapes.js';
import type { StorePlugin, StoreTraits } from '../types.js';
import { serverEndpoints } from '../values.js';
import { DEFAULT_PORT, server } from './server.js';
import { settings } from './settings.js';

function problems(configuration: Configuration): readonly string[] {
  if (configuration['clustered'] !== true) return [];
  return [
    ...((configuration['servers'] as readonly unknown[]).length === 1 ? [] : ['With "clustered" there must be exactly one entry under "servers".']),
    ...(((configuration['setservers'] ?? []) as readonly unknown[]).length > 0 ? [] : ['With "clustered" there must be servers under "setservers".']),
  ];
}

function dataKey(configuration: Configuration): string | null {
  const all = serverEndpoints(configuration['servers'], 2, DEFAULT_PORT);
  return all.length === 0 ? null : [...all].sort().join(',');
}

/** True of each memcached, whichever plugin speaks to it. */
const traits = { lives: 'server', purgesAll: true, keepsConnection: true } as const;

export const memcached: StorePlugin = {
  ...traits,
  plugin: 'memcached',
  title: 'Memcached',
  coreSince: 0,
  coreUntil: 401,
  laterHome: 'moodle-cachestore_memcached',
  instead: 'Redis',
  extension: { name: 'memcached', rpm: ['php-pecl-memcached'] },
  needs: () => ({ extension: 'memcached', min: '2.0.0' }),
  modes: 1,
  features: 20,
  canAdd: true,
  goodFor: 'Serves caches that normal work does not purge. Purging one cache empties the whole server, so it needs a server of its own.',
  settings,
  problems,
  dataKey,
  server,
};

/** The former plugin for the PHP extension memcache (core until 3.1): found on old sites, never added. */
export const memcache: StoreTraits = { ...traits, plugin: 'memcache' };
