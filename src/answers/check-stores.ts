/** Checks across keys: store instances, their settings, mappings, removals and secrets. */

import { serverOf, storePlugin, storePlugins, traitsOf } from '../caches/plugins/catalog.js';
import { checkSetting, type SettingValue, secretName, serverLines } from '../caches/plugins/values.js';
import { checkUnique, type Tell } from './check-nodes.js';
import { didYouMean, nearest } from './suggest.js';
import { type Group, record, text, texts, type View } from './view.js';

/** Instances that Moodle makes itself and that nobody can add or delete. */
const BUILT_IN = /^default_(application|session|request)$/;

/** Settings of plugins nobody here knows that hold a secret by their name; the same words as in templates/bridge/lib/redact.php. */
const SECRET_KEY = /pass(word|phrase|wd)?$|^pass|secret|token|credential|private_?key|api_?key|^auth$|_auth$/i;

export function checkStores(view: View, tell: Tell): void {
  const stores = view.stores ?? [];
  checkUnique(
    stores.map((s) => ({ path: s.path, name: text(s.keys['name']) })),
    'store instance',
    tell,
  );
  for (const store of stores) {
    const name = text(store.keys['name']) ?? '';
    if (BUILT_IN.test(name)) tell([...store.path, 'name'], `"${name}" is the name of an instance that Moodle makes itself.`);
    checkPlugin(store, tell);
    checkStoreService(store, view, tell);
    checkSettings(store, tell);
  }
  checkPrefixes(stores, tell);
}

function checkPlugin({ keys, path }: Group, tell: Tell): void {
  const plugin = text(keys['plugin']);
  if (plugin === undefined) return;
  const known = storePlugin(plugin);
  if (known && !known.canAdd) tell([...path, 'plugin'], `No instance of the ${known.title} store can be added; Moodle has the one it needs.`);
  if (known) return;
  const meant = nearest(
    plugin,
    storePlugins().map((p) => p.plugin),
  );
  if (meant !== null && traitsOf(plugin) === undefined) tell([...path, 'plugin'], `There is no store plugin "${plugin}". Did you mean "${meant}"?`);
}

function checkStoreService({ keys, path }: Group, view: View, tell: Tell): void {
  const plugin = text(keys['plugin']) ?? '';
  const name = text(keys['name']) ?? '';
  const settings = record(keys['settings']);
  // What names the server is in the service when there is one.
  const serverKey = serverOf(plugin)?.serverSetting;
  const reference = text(keys['service']);
  if (reference === undefined) {
    if (serverKey !== undefined && settings[serverKey] === undefined)
      tell(path, `The store instance "${name}" needs a service, or "${serverKey}" under its settings.`);
    return;
  }
  const services = view.services.map((s) => ({ name: text(s.keys['name']) ?? '', plugin: text(s.keys['plugin']) ?? '' }));
  const service = services.find((s) => s.name === reference);
  if (!service)
    tell(
      [...path, 'service'],
      `There is no service "${reference}".${didYouMean(
        reference,
        services.map((s) => s.name),
      )}`,
    );
  else if (service.plugin !== plugin)
    tell([...path, 'service'], `The service "${reference}" is ${service.plugin}, but the store instance "${name}" is ${plugin}.`);
  if (serverKey !== undefined && settings[serverKey] !== undefined)
    tell([...path, 'settings', serverKey], `The server comes from the service "${reference}" already; name it in one place.`);
  if (settings['password'] !== undefined) tell([...path, 'settings', 'password'], `The password comes from the service "${reference}"; name it there.`);
}

function checkSettings({ keys, path }: Group, tell: Tell): void {
  const known = storePlugin(text(keys['plugin']) ?? '');
  const settings = record(keys['settings']);
  if (!known) {
    for (const [key, value] of Object.entries(settings))
      if (SECRET_KEY.test(key) && secretName(value) === null)
        tell([...path, 'settings', key], `${key} must be secret:NAME, never the value itself. Example: secret:cachePassword`);
    return;
  }
  for (const [key, value] of Object.entries(settings)) {
    const setting = known.settings.find((s) => s.key === key);
    const at = [...path, 'settings', key];
    if (!setting)
      tell(
        at,
        `The ${known.title} store has no setting "${key}".${didYouMean(
          key,
          known.settings.map((s) => s.key),
        )}`,
      );
    else {
      const wrong = checkSetting(setting, value as SettingValue);
      if (wrong !== null) tell(at, `${key} ${wrong}. Example: ${setting.example}`);
    }
  }
  if (settings['clustered'] === true) checkClustered(settings, path, tell);
}

