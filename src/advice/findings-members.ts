/** Findings about replica sets and open servers, from what servers report of themselves. */

import { serverOf } from '../caches/plugins/catalog.js';
import { inSet } from '../caches/same-server.js';
import { mainNode } from '../core/cluster.js';
import { remedy } from '../core/remedy.js';
import type { AdviceContext } from './context.js';
import { type Add, row } from './findings-row.js';

/** Services that answer and were not measured, with the nodes; one row a service. */
function unmeasuredRows(context: AdviceContext, main: string, add: Add): void {
  const all = Object.values(context.facts.measured?.nodes ?? {}).flatMap((n) =>
    n.services.flatMap((s) => (s.unmeasured !== undefined ? [{ node: n.node, ...s, why: s.unmeasured }] : [])),
  );
  for (const { service, plugin, address, why } of all.filter((m, i) => all.findIndex((o) => o.service === m.service) === i)) {
    const nodes = all.filter((m) => m.service === service).map((m) => m.node);
    add(
      `${plugin}-unmeasured-${service}`,
      main,
      row(
        'note',
        `${service} (${address})`,
        `not measured on ${nodes.join(', ')}: ${why}`,
        'measured through the driver that Moodle uses',
        remedy`Let step 3 install the extension ("modules: {install: true}"), or install it yourself; the next run measures it. Until then its cost is estimated from the connection alone.`,
      ),
    );
  }
}

/** A service that was not measured, a set that Moodle does not know of, a server that is open to all. */
export function memberRows(context: AdviceContext, add: Add): void {
  const main = mainNode(context.cluster).name;
  unmeasuredRows(context, main, add);
  const services = Object.values(context.facts.measured?.nodes ?? {}).flatMap((n) => n.services);
  for (const [i, { service, plugin, address, server }] of services.entries()) {
    const traits = serverOf(plugin);
    if (!server || !traits || services.findIndex((s) => s.service === service && s.server !== undefined) !== i) continue;
    const subject = `${service} (${address})`;
    const set = traits.replicaSet?.(server);
    if (set !== undefined && !inSet(context.muc.stores, { address, seenFrom: main }, context))
      add(
        `${plugin}-set-${service}`,
        main,
        row(
          'note',
          subject,
          `currently the primary of the replica set ${set}`,
          'the whole set',
          remedy`If another member becomes primary, this address accepts no writes. Under stores, define the store without service, with the settings replicaset: ${set} and server with all members.`,
        ),
      );
    if (traits.isOpen?.(server))
      add(
        `${plugin}-open-${service}`,
        main,
        row(
          'warning',
          subject,
          'accepts every connection without a login',
          'a login, or a network of its own',
          remedy`Enable authorization and give Moodle a user. Anyone who can write to caches can run code on every node.`,
        ),
      );
  }
}
