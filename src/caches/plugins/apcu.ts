/** APCu store (core from 3.2): private to one PHP master on one node. */

import type { StorePlugin } from './types.js';

export const apcu: StorePlugin = {
  plugin: 'apcu',
  title: 'APC user cache (APCu)',
  coreSince: 302,
  needs: () => ({ extension: 'apcu', min: '4.0.0' }),
  modes: 3,
  features: 4,
  canAdd: true,
  settings: [
    {
      key: 'prefix',
      type: 'text',
      help: 'Put in front of all keys: letters, digits, - and _, five characters at most, different for every APCu instance and every site of a PHP master.',
      example: 'mdlA_',
      default: '',
      pattern: /^[a-zA-Z0-9_-]+$/,
      patternText: 'letters, digits, - and _',
      max: 5,
    },
  ],
};
