/** What is compared: every way of placing the caches that this lab can have, as answers of the wizard. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MEMCACHED_FIT } from '../../../src/advice/rules.js';
import { answersText, treesDir } from '../../lab-tests/support.js';

/** Folder of the plugin that memcached needs since Moodle 4.2; without it memcached is no alternative. */
export const MEMCACHED_PLUGIN = 'cachestore_memcached';
const hasMemcached = existsSync(join(treesDir, 'plugins', MEMCACHED_PLUGIN, 'version.php'));

/** What may be private on each node. */
const LOCAL = ['core/string', 'core/langmenu', 'core/plugin_functions', 'core/htmlpurifier', 'core/coursemodinfo'];
/** Of these, what is small enough for memory of each PHP. */
const SMALL = LOCAL.slice(0, 3);
/** What normal work does not purge, and this Moodle has. */
const FIT = MEMCACHED_FIT.map((f) => f.definition).filter((d) => d !== 'core/externalbadges');

type Application = 'default_application' | 'redis1';
type Near = 'apcu' | 'localdisk';

export interface Configuration {
  readonly name: string;
  readonly application: Application;
  readonly near: readonly Near[];
  /** What fits a memcached is there. */
  readonly memcached: boolean;
}

/** Where services are, as answers. */
export interface Services {
  readonly text: string;
  readonly memcached: boolean;
}

const REDIS = '{name: redis1, plugin: redis, node: cache1, manage: true, memory: 256M, password: secret:redisPassword}';
const MEMCACHED = '{name: mc1, plugin: memcached, node: cache1, manage: true, memory: 128M, maxItemSize: 4M}';

/** Services of the cluster's own, beside the nodes. */
export const BESIDE: Services = { text: `[${[REDIS, ...(hasMemcached ? [MEMCACHED] : [])].join(', ')}]`, memcached: hasMemcached };
/** A Redis at an address. */
export const redisAt = (address: string): Services => ({ text: `[{name: redis1, plugin: redis, address: "${address}"}]`, memcached: false });

const label = (application: string, near: readonly string[], memcached: boolean) =>
  [application === 'redis1' ? 'Redis' : 'files', ...near, ...(memcached ? ['memcached'] : [])].join(' + ');

/** All that can be had with these services. */
export function configurations(services: Services): readonly Configuration[] {
  const nears: readonly (readonly Near[])[] = [[], ['apcu'], ['localdisk'], ['apcu', 'localdisk']];
  return (['default_application', 'redis1'] as const).flatMap((application) => [
    ...nears.map((near) => ({ name: label(application, near, false), application, near, memcached: false })),
    ...(services.memcached ? [{ name: label(application, [], true), application, near: [], memcached: true }] : []),
  ]);
}

function storesOf({ application, near, memcached }: Configuration, definition: string): readonly string[] {
  if (memcached && FIT.includes(definition)) return ['mc1'];
  const store = LOCAL.includes(definition) ? near.find((n) => n !== 'apcu' || SMALL.includes(definition)) : undefined;
  return store ? [store, application] : [];
}

/** The answers that lead there; null: those that ask the advice. */
export function answersFor(configuration: Configuration | null, services: Services): string {
  const needs = 'needs: {users: 2000, sharedDisk: measure, aim: fastest}';
  return answersText('redis', (text) => {
    const secrets = services.text.includes('secret:') ? (/^secrets:[\s\S]*$/m.exec(text)?.[0] ?? '') : '';
    const base = text.replace(/needs:[\s\S]*?modules:/, `${needs}\nservices: ${services.text}\nmodules:`).replace(/^secrets:[\s\S]*$/m, secrets);
    if (configuration === null) return base;
    const all = [...new Set([...LOCAL, ...(services.memcached ? FIT : [])])].map((id) => ({ id, stores: storesOf(configuration, id) }));
    const mapped = all.filter((d) => d.stores.length > 0).map((d) => `${d.id}: [${d.stores.join(', ')}]`);
    const gone = all.filter((d) => d.stores.length === 0).map((d) => d.id);
    const stores = [
      '{name: redis1, plugin: redis, service: redis1}',
      ...(services.memcached ? ['{name: mc1, plugin: memcached, service: mc1}'] : []),
      '{name: apcu, plugin: apcu}',
      '{name: localdisk, plugin: file, settings: {path: /var/local/moodlecache/muc-local, autocreate: true}}',
    ];
    const chosen = [
      `stores: [${stores.join(', ')}]`,
      `mappings: {base: keep, modes: {application: ${configuration.application}}, definitions: {${mapped.join(', ')}}}`,
      `remove: {mappings: [${gone.join(', ')}]}`,
    ].join('\n');
    return base.replace(/^stores: auto\nmappings:\n {2}base: auto$/m, chosen);
  });
}

/** The name of the configuration that an advice comes to. */
export function nameOf(advice: {
  readonly definitions: readonly { readonly stores: readonly string[] }[];
  readonly modes: readonly { readonly store: string }[];
}): string {
  const used = new Set(advice.definitions.flatMap((d) => d.stores));
  const near = (['apcu', 'localdisk'] as const).filter((n) => used.has(n));
  return label(advice.modes[0]?.store ?? '', near, used.has('mc1'));
}
