/** The web user that the answers name, where a node shows that the site runs as another. Pure. */

import type { Cluster } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import type { NodeFacts } from '../core/facts.js';
import { remedy } from '../core/remedy.js';

/**
 * Moodle's PHP runs as the account that the answers name only where the node confirms it: a pool or Apache runs as it, or it owns Moodle's data.
 * Every command stops here, since such a node was not asked about Moodle.
 */
export function webUserRefusals(cluster: Cluster, nodes: Readonly<Record<string, NodeFacts>>): readonly WizardError[] {
  return cluster.nodes.flatMap((node) => {
    const refused = nodes[node.name]?.webUserRefused;
    if (refused === undefined) return [];
    const known = refused.known.length === 0 ? 'none found' : refused.known.join(', ');
    return [
      new WizardError(
        'answers-invalid',
        `${node.name}: moodle.webUser is ${refused.asked}, but no PHP pool and no Apache runs as this user there, and it does not own Moodle's data. Accepted users: ${known}.`,
        {
          nodes: [node.name],
          remedies: [
            refused.known.length === 1
              ? remedy`Set moodle.webUser to ${refused.known[0]}, or remove it from the answers so that each node uses its own.`
              : remedy`Remove moodle.webUser from the answers, so that the user of the pool that serves the site is used. It is never root.`,
          ],
        },
      ),
    ];
  });
}
