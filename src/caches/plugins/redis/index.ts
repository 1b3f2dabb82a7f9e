/** Redis store (core from 3.2): fact M9, checked against 3.8.5 and 4.5.6. */

import { branchText } from '../branch.js';
import type { Configuration } from '../shapes.js';
import type { StorePlugin } from '../types.js';
import { endpoints } from './address.js';
import { server } from './server.js';
import { settings } from './settings.js';

function problems(configuration: Configuration, branch: number): readonly string[] {
  const address = String(configuration['server']);
  const lowered = branch >= 403 && /^(unix:\/\/)?\//.test(address) && address !== address.toLowerCase();
  return [
    ...(lowered ? [`Moodle ${branchText(branch)} converts the socket path "${address}" to lower case and cannot find it.`] : []),
    ...(branch > 0 && branch < 404 && address.includes('\n') ? ['Several Redis servers need cluster mode, which came with Moodle 4.4.'] : []),
  ];
}

function dataKey(configuration: Configuration): string | null {
  const all = endpoints(configuration['server']);
  if (all.length === 0) return null;
  return configuration['clustermode'] ? [...all].sort().join(',') : (all[0] ?? null);
}

export const redis: StorePlugin = {
  plugin: 'redis',
  title: 'Redis',
  lives: 'server',
  coreSince: 302,
  extension: { name: 'redis', rpm: ['php-pecl-redis6', 'php-pecl-redis5', 'php-pecl-redis'] },
  needs: () => ({ extension: 'redis' }),
  modes: 3,
  features: 26,
  canAdd: true,
  goodFor: 'Serves every application cache and empties one cache without touching the others: first choice for a shared store.',
  sessionCleanupSince: 405,
  settings,
  problems,
  dataKey,
  server,
};
