/** MongoDB store (core 2.4 to 4.1, a plugin after that that does not load unaided): facts M8 and M11. */

import type { StorePlugin } from '../types.js';
import { DEFAULT_DATABASE, endpoints } from './address.js';
import { server } from './server.js';
import { settings } from './settings.js';

export const mongodb: StorePlugin = {
  plugin: 'mongodb',
  title: 'MongoDB',
  lives: 'server',
  coreSince: 0,
  coreUntil: 401,
  laterHome: 'moodle-cachestore_mongodb',
  instead: 'Redis',
  unusable: (branch) => (branch >= 402 ? 'since Moodle 4.2 the MongoDB store does not find its own library' : null),
  extension: { name: 'mongodb', rpm: ['php-pecl-mongodb2', 'php-pecl-mongodb'] },
  needs: (branch) => (branch >= 307 ? { extension: 'mongodb', min: branch >= 402 ? '1.15.0' : branch >= 401 ? '1.14.0' : '1.5.0' } : { extension: 'mongo' }),
  modes: 1,
  features: 18,
  canAdd: true,
  goodFor: 'Serves every application cache from an additional database. Slower than Redis; rarely worth running for Moodle alone.',
  settings,
  // The form keeps in "usesafe" how many servers must confirm a write.
  complete: (configuration) =>
    typeof configuration['usesafevalue'] === 'number' && configuration['usesafe'] === true
      ? { ...configuration, usesafe: configuration['usesafevalue'] }
      : configuration,
  // Names of SRV records have no port.
  dataKey: (c) => `${endpoints(c['server']).join() || String(c['server'])} ${String(c['database'] ?? DEFAULT_DATABASE)}`,
  server,
};
