/** Findings about services that sessions and caches live on. */

import { purgesAll, serverOf } from '../caches/plugins/catalog.js';
import { usesServer } from '../caches/same-server.js';
import { mainNode } from '../core/cluster.js';
import type { ServiceMeasure } from '../core/measure.js';
import { type Command, joined, part, pasteable, remedy, sh } from '../core/remedy.js';
import { isLoopback, isSameServer, type ServerAt, splitServer } from '../core/server-address.js';
import type { AdviceContext } from './context.js';
import { largestTaken } from './costs.js';
import { type Add, row } from './findings-row.js';

interface SessionServer extends ServerAt {
  readonly plugin: string;
}

/** Servers of sessions by every node's config.php, each once: as main writes it, where main has it. */
function sessionServers(context: AdviceContext): readonly SessionServer[] {
  const main = mainNode(context.cluster).name;
  const nodes = [...context.moodleFacts].sort((a, b) => Number(b.node === main) - Number(a.node === main));
  const all = nodes.flatMap(({ node, moodle }) => (moodle?.sessionServers ?? []).map((s): SessionServer => ({ ...s, seenFrom: node })));
  return all.filter((s, i) => all.findIndex((other) => other.plugin === s.plugin && isSameServer(other, s, context)) === i);
}

/** Names of the cache stores on a server, whichever node reaches it and by whichever name. */
function storesOn(context: AdviceContext, server: SessionServer): readonly string[] {
  return context.muc.stores.filter((s) => s.plugin === server.plugin && usesServer(s, server, context)).map((s) => s.name);
}

/** Servers by the node that writes them, so that no node has two rows of a kind. */
function byNode(servers: readonly SessionServer[]): readonly (readonly [node: string, servers: readonly SessionServer[]])[] {
  const nodes = [...new Set(servers.map((s) => s.seenFrom))];
  return nodes.map((node) => [node, servers.filter((s) => s.seenFrom === node)]);
}

const addresses = (servers: readonly SessionServer[]) => servers.map((s) => s.address).join(', ');

/** Sessions on a memcached that caches share: any purge empties it. */
function memcachedSessionRows(context: AdviceContext, add: Add, servers: readonly SessionServer[]): void {
  const used = servers.filter((s) => purgesAll(s.plugin) && storesOn(context, s).length > 0);
  for (const [node, there] of byNode(used)) {
    const stores = [...new Set(there.flatMap((s) => storesOn(context, s)))];
    add(
      'sessions-memcached',
      node,
      row(
        'warning',
        `sessions on ${addresses(there)}`,
        `the cache store ${stores.map((s) => `"${s}"`).join(', ')} uses the same memcached`,
        'a memcached of their own',
        remedy`Purging one cache empties the whole server and logs out all users. Give caches a server of their own.`,
      ),
    );
  }
}

/** What a server does when it is full, as it reports; undefined where it was not asked. */
const policyOf = (measure: ServiceMeasure): string | undefined => evictionOf(measure)?.policy(measure.server ?? {});

const evictionOf = ({ plugin }: { readonly plugin: string }) => serverOf(plugin)?.eviction;

function redisCli({ address }: SessionServer): Command {
  const { host, port } = splitServer(address);
  const where = port.startsWith('/') ? sh`-s ${port}` : isLoopback(host) ? sh`-p ${port}` : sh`-h ${host} -p ${port}`;
  return sh`redis-cli ${where} config get maxmemory-policy`;
}

/** Sessions on a Redis of which nobody knows whether it throws keys away. */
function unknownPolicyRows(context: AdviceContext, add: Add, servers: readonly SessionServer[], asked: readonly (ServiceMeasure & ServerAt)[]): void {
  const unknown = servers.filter((s) => evictionOf(s) !== undefined && !asked.some((m) => policyOf(m) !== undefined && isSameServer(m, s, context)));
  for (const [node, there] of byNode(unknown))
    add(
      'sessions-policy',
      node,
      row(
        'note',
        `sessions on ${addresses(there)}`,
        'its eviction policy is unknown: it is not one of the measured services',
        'noeviction',
        remedy`On ${node} run: ${part(
          joined(
            there.map((s) => pasteable(redisCli(s))),
            '; ',
          ),
        )}. It must answer noeviction: a Redis that evicts keys logs users out.`,
      ),
    );
}

