/** What is lost when a service restarts, in words; and whose sessions would go with it. Pure. */

import type { ManagedService } from '../../../src/caches/services/managed.js';
import { nodeInfo } from '../../../src/caches/services/reach.js';
import { asRemedy, joined, NOTHING, part, piece, type Remedy, remedy } from '../../../src/core/remedy.js';
import { sessionNodes } from '../../../src/core/server-address.js';
import type { ServicePlugin } from '../../../src/platform/index.js';
import type { PlanInput } from '../../../src/track/step.js';

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

/** Whether the sessions of this site would go with a service. */
export function sessionsLiveOn(input: PlanInput, service: ManagedService): boolean {
  return sessionNodes(input, service.address, service.port).length > 0;
}

/** The sentence that stands beside a restart. */
export function lossText(
  input: PlanInput,
  service: ManagedService,
  { sessions, newPassword }: { readonly sessions: boolean; readonly newPassword: boolean },
): Remedy {
  const info = nodeInfo(input, service.answer.name, service.answer.placement === 'each-web-node' ? service.node : null);
  const what = holds(service.answer.plugin, info);
  const who = clients(service.answer.plugin, info);
  const lost = remedy`The service ${service.answer.name} loses what it holds${what === null ? '' : piece`: ${part(asRemedy(what))}`}${who === null ? '' : piece`, ${part(asRemedy(who))} cut`}; Moodle makes it anew, and for some seconds uses the shared file store.`;
  const outage = newPassword
    ? remedy`Until step 4 gives Moodle the new password, store instances with the old one are not ready and the shared file store stands in.`
    : NOTHING;
  return joined([sessions ? remedy`Sessions are kept on it: everybody is logged out.` : NOTHING, lost, outage]);
}
