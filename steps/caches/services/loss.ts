/** What is lost when a service restarts, in words; and whose sessions would go with it. Pure. */

import { serverOf } from '../../../src/caches/plugins/catalog.js';
import type { ServerInfo } from '../../../src/caches/plugins/server-types.js';
import type { ManagedService } from '../../../src/caches/services/managed.js';
import { nodeInfo } from '../../../src/caches/services/reach.js';
import { asRemedy, joined, NOTHING, part, piece, type Remedy, remedy } from '../../../src/core/remedy.js';
import { sessionNodes } from '../../../src/core/server-address.js';
import type { PlanInput } from '../../../src/track/step.js';

/** What a service holds, from its own statistics: `12 keys (1.2M)`; null when it did not tell. */
export function holds(plugin: string, info: ServerInfo | null): string | null {
  return info === null ? null : (serverOf(plugin)?.holds(info) ?? null);
}

function clients(plugin: string, info: ServerInfo | null): string | null {
  const count = info === null ? undefined : serverOf(plugin)?.clients(info);
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
  const lost = remedy`The service ${service.answer.name} loses its content${what === null ? '' : piece`: ${part(asRemedy(what))}`}${who === null ? '' : piece`, ${part(asRemedy(who))} cut`}. Moodle rebuilds it, and uses the shared file store for some seconds.`;
  const outage = newPassword
    ? remedy`Until step 4 gives Moodle the new password, stores with the old one are not ready, and Moodle uses the shared file store.`
    : NOTHING;
  return joined([sessions ? remedy`It holds sessions: all users are logged out.` : NOTHING, lost, outage]);
}