/** Sessions on a memcached or Redis that caches share or that throws keys away. */
export function sessionRows(context: AdviceContext, add: Add): void {
  const main = mainNode(context.cluster).name;
  const measures = Object.values(context.facts.measured?.nodes ?? {}).flatMap((n) => n.services.map((s) => ({ ...s, seenFrom: n.node })));
  const redis = measures.filter((m) => evictionOf(m) !== undefined);
  const servers = sessionServers(context);
  memcachedSessionRows(context, add, servers);
  unknownPolicyRows(context, add, servers, redis);
  const seen = new Set<string>();
  for (const measure of redis) {
    const sessions = measure.keys?.filter((k) => k.kind === 'sessions').reduce((n, k) => n + k.keys, 0) ?? 0;
    // Only some keys of one database are looked at: what config.php names counts as well.
    const named = servers.find((s) => s.plugin === measure.plugin && isSameServer(measure, s, context));
    if ((sessions === 0 && !named) || seen.has(measure.address)) continue;
    seen.add(measure.address);
    const policy = policyOf(measure) ?? 'noeviction';
    const evicts = policy !== 'noeviction' && Number(measure.server?.['maxmemory'] ?? 0) > 0;
    const is = sessions > 0 ? `${sessions} or more` : `those of config.php on ${named?.seenFrom}`;
    if (evicts)
      add(
        `sessions-evicted-${measure.service}`,
        main,
        row(
          'warning',
          `sessions on ${measure.address}`,
          `${is}, and it evicts keys when it is full (${policy})`,
          'noeviction, or a Redis of their own',
          remedy`Give sessions a Redis of their own with maxmemory-policy noeviction. Otherwise users lose their work.`,
        ),
      );
    else
      add(
        `sessions-beside-${measure.service}`,
        main,
        row(
          'note',
          `sessions on ${measure.address}`,
          `${is}, on the same server as caches`,
          'a Redis of their own',
          remedy`When growing caches fill it, no session can be written. Give sessions a Redis of their own.`,
        ),
      );
  }
}

/** memcached servers that are short of room or refuse large values. */
export function memcachedRows(context: AdviceContext, add: Add): void {
  const { measured } = context.facts;
  const main = mainNode(context.cluster).name;
  if (!measured) return;
  for (const server of measured.memcached) {
    const hits = server.hitRatio === undefined ? '' : `, hit rate ${Math.round(server.hitRatio * 100)} %`;
    if ((server.evictions ?? 0) > 0)
      add(
        `evictions-${server.service}`,
        main,
        row(
          'note',
          `${server.service} (${server.address})`,
          `${server.evictions} values evicted in ${Math.round((server.uptimeSeconds ?? 0) / 3600)} h${hits}`,
          'none',
          remedy`Give it more memory than its ${server.limitMb} MB (-m).`,
        ),
      );
  }
  const services = new Set(Object.values(measured.nodes).flatMap((n) => n.services.filter((s) => serverOf(s.plugin)?.itemSize).map((s) => s.service)));
  const large = [...(measured.use?.definitions ?? [])].sort((a, b) => b.maxBytes - a.maxBytes)[0];
  for (const service of services) {
    const taken = largestTaken(measured, service);
    if (taken === undefined || !large || large.maxBytes <= taken) continue;
    const mb = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
    add(
      `items-${service}`,
      main,
      row(
        'note',
        `largest value of ${service}`,
        `${mb(taken)}; ${large.definition} has one of ${mb(large.maxBytes)}`,
        'more than the largest value',
        remedy`Raise its item size (-I), or map large caches elsewhere. Values that are too large are silently dropped.`,
      ),
    );
  }
}