function checkClustered(settings: Readonly<Record<string, unknown>>, path: Group['path'], tell: Tell): void {
  const servers = settings['servers'];
  if (servers !== undefined && serverLines(servers as SettingValue).length !== 1)
    tell([...path, 'settings', 'servers'], 'With clustered there must be exactly one server here, the local one.');
  if (settings['setservers'] === undefined)
    tell([...path, 'settings', 'clustered'], 'With clustered, setservers must name every server, the local one among them.');
}

function checkPrefixes(stores: readonly Group[], tell: Tell): void {
  const seen = new Map<string, string>();
  for (const { keys, path } of stores) {
    const prefix = text(record(keys['settings'])['prefix']);
    if (prefix === undefined || prefix === '') continue;
    const id = `${text(keys['plugin']) ?? ''} ${prefix}`;
    const other = seen.get(id);
    if (other !== undefined)
      tell([...path, 'settings', 'prefix'], `The store instance "${other}" has the prefix "${prefix}" already; instances with one prefix mix their data.`);
    else seen.set(id, text(keys['name']) ?? '');
  }
}

export function checkMappings(view: View, tell: Tell): void {
  const removedStores = new Set(view.remove.stores);
  const removedMappings = new Set(view.remove.mappings);
  for (const [mode, value] of Object.entries(view.mappings.modes.keys)) {
    const store = text(value);
    if (store !== undefined && removedStores.has(store)) tell(['mappings', 'modes', mode], `"${store}" is to be removed, so nothing can be mapped to it.`);
  }
  for (const [definition, value] of Object.entries(view.mappings.definitions.keys)) {
    const at = ['mappings', 'definitions', definition];
    const chain = texts(value);
    if (removedMappings.has(definition)) tell(at, `"${definition}" is mapped here and unmapped under remove.`);
    if (Array.isArray(value) && value.length === 0) tell(at, `No store is named for "${definition}"; to take its mapping away, list it under remove.mappings.`);
    if (new Set(chain).size !== chain.length) tell(at, 'The same store instance stands here twice.');
    for (const [index, store] of chain.entries()) {
      if (removedStores.has(store)) tell([...at, index], `"${store}" is to be removed, so nothing can be mapped to it.`);
    }
  }
  checkRemovals(view, tell);
}

function checkRemovals(view: View, tell: Tell): void {
  for (const [index, store] of view.remove.stores.entries()) {
    const at = ['remove', 'stores', index];
    if (BUILT_IN.test(store)) tell(at, `"${store}" is an instance that Moodle needs and does not let go.`);
    if (view.stores?.some((s) => s.keys['name'] === store)) tell(at, `"${store}" stands under stores and under remove.`);
  }
}

/** Every `secret:NAME` that is used must have a source. */
export function checkSecretNames(view: View, tell: Tell): void {
  const names = Object.keys(view.secrets);
  const need = (path: readonly (string | number)[], value: unknown): void => {
    const name = secretName(sudoReference(value));
    if (name !== null && !names.includes(name)) tell(path, `The secret "${name}" has no source: add it under secrets.${didYouMean(name, names)}`);
  };
  need(['ssh', 'sudo'], view.sudo);
  for (const node of view.nodes) need([...node.path, 'ssh', 'sudo'], node.sudo);
  for (const service of view.services) need([...service.path, 'password'], service.keys['password']);
  for (const store of view.stores ?? [])
    for (const [key, value] of Object.entries(record(store.keys['settings']))) need([...store.path, 'settings', key], value);
}

/** `password: secret:NAME`, as text or as a group, to `secret:NAME`. */
export function sudoReference(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^password: ?/, '');
  return typeof value === 'object' && value !== null ? (value as { readonly password?: unknown }).password : value;
}
