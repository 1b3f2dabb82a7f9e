/** What is lost when a service restarts, in words; and whose sessions would go with it. Pure. */

import { type ClusterNode, moodleNodes } from '../../../src/core/cluster.js';
import type { ClusterFacts } from '../../../src/core/facts.js';
import type { PlanInput } from '../../../src/core/step.js';
import type { ServicePlugin } from '../../../src/platform/index.js';
import { LOOPBACK } from './endpoints.js';
import type { ManagedService } from './managed.js';
import { nodeInfo } from './reach.js';

/** What a service holds, from its own statistics: `12 keys (1.2M)`; null when it did not tell. */
export function holds(plugin: ServicePlugin, info: Readonly<Record<string, string>> | null): string | null {
  if (!info) return null;
  if (plugin === 'memcached') return info.curr_items === undefined ? null : `${info.curr_items} items`;
  if (plugin !== 'redis') return null;
  const keys = Object.entries(info).reduce((sum, [name, value]) => sum + (/^db\d+$/.test(name) ? Number(/keys=(\d+)/.exec(value)?.[1] ?? 0) : 0), 0);
  const size = info.used_memory_human;
  return `${keys} key${keys === 1 ? '' : 's'}${size === undefined ? '' : ` (${size} of memory in use)`}`;
}

function clients(plugin: ServicePlugin, info: Readonly<Record<string, string>> | null): string | null {
  const count = plugin === 'memcached' ? info?.curr_connections : info?.connected_clients;
  return count === undefined ? null : `${count} connection${count === '1' ? '' : 's'}`;
}

/** Every name under which a Moodle node may know an address: `localhost` and a node's names become its addresses. */
function sameHost(a: string, b: string, seenFrom: string, nodes: readonly ClusterNode[], facts: ClusterFacts): boolean {
  const resolve = (host: string): readonly string[] => {
    const lower = host.toLowerCase();
    if (lower === 'localhost' || lower === LOOPBACK || lower === '::1')
      return [LOOPBACK, ...(facts.nodes[seenFrom]?.addresses ?? []).map((x) => x.split('/')[0] ?? '')];
    const node = nodes.find(
      (n) => n.host.toLowerCase() === lower || n.name.toLowerCase() === lower || facts.nodes[n.name]?.hostname.toLowerCase() === lower.split('.')[0],
    );
    const addresses = node ? (facts.nodes[node.name]?.addresses ?? []).map((x) => x.split('/')[0] ?? '') : [];
    return [lower, ...addresses.filter((x) => x !== LOOPBACK && x !== '::1')];
  };
  const right = resolve(b);
  return resolve(a).some((x) => right.includes(x));
}

/** Whether `host:port`, as some Moodle node writes it, is this endpoint. */
export function isServer(input: Pick<PlanInput, 'cluster' | 'facts'>, server: string, endpoint: { readonly host: string; readonly port: number }): boolean {
  const at = server.lastIndexOf(':');
  if (Number(server.slice(at + 1)) !== endpoint.port) return false;
  return moodleNodes(input.cluster).some((n) => sameHost(server.slice(0, at), endpoint.host, n.name, input.cluster.nodes, input.facts));
}

/** The Moodle nodes whose config.php keeps sessions on this very server. */
export function sessionNodes(input: Pick<PlanInput, 'cluster' | 'facts'>, host: string, port: number): readonly string[] {
  return moodleNodes(input.cluster)
    .map((n) => n.name)
    .filter((node) =>
      (input.facts.nodes[node]?.moodle?.sessionServers ?? []).some(({ address }) => {
        const at = address.lastIndexOf(':');
        return Number(address.slice(at + 1)) === port && sameHost(address.slice(0, at), host, node, input.cluster.nodes, input.facts);
      }),
    );
}

export function sessionsLiveOn(input: PlanInput, service: ManagedService): boolean {
  return sessionNodes(input, service.address, service.port).length > 0;
}

/** The sentence that stands beside a restart. */
export function lossText(
  input: PlanInput,
  service: ManagedService,
  { sessions, newPassword }: { readonly sessions: boolean; readonly newPassword: boolean },
): string {
  const info = nodeInfo(input, service.answer.name, service.answer.placement === 'each-web-node' ? service.node : null);
  const what = holds(service.answer.plugin, info);
  const who = clients(service.answer.plugin, info);
  const lost = `${service.answer.name} loses what it holds${what === null ? '' : `: ${what}`}${who === null ? '' : `, ${who} cut`}; Moodle makes it anew, and for some seconds uses the shared file store.`;
  const outage = newPassword
    ? ' Until step 4 gives Moodle the new password, store instances with the old one are not ready and the shared file store stands in.'
    : '';
  return `${sessions ? 'Sessions are kept on it: everybody is logged out. ' : ''}${lost}${outage}`;
}
