/** Findings about services that sessions and caches live on. */

import { serversOf } from '../catalog/configuration.js';
import { mainNode } from '../core/cluster.js';
import type { AdviceContext } from './context.js';
import { largestTaken } from './costs.js';
import { type Add, row } from './findings-row.js';

/** One machine by one name. */
const sameName = (address: string): string => address.replace(/^localhost(?=:|$)/, '127.0.0.1');

/** Sessions on a memcached or Redis that caches share or that throws keys away. */
export function sessionRows(context: AdviceContext, add: Add): void {
  const { moodle, cluster, facts } = context;
  const main = mainNode(cluster).name;
  const measures = Object.values(facts.measured?.nodes ?? {}).flatMap((n) => n.services);
  for (const server of moodle?.sessionServers ?? []) {
    const used = context.muc.stores.filter(
      (s) => s.plugin === server.plugin && serversOf(s.plugin, s.configuration).map(sameName).includes(sameName(server.address)),
    );
    if (server.plugin === 'memcached' && used.length > 0)
      add(
        'sessions-memcached',
        main,
        row(
          'warning',
          `sessions on ${server.address}`,
          `the cache store "${used[0]?.name}" uses the same memcached`,
          'a memcached of their own',
          'A purge of one cache empties the whole server and signs everybody out: give caches a server of their own.',
        ),
      );
  }
  const seen = new Set<string>();
  for (const measure of measures) {
    const sessions = measure.keys?.filter((k) => k.kind === 'sessions').reduce((n, k) => n + k.keys, 0) ?? 0;
    const policy = measure.server?.['maxmemory_policy'] ?? measure.server?.['config_maxmemory-policy'] ?? 'noeviction';
    const evicts = policy !== 'noeviction' && Number(measure.server?.['maxmemory'] ?? 0) > 0;
    if (measure.plugin !== 'redis' || sessions === 0 || seen.has(measure.address)) continue;
    seen.add(measure.address);
    if (evicts)
      add(
        `sessions-evicted-${measure.service}`,
        main,
        row(
          'warning',
          `sessions on ${measure.address}`,
          `${sessions} or more, and it throws keys away when it is full (${policy})`,
          'noeviction, or a Redis of their own',
          'Give sessions a Redis of their own with maxmemory-policy noeviction: people lose their work otherwise.',
        ),
      );
    else
      add(
        `sessions-beside-${measure.service}`,
        main,
        row(
          'note',
          `sessions on ${measure.address}`,
          `${sessions} or more beside caches`,
          'a Redis of their own',
          'Caches that grow fill it, and then no session can be written: give sessions a Redis of their own.',
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
    const hits = server.hitRatio === undefined ? '' : `, hits ${Math.round(server.hitRatio * 100)} %`;
    if ((server.evictions ?? 0) > 0)
      add(
        `evictions-${server.service}`,
        main,
        row(
          'note',
          `${server.service} (${server.address})`,
          `${server.evictions} values thrown away in ${Math.round((server.uptimeSeconds ?? 0) / 3600)} h${hits}`,
          'none',
          `Give it more memory than its ${server.limitMb} MB (-m).`,
        ),
      );
  }
  const services = new Set(Object.values(measured.nodes).flatMap((n) => n.services.filter((s) => s.plugin === 'memcached').map((s) => s.service)));
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
        'above the largest value',
        'Raise its item size (-I), or keep large caches off it; values that are too large are dropped without a word.',
      ),
    );
  }
}
