/** The array for tool_forcedcache that has the same effect as our plan would: for sites whose caches are set in config.php. Pure. */

import type { ServiceEndpoint } from '../../steps/caches/services/endpoints.js';
import { LOCAL_SAFE } from './rules.js';

/** The small hot definitions that APCu serves over the shared store. */
const NEAR = LOCAL_SAFE.filter((rule) => rule.size === 'small').map((rule) => rule.definition);

function storeConfig(endpoint: ServiceEndpoint): string {
  const at = `${endpoint.host}:${endpoint.port}`;
  if (endpoint.plugin === 'redis') {
    const password = endpoint.passwordSecret === undefined ? '' : `, 'password' => getenv('REDIS_PASSWORD')`;
    return `['server' => '${at}', 'prefix' => 'mdl_', 'serializer' => 1, 'compressor' => 0${password}]`;
  }
  return `['servers' => ['${at}'], 'prefix' => 'mdl_']`;
}

/**
 * PHP text for config.php (tool_forcedcache's `$CFG->tool_forcedcache_config_array`). Without a shared service only the private store is in it.
 * The password is never written: the text takes it from the environment.
 */
export function forcedCacheArray(endpoints: readonly ServiceEndpoint[]): string {
  const shared = endpoints.find((e) => e.shared && e.plugin === 'redis');
  const stores = [
    `    'near' => ['type' => 'apcu', 'config' => ['prefix' => 'mdl_']],`,
    ...(shared ? [`    '${shared.service}' => ['type' => '${shared.plugin}', 'config' => ${storeConfig(shared)}],`] : []),
  ];
  const over = shared ? `, '${shared.service}'` : '';
  const rules = NEAR.map((definition) => `      ['conditions' => ['name' => '${definition}'], 'stores' => ['near'${over}]],`);
  return [
    '$CFG->tool_forcedcache_config_array = [',
    `  'stores' => [`,
    ...stores,
    '  ],',
    `  'rules' => [`,
    `    'application' => [`,
    ...rules,
    ...(shared ? [`      ['stores' => ['${shared.service}']],`] : []),
    '    ],',
    `    'session' => [],`,
    `    'request' => [],`,
    '  ],',
    '];',
  ].join('\n');
}
