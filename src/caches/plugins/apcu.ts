/** APCu store (core from 3.2): private to one PHP master on one node. */

import type { StorePlugin } from './types.js';

export const apcu: StorePlugin = {
  plugin: 'apcu',
  title: 'APC user cache (APCu)',
  lives: 'php',
  coreSince: 302,
  extension: { name: 'apcu', rpm: ['php-pecl-apcu'] },
  needs: () => ({ extension: 'apcu', min: '4.0.0' }),
  modes: 3,
  features: 4,
  canAdd: true,
  goodFor: "Memory of each node's PHP, over a shared store, for small and hot caches.",
  settings: [
    {
      key: 'prefix',
      type: 'text',
      help: 'Prefix of all keys: letters, digits, - and _, five characters at most. It must differ for every APCu store and every site of a PHP master.',
      example: 'mdlA_',
      default: '',
      pattern: /^[a-zA-Z0-9_-]+$/,
      patternText: 'letters, digits, - and _',
      max: 5,
      movesData: true,
    },
  ],
  dataKey: (configuration) => `apcu ${String(configuration['prefix'] ?? '')}`,
};
