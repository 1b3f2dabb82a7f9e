/** Where each cache service is, as Moodle nodes address it: a pure function of cluster, answers and facts. */

import type { Answers, ServiceAnswer } from '../../answers/schema.js';
import { activeNodes, allMoodleNodes, type Cluster, type ClusterNode, moodleNodes } from '../../core/cluster.js';
import type { ClusterFacts, Listener, NodeFacts } from '../../core/facts.js';
import type { ServiceEndpoint } from '../../core/service-endpoint.js';
import type { TlsLink } from '../../core/tls.js';
import { systemCaFile } from '../../platform/index.js';
import { unitName } from '../../platform/managed-paths.js';
import { serverOf } from '../plugins/catalog.js';

export const LOOPBACK = '127.0.0.1';
const OWN_PORTS = 100;

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Whether a text is an IPv4 address. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** IPv4 addresses of a node without prefix length; without loopback and link-local. */
function ipv4(facts: NodeFacts | undefined): readonly string[] {
  return (facts?.addresses ?? []).map((a) => a.split('/')[0] ?? '').filter((a) => IPV4.test(a) && !/^(127|0)\.|^169\.254\./.test(a));
}

const bits = (address: string) =>
  address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');

/** Leading bits that two IPv4 addresses share, 0 to 32. */
export function commonBits(a: string, b: string): number {
  const [left, right] = [bits(a), bits(b)];
  let n = 0;
  while (n < 32 && left[n] === right[n]) n += 1;
  return n;
}

/** The IPv4 address of a node that is nearest to one of others, of those in `own`. */
function nearest(own: readonly string[], others: readonly string[]): string | null {
  const near = (address: string) => Math.max(0, ...others.map((other) => commonBits(address, other)));
  return [...own].sort((a, b) => near(b) - near(a) || (a < b ? -1 : 1))[0] ?? null;
}

/** Addresses of a node, as far as they are known: of an excluded one by its host alone. */
function knownAddresses(node: ClusterNode, facts: ClusterFacts): readonly string[] {
  const of = facts.nodes[node.name];
  return of ? ipv4(of) : IPV4.test(node.host) ? [node.host] : [];
}

/** The address that a node comes from when it talks to `address`; null when the node was not looked at. */
export function clientAddress(node: ClusterNode, address: string, facts: ClusterFacts): string | null {
  const own = ipv4(facts.nodes[node.name]);
  return own.includes(address) ? address : nearest(own, [address]);
}

/**
 * The address at which the other nodes reach a node: the one it is connected to by SSH when that is its own, else the one that most Moodle nodes have
 * nearest. While some of them are excluded a `service` of ours stays where it listens. Null when the facts do not tell. Only IPv4: Moodle's stores
 * split `host:port` at the colon (fact M9).
 */
export function clusterAddress(cluster: Cluster, nodeName: string, facts: ClusterFacts, service?: ServiceAnswer): string | null {
  const node = cluster.nodes.find((n) => n.name === nodeName);
  const own = ipv4(facts.nodes[nodeName]);
  if (!node || own.length === 0) return null;
  // Also excluded ones: they come back, and a service must not move to another address meanwhile.
  const others = allMoodleNodes(cluster).filter((n) => n.name !== nodeName);
  if (others.length === 0) return LOOPBACK;
  // While a node was not looked at, what is nearest to all may be another one than usual.
  const now = service && others.some((n) => !facts.nodes[n.name]) ? ownListener(facts.nodes[nodeName], service)?.address : undefined;
  if (now !== undefined && own.includes(now)) return now;
  if (own.includes(node.host)) return node.host;
  return agreed(
    own,
    // Main first: it decides where the nodes are divided.
    [...others].sort((a, b) => Number(b.roles.includes('main')) - Number(a.roles.includes('main'))).map((n) => knownAddresses(n, facts)),
  );
}

/** The address that most nodes have nearest, so that no single node decides where a service of another one listens; among equals the first node's. */
function agreed(own: readonly string[], others: readonly (readonly string[])[]): string | null {
  const votes = others.flatMap((theirs) => {
    // An address that a second node has too (a container bridge) is no way from it to this one.
    const apart = theirs.filter((t) => !own.includes(t));
    const unique = own.filter((a) => !theirs.includes(a));
    return apart.length === 0 ? [] : (nearest(unique, apart) ?? []);
  });
  const count = (address: string) => votes.filter((v) => v === address).length;
  return [...votes].sort((a, b) => count(b) - count(a))[0] ?? null;
}

/** Nodes that a service of ours runs on. */
export function serviceNodes(cluster: Cluster, service: ServiceAnswer): readonly string[] {
  if (service.placement === 'each-web-node') return moodleNodes(cluster).map((n) => n.name);
  return service.node !== undefined && activeNodes(cluster).some((n) => n.name === service.node) ? [service.node] : [];
}

/** Where our unit of this service listens now, by its main process. */
function ownListener(facts: NodeFacts | undefined, service: ServiceAnswer): Listener | undefined {
  const unit = facts?.units.find((u) => u.name === unitName(service.name));
  return unit?.mainPid ? facts?.listeners.find((l) => l.protocol === 'tcp' && l.pid === unit.mainPid) : undefined;
}

