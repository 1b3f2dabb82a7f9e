/** What is compared: every way of placing the caches that this lab can have, as answers of the wizard. */

import { answersText } from '../../lab-tests/support.js';

/** What may be private on each node. */
const LOCAL = ['core/string', 'core/langmenu', 'core/plugin_functions', 'core/htmlpurifier', 'core/coursemodinfo'];
/** Of these, what is small enough for memory of each PHP. */
const SMALL = LOCAL.slice(0, 3);

export interface Configuration {
  readonly name: string;
  readonly application: 'default_application' | 'redis1';
  readonly near: readonly ('apcu' | 'localdisk')[];
}

export const CONFIGURATIONS: readonly Configuration[] = (['default_application', 'redis1'] as const).flatMap((application) =>
  ([[], ['apcu'], ['localdisk'], ['apcu', 'localdisk']] as const).map((near) => ({
    name: [application === 'redis1' ? 'Redis' : 'files', ...near].join(' + '),
    application,
    near,
  })),
);

/** The answers that lead there; null: those that ask the advice. */
export function answersFor(configuration: Configuration | null): string {
  const needs = 'needs: {users: 2000, sharedDisk: measure, aim: fastest}';
  return answersText('redis', (text) => {
    const base = text.replace(/needs:[\s\S]*?services:/, `${needs}\nservices:`);
    if (configuration === null) return base;
    const definitions = LOCAL.flatMap((id) => {
      const small = SMALL.includes(id);
      const store = configuration.near.find((n) => (n === 'apcu' ? small : true));
      return store ? [`${id}: [${store}, ${configuration.application}]`] : [];
    });
    const gone = LOCAL.filter((id) => !definitions.some((d) => d.startsWith(`${id}:`)));
    const stores =
      '[{name: redis1, plugin: redis, service: redis1}, {name: apcu, plugin: apcu}, {name: localdisk, plugin: file, settings: {path: /var/local/moodlecache/muc-local, autocreate: true}}]';
    return `${base.replace(/stores: auto[\s\S]*?secrets:/, `stores: ${stores}\nmappings: {base: keep, modes: {application: ${configuration.application}}, definitions: {${definitions.join(', ')}}}\nremove: {mappings: [${gone.join(', ')}]}\nsecrets:`)}`;
  });
}

/** The name of the configuration that an advice comes to. */
export function nameOf(advice: {
  readonly definitions: readonly { readonly stores: readonly string[] }[];
  readonly modes: readonly { readonly store: string }[];
}): string {
  const used = new Set(advice.definitions.flatMap((d) => d.stores));
  const application = advice.modes[0]?.store === 'redis1' ? 'Redis' : 'files';
  return [application, ...(['apcu', 'localdisk'] as const).filter((n) => used.has(n))].join(' + ');
}
