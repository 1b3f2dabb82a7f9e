/** Checks across keys: store instances, their settings, mappings, removals and secrets. */

import { serverOf, storePlugin, storePlugins, traitsOf } from '../caches/plugins/catalog.js';
import { checkSetting, type SettingValue, secretName, serverLines } from '../caches/plugins/values.js';
import { checkUnique, type Report } from './check-nodes.js';
import { didYouMean, nearest } from './suggest.js';
import { type Group, record, text, texts, type View } from './view.js';

/** Stores that Moodle creates; they can be neither added nor deleted. */
const BUILT_IN = /^default_(application|session|request)$/;

/** Names of settings that hold a secret, for plugins outside the catalogue; the same words as in templates/bridge/lib/redact.php. */
const SECRET_KEY = /pass(word|phrase|wd)?$|^pass|secret|token|credential|private_?key|api_?key|^auth$|_auth$/i;

export function checkStores(view: View, report: Report): void {
  const stores = view.stores ?? [];
  checkUnique(
    stores.map((s) => ({ path: s.path, name: text(s.keys['name']) })),
    'store',
    report,
  );
  for (const store of stores) {
    const name = text(store.keys['name']) ?? '';
    if (BUILT_IN.test(name)) report([...store.path, 'name'], `"${name}" is reserved for a store that Moodle creates.`);
    checkPlugin(store, report);
    checkStoreService(store, view, report);
    checkSettings(store, report);
  }
  checkPrefixes(stores, report);
}

function checkPlugin({ keys, path }: Group, report: Report): void {
  const plugin = text(keys['plugin']);
  if (plugin === undefined) return;
  const known = storePlugin(plugin);
  if (known && !known.canAdd) report([...path, 'plugin'], `Moodle does not allow more stores of the plugin ${known.title}.`);
  if (known) return;
  const meant = nearest(
    plugin,
    storePlugins().map((p) => p.plugin),
  );
  if (meant !== null && traitsOf(plugin) === undefined) report([...path, 'plugin'], `Unknown store plugin "${plugin}". Did you mean "${meant}"?`);
}

function checkStoreService({ keys, path }: Group, view: View, report: Report): void {
  const plugin = text(keys['plugin']) ?? '';
  const name = text(keys['name']) ?? '';
  const settings = record(keys['settings']);
  // What names the server is in the service when there is one.
  const serverKey = serverOf(plugin)?.serverSetting;
  const reference = text(keys['service']);
  if (reference === undefined) {
    if (serverKey !== undefined && settings[serverKey] === undefined) report(path, `The store "${name}" needs a service, or "${serverKey}" in its settings.`);
    return;
  }
  const services = view.services.map((s) => ({ name: text(s.keys['name']) ?? '', plugin: text(s.keys['plugin']) ?? '' }));
  const service = services.find((s) => s.name === reference);
  if (!service)
    report(
      [...path, 'service'],
      `Unknown service "${reference}".${didYouMean(
        reference,
        services.map((s) => s.name),
      )}`,
    );
  else if (service.plugin !== plugin) report([...path, 'service'], `The service "${reference}" is ${service.plugin}, but the store "${name}" is ${plugin}.`);
  if (serverKey !== undefined && settings[serverKey] !== undefined)
    report([...path, 'settings', serverKey], `The service "${reference}" already defines the server; remove it here.`);
  if (settings['password'] !== undefined) report([...path, 'settings', 'password'], `The service "${reference}" defines the password; set it there.`);
}

function checkSettings({ keys, path }: Group, report: Report): void {
  const known = storePlugin(text(keys['plugin']) ?? '');
  const settings = record(keys['settings']);
  if (!known) {
    for (const [key, value] of Object.entries(settings))
      if (SECRET_KEY.test(key) && secretName(value) === null)
        report([...path, 'settings', key], `${key} must be secret:NAME, never the value. Example: secret:cachePassword`);
    return;
  }
  for (const [key, value] of Object.entries(settings)) {
    const setting = known.settings.find((s) => s.key === key);
    const at = [...path, 'settings', key];
    if (!setting)
      report(
        at,
        `The ${known.title} store has no setting "${key}".${didYouMean(
          key,
          known.settings.map((s) => s.key),
        )}`,
      );
    else {
      const wrong = checkSetting(setting, value as SettingValue);
      if (wrong !== null) report(at, `${key} ${wrong}. Example: ${setting.example}`);
    }
  }
  if (settings['clustered'] === true) checkClustered(settings, path, report);
}

function checkClustered(settings: Readonly<Record<string, unknown>>, path: Group['path'], report: Report): void {
  const servers = settings['servers'];
  if (servers !== undefined && serverLines(servers as SettingValue).length !== 1)
    report([...path, 'settings', 'servers'], 'With clustered, servers must be exactly one server: the local one.');
  if (settings['setservers'] === undefined)
    report([...path, 'settings', 'clustered'], 'With clustered, setservers must list every server, including the local one.');
}

function checkPrefixes(stores: readonly Group[], report: Report): void {
  const seen = new Map<string, string>();
  for (const { keys, path } of stores) {
    const prefix = text(record(keys['settings'])['prefix']);
    if (prefix === undefined || prefix === '') continue;
    const id = `${text(keys['plugin']) ?? ''} ${prefix}`;
    const other = seen.get(id);
    if (other !== undefined)
      report([...path, 'settings', 'prefix'], `The store "${other}" already has the prefix "${prefix}"; stores with the same prefix mix their data.`);
    else seen.set(id, text(keys['name']) ?? '');
  }
}

export function checkMappings(view: View, report: Report): void {
  const removedStores = new Set(view.remove.stores);
  const removedMappings = new Set(view.remove.mappings);
  for (const [mode, value] of Object.entries(view.mappings.modes.keys)) {
    const store = text(value);
    if (store !== undefined && removedStores.has(store))
      report(['mappings', 'modes', mode], `"${store}" is listed under remove, so nothing can be mapped to it.`);
  }
  for (const [definition, value] of Object.entries(view.mappings.definitions.keys)) {
    const at = ['mappings', 'definitions', definition];
    const chain = texts(value);
    if (removedMappings.has(definition)) report(at, `"${definition}" is mapped here and listed under remove.mappings.`);
    if (Array.isArray(value) && value.length === 0) report(at, `"${definition}" has no store; to unmap it, list it under remove.mappings.`);
    if (new Set(chain).size !== chain.length) report(at, 'This list has the same store twice.');
    for (const [index, store] of chain.entries()) {
      if (removedStores.has(store)) report([...at, index], `"${store}" is listed under remove, so nothing can be mapped to it.`);
    }
  }
  checkRemovals(view, report);
}

function checkRemovals(view: View, report: Report): void {
  for (const [index, store] of view.remove.stores.entries()) {
    const at = ['remove', 'stores', index];
    if (BUILT_IN.test(store)) report(at, `Moodle does not allow removing its store "${store}".`);
    if (view.stores?.some((s) => s.keys['name'] === store)) report(at, `"${store}" is listed under stores and under remove.`);
  }
}

/** Every `secret:NAME` that is used must have a source. */
export function checkSecretNames(view: View, report: Report): void {
  const names = Object.keys(view.secrets);
  const need = (path: readonly (string | number)[], value: unknown): void => {
    const name = secretName(sudoReference(value));
    if (name !== null && !names.includes(name)) report(path, `The secret "${name}" has no source; add it under secrets.${didYouMean(name, names)}`);
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
