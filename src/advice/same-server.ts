/** Which store instances and services are one server, whatever name or address each is written with. Pure. */

import type { ServiceEndpoint } from '../../steps/caches/services/endpoints.js';
import { type Configuration, sameServer, serverSetting, serversOf } from '../catalog/configuration.js';
import { moodleNodes } from '../core/cluster.js';
import { isSameServer, type Known, type ServerAt } from '../core/server-address.js';

interface Instance {
  readonly plugin: string;
  readonly configuration: Configuration;
}

/**
 * Whether an instance talks to the server of a service, and to the same data: from every Moodle node, since `localhost` is another machine on each.
 * `wanted` is the configuration that the service alone would give.
 */
export function pointsAt(store: Instance, endpoint: ServiceEndpoint, wanted: Configuration, known: Known): boolean {
  if (store.plugin !== endpoint.plugin) return false;
  if (sameServer(store.plugin, store.configuration, wanted)) return true;
  const [address, ...others] = serversOf(store.plugin, store.configuration);
  if (address === undefined || others.length > 0 || store.configuration['database'] !== wanted['database']) return false;
  const service = `${endpoint.host}:${endpoint.port}`;
  return moodleNodes(known.cluster).every(({ name: seenFrom }) => isSameServer({ address, seenFrom }, { address: service, seenFrom }, known));
}

/** `wanted` with the address as the instance that is there writes it: the same server under another name is no reason to change anything. */
export function keepingAddress<T extends { readonly configuration: Configuration; readonly named: readonly string[] }>(wanted: T, store: Instance): T {
  const key = serverSetting(store.plugin);
  if (key === undefined) return wanted;
  return { ...wanted, configuration: { ...wanted.configuration, [key]: store.configuration[key] }, named: wanted.named.filter((n) => n !== key) };
}

/** Whether some Moodle node reaches one of these servers when it uses the configuration. */
export function usesServer(store: Instance, server: ServerAt, known: Known): boolean {
  return serversOf(store.plugin, store.configuration).some((address) =>
    moodleNodes(known.cluster).some((n) => isSameServer(server, { address, seenFrom: n.name }, known)),
  );
}

/** Whether two instances of a plugin have a server in common, on any Moodle node. */
export function shareServer(a: Instance, b: Instance, known: Known): boolean {
  if (a.plugin !== b.plugin) return false;
  return serversOf(a.plugin, a.configuration).some((address) =>
    moodleNodes(known.cluster).some(({ name }) => usesServer(b, { address, seenFrom: name }, known)),
  );
}
