/** Which server an address means to the node that uses it: `localhost` is another machine on each, and one machine has many names. Pure. */

import { type Cluster, type ClusterNode, moodleNodes } from './cluster.js';
import type { ClusterFacts } from './facts.js';

/** What names are resolved by; part of what a step gets. */
export interface AddressContext {
  readonly cluster: Cluster;
  readonly facts: ClusterFacts;
}

/** An address as one node uses it. */
export interface ServerAt {
  readonly address: string;
  readonly seenFrom: string;
}

const LOOPBACK = /^(localhost(\.localdomain)?|127\.[0-9.]+|0\.0\.0\.0|::1|\[::1\])$/i;
const SCHEME = /^([a-z+]+:\/\/|unix:)/i;

/** Whether a host is the very node that asks. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Host and port of an address; the port is empty where none is named. A socket is a port of the node itself. */
export function splitServer(address: string): { readonly host: string; readonly port: string } {
  const text = address.trim().replace(SCHEME, '');
  if (/^(\/|%2f)/i.test(text)) return { host: 'localhost', port: text.replace(/:[0-9]+$/, '') };
  const bare = text.replace(/^[^@]*@/, '').replace(/[/?].*$/, '');
  const [, host = bare, port = ''] = /^([^:]+|\[.*\]):([0-9]+)$/.exec(bare) ?? [];
  return { host: host.toLowerCase(), port };
}

const shortName = (host: string): string => host.toLowerCase().split('.')[0] ?? '';

/** The node that a host is, by its names and its addresses; the host itself where it is none of ours, or could be two. */
function machineOf(host: string, seenFrom: string, { cluster, facts }: AddressContext): string {
  if (isLoopback(host)) return seenFrom;
  const exact = cluster.nodes.filter((n) => {
    const of = facts.nodes[n.name];
    const own = [n.host, n.name, ...(of ? [of.hostname, ...of.addresses.map((a) => a.split('/')[0] ?? '')] : [])];
    return own.some((x) => x.toLowerCase() === host);
  });
  const byName = (n: ClusterNode): boolean => shortName(facts.nodes[n.name]?.hostname ?? '') === shortName(host);
  const found = exact.length > 0 || /^[0-9.]+$/.test(host) ? exact : cluster.nodes.filter(byName);
  return found.length === 1 ? (found[0]?.name ?? host) : host;
}

/** Whether two addresses, each as a node of its own uses it, lead to one server. A node is taken for the one of its name in any domain. */
export function isSameServer(a: ServerAt, b: ServerAt, known: AddressContext): boolean {
  const [left, right] = [splitServer(a.address), splitServer(b.address)];
  return left.port === right.port && machineOf(left.host, a.seenFrom, known) === machineOf(right.host, b.seenFrom, known);
}

/** Whether `host:port`, as some Moodle node writes it, is this endpoint. */
export function isServer(known: AddressContext, server: string, endpoint: { readonly host: string; readonly port: number }): boolean {
  const address = `${endpoint.host}:${endpoint.port}`;
  return moodleNodes(known.cluster).some(({ name }) => isSameServer({ address: server, seenFrom: name }, { address, seenFrom: name }, known));
}

/** The Moodle nodes whose config.php keeps sessions on this very server. */
export function sessionNodes(known: AddressContext, host: string, port: number): readonly string[] {
  return moodleNodes(known.cluster)
    .map((n) => n.name)
    .filter((seenFrom) =>
      (known.facts.nodes[seenFrom]?.moodle?.sessionServers ?? []).some(({ address }) =>
        isSameServer({ address, seenFrom }, { address: `${host}:${port}`, seenFrom }, known),
      ),
    );
}
