/** The store plugins known, by name. */

import { apcu } from './apcu.js';
import { branchNumber, branchText } from './branch.js';
import { file } from './file.js';
import { memcached } from './memcached.js';
import { mongodb } from './mongodb.js';
import { redis } from './redis.js';
import type { Setting, StorePlugin } from './types.js';

/** Plugins of which only Moodle's own instances exist. */
const builtIn = (plugin: string, title: string, modes: number, features: number): StorePlugin => ({
  plugin,
  title,
  coreSince: 0,
  needs: () => null,
  modes,
  features,
  canAdd: false,
  settings: [],
});

const PLUGINS: readonly StorePlugin[] = [
  redis,
  memcached,
  mongodb,
  apcu,
  file,
  builtIn('session', 'Session', 2, 14),
  builtIn('static', 'Static request cache', 4, 31),
];

/** All that are known, for lists. */
export function storePlugins(): readonly StorePlugin[] {
  return PLUGINS;
}

/** What is known of a plugin; undefined for third-party ones. */
export function storePlugin(plugin: string): StorePlugin | undefined {
  return PLUGINS.find((p) => p.plugin === plugin);
}

/** Whether a setting exists on a branch (0 = unknown, so yes). */
export function settingOnBranch(setting: Setting, branch: number): boolean {
  if (branch === 0) return true;
  return (setting.since === undefined || branch >= setting.since) && (setting.until === undefined || branch <= setting.until);
}

/** Why this Moodle does not have a plugin, in one sentence with what to do; for plugins whose folder is missing. */
export function whyMissing(plugin: string, branch: string): string {
  const known = storePlugin(plugin);
  const now = branchNumber(branch);
  if (!known) return `The store plugin "${plugin}" is not installed in this Moodle.`;
  if (known.coreUntil !== undefined && now > known.coreUntil) {
    const gone = known.coreUntil === 401 ? '4.2' : `${branchText(known.coreUntil)} (last)`;
    return `The ${known.title} store was removed from Moodle core in ${gone} and this is ${branchText(now)}. Choose ${known.instead ?? 'Redis'} instead, or install the plugin ${known.laterHome ?? plugin} on every node first.`;
  }
  if (now > 0 && now < known.coreSince) return `The ${known.title} store came with Moodle ${branchText(known.coreSince)} and this is ${branchText(now)}.`;
  return `The folder of the ${known.title} store (cache/stores/${plugin}) is missing in this Moodle.`;
}
