/** What is known of store plugins, by name: the only place that the rest of the program asks. */

import { apcu } from './apcu.js';
import { branchNumber, branchText } from './branch.js';
import { file } from './file.js';
import { FORMER, PLUGINS } from './index.js';
import type { ServerTraits } from './server-types.js';
import type { Configuration } from './shapes.js';
import type { Setting, StorePlugin, StoreTraits } from './types.js';

/** The plugin for private stores in the memory of a node's PHP. */
export const NODE_MEMORY = apcu.plugin;
/** The plugin of Moodle's default store, and of private stores on a local disk. */
export const FILES = file.plugin;

/** All that are known, for lists. */
export function storePlugins(): readonly StorePlugin[] {
  return PLUGINS;
}

/** What is known of a plugin; undefined for third-party ones. */
export function storePlugin(plugin: string): StorePlugin | undefined {
  return PLUGINS.find((p) => p.plugin === plugin);
}

/** Traits of a plugin, also of one that can no longer be added; undefined for third-party ones. */
export function traitsOf(plugin: string): StoreTraits | undefined {
  return storePlugin(plugin) ?? FORMER.find((p) => p.plugin === plugin);
}

/** A plugin whose instances talk to a server. */
export type ServerPlugin = StorePlugin & { readonly server: ServerTraits };

/** Plugins whose instances talk to a server: the kinds of cache service. */
export function serverPlugins(): readonly ServerPlugin[] {
  return PLUGINS.filter((p): p is ServerPlugin => p.server !== undefined);
}

/** Traits of the server behind a plugin; undefined where it has none. */
export function serverOf(plugin: string): ServerTraits | undefined {
  return storePlugin(plugin)?.server;
}

/** Kinds of service in the order of choice for application caches: those that any purge empties come last. */
export function bestFirst(): readonly ServerPlugin[] {
  const all = serverPlugins();
  return [...all.filter((p) => !p.purgesAll), ...all.filter((p) => p.purgesAll)];
}

/** The kind of server to set up where none is listed: it serves every application cache, the wizard can run it, and `usable` is true of it. */
export function suggestedServer(usable: (plugin: string) => boolean): ServerPlugin | undefined {
  return bestFirst().find((p) => !p.purgesAll && p.server.managed !== null && usable(p.plugin));
}

/** Whether a service of this kind could serve every application cache. */
export function servesAll(plugin: string): boolean {
  const known = storePlugin(plugin);
  return known?.server !== undefined && !known.purgesAll;
}

/** Whether a service of this kind on each node can serve private caches there. */
export function servesNode(plugin: string): boolean {
  return (serverOf(plugin)?.managed ?? null) !== null;
}

/** Whether purging one definition empties all that an instance's server holds. */
export function purgesAll(plugin: string): boolean {
  return traitsOf(plugin)?.purgesAll === true;
}

/** Moodle's own stores in a session or a request: no other process ever sees what they hold, and none should. */
export function livesInProcess(plugin: string): boolean {
  return traitsOf(plugin)?.lives === 'process';
}

/** In the memory of one PHP master: scripts have none of it, and each node has its own. */
export function livesInPhp(plugin: string): boolean {
  return traitsOf(plugin)?.lives === 'php';
}

/** In files: below cachedir, or in a folder of its own. */
export function livesOnDisk(plugin: string): boolean {
  return traitsOf(plugin)?.lives === 'disk';
}

/** Whether instances keep their keys apart by a prefix. */
export function hasPrefix(plugin: string): boolean {
  return storePlugin(plugin)?.settings.some((s) => s.key === 'prefix') ?? false;
}

/** The PHP extension that the wizard installs for a plugin; null for plugins that need none or are not known. */
export function extensionOf(plugin: string): string | null {
  return storePlugin(plugin)?.extension?.name ?? null;
}

/** Names of the package of an extension on Red Hat, likeliest first; empty where no plugin tells. */
export function rpmNames(extension: string): readonly string[] {
  return PLUGINS.find((p) => p.extension?.name === extension)?.extension?.rpm ?? [];
}

/** PHP extensions that the settings of an instance need besides the plugin's own, and why. */
export function extensionsBySettings(plugin: string, configuration: Configuration): readonly { readonly extension: string; readonly why: string }[] {
  return (storePlugin(plugin)?.settings ?? []).flatMap((setting) => {
    const choice = setting.choices?.find((c) => c.value === Number(configuration[setting.key]));
    return choice?.extension ? [{ extension: choice.extension.name, why: choice.extension.why }] : [];
  });
}

/** Whether a setting exists on a branch (0 = unknown, so yes). */
export function settingOnBranch(setting: Setting, branch: number): boolean {
  if (branch === 0) return true;
  return (setting.since === undefined || branch >= setting.since) && (setting.until === undefined || branch <= setting.until);
}

/** Why the plugin cannot be used on a branch although its code is there, as a sentence with what to do; null where it can. */
export function whyUnusable(plugin: string, branch: number): string | null {
  const known = storePlugin(plugin);
  const why = known?.unusable?.(branch) ?? null;
  return why === null ? null : `The plugin is installed, but ${why}. Choose ${known?.instead ?? 'another plugin'} instead.`;
}

/** Why this Moodle does not have a plugin, in one sentence with what to do; for plugins whose folder is missing. */
export function whyMissing(plugin: string, branch: string): string {
  const known = storePlugin(plugin);
  const now = branchNumber(branch);
  if (!known) return `The store plugin "${plugin}" is not installed in this Moodle.`;
  if (known.coreUntil !== undefined && now > known.coreUntil) {
    const gone = known.coreUntil === 401 ? '4.2' : `${branchText(known.coreUntil)} (last)`;
    return `The ${known.title} store was removed from Moodle core in ${gone} and this is ${branchText(now)}. Choose ${known.instead ?? 'another store'} instead, or install the plugin ${known.laterHome ?? plugin} on every node first.`;
  }
  if (now > 0 && now < known.coreSince) return `The ${known.title} store came with Moodle ${branchText(known.coreSince)}, and this is ${branchText(now)}.`;
  return `The folder of the ${known.title} store (cache/stores/${plugin}) is missing in this Moodle.`;
}
