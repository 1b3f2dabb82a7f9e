/** Which store instances and services are one server, whatever name or address each is written with. Pure. */

import { allMoodleNodes } from '../core/cluster.js';
import { type AddressContext, isSameServer, type ServerAt } from '../core/server-address.js';
import type { ServiceEndpoint } from '../core/service-endpoint.js';
import { serverOf } from './plugins/catalog.js';
import { type Configuration, type ConfigurationResult, sameServer, serversOf } from './plugins/configuration.js';

interface Instance {
  readonly plugin: string;
  readonly configuration: Configuration;
}

/** Several servers that are one: of a replica set all members are named. */
const isSet = ({ plugin, configuration }: Instance): boolean => serverOf(plugin)?.isSet(configuration) === true;

/**
 * Whether an instance talks to the server of a service, and to the same data: from every Moodle node, since `localhost` is another machine on each.
 * `wanted` is the configuration that the service alone would give.
 */
export function pointsAt(store: Instance, endpoint: ServiceEndpoint, wanted: Configuration, known: AddressContext): boolean {
  if (store.plugin !== endpoint.plugin) return false;
  if (sameServer(store.plugin, store.configuration, wanted)) return true;
  const servers = serversOf(store.plugin, store.configuration);
  if ((servers.length > 1 && !isSet(store)) || database(store.configuration) !== database(wanted)) return false;
  const service = `${endpoint.host}:${endpoint.port}`;
  return servers.some((address) =>
    allMoodleNodes(known.cluster).every(({ name: seenFrom }) => isSameServer({ address, seenFrom }, { address: service, seenFrom }, known)),
  );
}

const database = (configuration: Configuration): unknown => configuration['database'] ?? 'mcache';

/** Its server proves its name by a certificate, which may not know its address. */
const provesName = ({ configuration }: Instance): boolean => Boolean(configuration['encryption']) && Boolean(configuration['cafile']);

/**
 * `wanted` without the address where the instance names a replica set, of which the service is but one member, or a server of others that proves its name.
 * Any other instance is brought to the address of its service: a name may lead elsewhere than it seems, in a copy of a site above all.
 */
export function keepingAddress(wanted: ConfigurationResult, store: Instance, endpoint: ServiceEndpoint): ConfigurationResult {
  if (!isSet(store) && (endpoint.managed || !provesName(store))) return wanted;
  return { ...wanted, configuration: { ...wanted.configuration, server: store.configuration['server'] }, named: wanted.named.filter((n) => n !== 'server') };
}

/** Whether some Moodle node, also an excluded one, reaches this server when it uses the configuration. */
export function usesServer(store: Instance, server: ServerAt, known: AddressContext): boolean {
  return serversOf(store.plugin, store.configuration).some((address) =>
    allMoodleNodes(known.cluster).some((n) => isSameServer(server, { address, seenFrom: n.name }, known)),
  );
}

/** Whether two instances of a plugin have a server in common, on any Moodle node. */
export function shareServer(a: Instance, b: Instance, known: AddressContext): boolean {
  if (a.plugin !== b.plugin) return false;
  return serversOf(a.plugin, a.configuration).some((address) =>
    allMoodleNodes(known.cluster).some(({ name }) => usesServer(b, { address, seenFrom: name }, known)),
  );
}

/** Whether some instance knows that this server is a member of a set. */
export function inSet(stores: readonly Instance[], server: ServerAt, known: AddressContext): boolean {
  return stores.some((s) => isSet(s) && usesServer(s, server, known));
}
