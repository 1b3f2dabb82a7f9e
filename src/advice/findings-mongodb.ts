/** Findings about MongoDB servers, from what they told of themselves. */

import { mainNode } from '../core/cluster.js';
import type { AdviceContext } from './context.js';
import { type Add, row } from './findings-row.js';

/** A member that takes no writes, a set that Moodle does not know of, a server that is open to all. */
export function mongodbRows(context: AdviceContext, add: Add): void {
  const main = mainNode(context.cluster).name;
  const services = Object.values(context.facts.measured?.nodes ?? {}).flatMap((n) => n.services.filter((s) => s.plugin === 'mongodb'));
  for (const [i, { service, address, server }] of services.entries()) {
    if (!server || services.findIndex((s) => s.service === service && s.server !== undefined) !== i) continue;
    const subject = `${service} (${address})`;
    const set = server['setName'];
    const inSet = set === undefined ? '' : ` of the replica set ${set}`;
    if (server['isWritablePrimary'] === 'false' || server['ismaster'] === 'false')
      add(
        `mongodb-secondary-${service}`,
        main,
        row(
          'warning',
          subject,
          `a secondary${inSet}: it takes no writes`,
          'the primary, or the whole set',
          'Name the primary, or list all members in the setting server of its store, with the name of the set as the setting replicaset.',
        ),
      );
    else if (set !== undefined)
      add(
        `mongodb-set-${service}`,
        main,
        row(
          'note',
          subject,
          `the primary${inSet} today`,
          'the whole set',
          'When another member becomes primary this address takes no writes: list all members in the setting server of its store, with the setting replicaset.',
        ),
      );
    if (server['open'] === 'true')
      add(
        `mongodb-open-${service}`,
        main,
        row(
          'warning',
          subject,
          'lets everybody in who reaches its port',
          'a login, or a network of its own',
          'Turn its authorization on and give Moodle a user: whoever can write to caches can run code on every node.',
        ),
      );
  }
}
