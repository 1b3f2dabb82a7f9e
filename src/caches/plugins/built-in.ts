/** Plugins of which only Moodle's own instances exist. What they hold belongs to one session or one request. */

import type { StorePlugin } from './types.js';

const builtIn = (plugin: string, title: string, modes: number, features: number): StorePlugin => ({
  plugin,
  title,
  lives: 'process',
  coreSince: 0,
  needs: () => null,
  modes,
  features,
  canAdd: false,
  settings: [],
});

export const session = builtIn('session', 'Session', 2, 14);
export const request = builtIn('static', 'Static request cache', 4, 31);
