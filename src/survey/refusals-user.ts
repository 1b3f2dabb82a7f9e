/** The web user that the answers name, where a node shows that the site is not its. Pure. */

import type { Cluster } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import type { NodeFacts } from '../core/facts.js';
import { remedy } from '../core/remedy.js';

/**
 * Moodle's PHP runs as the account that the answers name only where the node confirms it: a pool, Apache or the owner of Moodle's data is it.
 * Every command stops here, since nothing of Moodle was asked on such a node.
 */
export function webUserRefusals(cluster: Cluster, nodes: Readonly<Record<string, NodeFacts>>): readonly WizardError[] {
  return cluster.nodes.flatMap((node) => {
    const refused = nodes[node.name]?.webUserRefused;
    if (refused === undefined) return [];
    const known = refused.known.length === 0 ? 'none was found' : refused.known.join(', ');
    return [
      new WizardError(
        'answers-invalid',
        `${node.name}: moodle.webUser is ${refused.asked}, but no PHP pool and no Apache runs as this user there, and Moodle's data is not its. Users that would be accepted: ${known}.`,
        {
          nodes: [node.name],
          remedies: [
            refused.known.length === 1
              ? remedy`Set moodle.webUser to ${refused.known[0]}, or remove it from the answers so that each node's own is used.`
              : remedy`Remove moodle.webUser from the answers, so that the user of the pool that serves the site is used. It is never root.`,
          ],
        },
      ),
    ];
  });
}