/** The port our unit of this service has now, from its Description or from the listener of its main process. */
function currentPort(facts: NodeFacts | undefined, service: ServiceAnswer): number | null {
  const unit = facts?.units.find((u) => u.name === unitName(service.name));
  const reported = / port (\d{1,5}) /.exec(unit?.description ?? '')?.[1];
  if (reported !== undefined && Number(reported) >= 1 && Number(reported) <= 65_535) return Number(reported);
  return ownListener(facts, service)?.port ?? null;
}

/** The listener that keeps a port from us, or null: our own unit's does not count. */
export function portTakenBy(facts: NodeFacts | undefined, service: ServiceAnswer, port: number): Listener | null {
  const unit = facts?.units.find((u) => u.name === unitName(service.name));
  const here = (facts?.listeners ?? []).filter((l) => l.protocol === 'tcp' && l.port === port);
  const foreign = here.find((l) => {
    if (unit?.active !== 'active') return true;
    // Without a process id to compare, a server of the right kind on this port is taken for the unit that runs.
    return unit.mainPid ? l.pid !== unit.mainPid : serverOf(service.plugin)?.process.test(l.process) !== true;
  });
  return foreign ?? null;
}

interface Ports {
  readonly taken: Map<string, Set<number>>;
}

/** The port of a managed service: as answered, else as it is now, else the first that is free on all its nodes. */
function managedPort(service: ServiceAnswer, nodes: readonly string[], facts: ClusterFacts, { taken }: Ports): number {
  const isTaken = (port: number) => nodes.some((n) => taken.get(n)?.has(port) || portTakenBy(facts.nodes[n], service, port) !== null);
  const current = nodes.map((n) => currentPort(facts.nodes[n], service)).find((p) => p !== null);
  const first = serverOf(service.plugin)?.ownPort ?? 0;
  const tries = Array.from({ length: OWN_PORTS }, (_, i) => first + i);
  const port = service.port ?? current ?? tries.find((p) => !isTaken(p)) ?? first;
  for (const node of nodes) taken.set(node, (taken.get(node) ?? new Set()).add(port));
  return port;
}

const secretName = (reference: string | undefined) => reference?.replace(/^secret:/, '');

/** The system's own authorities, where they lie in the same file on every Moodle node: Moodle has one setting for all of them. */
function commonCaFile(cluster: Cluster, facts: ClusterFacts): string | undefined {
  const files = new Set(moodleNodes(cluster).map((n) => systemCaFile(facts.nodes[n.name]?.os)));
  const [file] = files;
  return files.size === 1 ? (file ?? undefined) : undefined;
}

function tlsLink(service: ServiceAnswer, cluster: Cluster, facts: ClusterFacts): TlsLink | false {
  const { tls } = service;
  if (tls === undefined || tls === false) return false;
  const { cafile, verify } = tls === true ? {} : tls;
  const file = cafile ?? commonCaFile(cluster, facts);
  return { verify: verify !== 'none', ...(file === undefined ? {} : { cafile: file }) };
}

interface Surroundings {
  readonly cluster: Cluster;
  readonly facts: ClusterFacts;
}

function endpoint(
  service: ServiceAnswer,
  { cluster, facts }: Surroundings,
  place: { host: string; port: number; shared: boolean; managed: boolean; node?: string },
): ServiceEndpoint {
  const passwordSecret = secretName(service.password);
  return {
    service: service.name,
    plugin: service.plugin,
    ...place,
    ...(passwordSecret === undefined ? {} : { passwordSecret }),
    ...(service.username === undefined ? {} : { username: service.username }),
    ...(service.database === undefined ? {} : { database: service.database }),
    ...(service.tls === undefined ? {} : { tls: tlsLink(service, cluster, facts) }),
  };
}

function splitAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
}

/**
 * Endpoints of the services that the answers name. Services whose node has no facts yet are omitted; without any facts the list is
 * empty as soon as one of them needs some, so that a first survey asks for nothing rather than for a wrong address.
 */
export function serviceEndpoints(cluster: Cluster, answers: Pick<Answers, 'services'>, facts: ClusterFacts): readonly ServiceEndpoint[] {
  const services = answers.services ?? [];
  const blind = Object.keys(facts.nodes).length === 0;
  if (blind && services.some((s) => s.address === undefined)) return [];
  const ports: Ports = { taken: new Map() };
  // Answered ports are promised first: no automatic choice may take one of them.
  for (const s of services.filter((one) => one.manage && one.port !== undefined)) managedPort(s, serviceNodes(cluster, s), facts, ports);
  return services.flatMap((service) => {
    const managed = service.manage === true;
    if (service.address !== undefined)
      return [endpoint(service, { cluster, facts }, { ...splitAddress(service.address), shared: service.placement !== 'each-web-node', managed: false })];
    const nodes = serviceNodes(cluster, service);
    if (nodes.length === 0) return [];
    const port = managed ? managedPort(service, nodes, facts, ports) : (service.port ?? serverOf(service.plugin)?.defaultPort ?? 0);
    if (service.placement === 'each-web-node') return [endpoint(service, { cluster, facts }, { host: LOOPBACK, port, shared: false, managed })];
    const [node = ''] = nodes;
    const host = clusterAddress(cluster, node, facts, service);
    return host === null ? [] : [endpoint(service, { cluster, facts }, { host, port, shared: true, managed, node })];
  });
}
