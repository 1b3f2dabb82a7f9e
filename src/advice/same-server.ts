/** Which store instances and services are one server, whatever name or address each is written with. Pure. */

import type { ServiceEndpoint } from '../../steps/caches/services/endpoints.js';
import { type Configuration, sameServer, serverSetting, serversOf } from '../catalog/configuration.js';
import { allMoodleNodes } from '../core/cluster.js';
import type { MucStore } from '../core/facts.js';
import { isSameServer, type Known, type ServerAt } from '../core/server-address.js';

interface Instance {
  readonly plugin: string;
  readonly configuration: Configuration;
}

/** Several servers that are one: of a replica set all members are named. */
const isSet = ({ plugin, configuration }: Instance): boolean => plugin === 'mongodb' && Boolean(configuration['replicaset']);

/**
 * Whether an instance talks to the server of a service, and to the same data: from every Moodle node, since `localhost` is another machine on each.
 * `wanted` is the configuration that the service alone would give.
 */
export function pointsAt(store: Instance, endpoint: ServiceEndpoint, wanted: Configuration, known: Known): boolean {
  if (store.plugin !== endpoint.plugin) return false;
  if (sameServer(store.plugin, store.configuration, wanted)) return true;
  const servers = serversOf(store.plugin, store.configuration);
  if ((servers.length > 1 && !isSet(store)) || store.configuration['database'] !== wanted['database']) return false;
  const service = `${endpoint.host}:${endpoint.port}`;
  return servers.some((address) =>
    allMoodleNodes(known.cluster).every(({ name: seenFrom }) => isSameServer({ address, seenFrom }, { address: service, seenFrom }, known, 'surely')),
  );
}

/**
 * `wanted` with the address as an adopted instance writes it: the same server under another name is no reason to change anything. Not of an instance that
 * is the service's own, nor of a service that is managed here: its address is the one that it listens on, and may have changed.
 */
export function keepingAddress<T extends { readonly configuration: Configuration; readonly named: readonly string[] }>(
  wanted: T,
  store: MucStore,
  endpoint: ServiceEndpoint,
): T {
  const key = serverSetting(store.plugin);
  const own = endpoint.managed || store.name === endpoint.service;
  if (key === undefined || (own && !isSet(store))) return wanted;
  return { ...wanted, configuration: { ...wanted.configuration, [key]: store.configuration[key] }, named: wanted.named.filter((n) => n !== key) };
}

/** Whether some Moodle node, also one that is left out, reaches this server when it uses the configuration. */
export function usesServer(store: Instance, server: ServerAt, known: Known): boolean {
  return serversOf(store.plugin, store.configuration).some((address) =>
    allMoodleNodes(known.cluster).some((n) => isSameServer(server, { address, seenFrom: n.name }, known)),
  );
}

/** Whether two instances of a plugin have a server in common, on any Moodle node. */
export function shareServer(a: Instance, b: Instance, known: Known): boolean {
  if (a.plugin !== b.plugin) return false;
  return serversOf(a.plugin, a.configuration).some((address) =>
    allMoodleNodes(known.cluster).some(({ name }) => usesServer(b, { address, seenFrom: name }, known)),
  );
}
