/** A Moodle node whose Moodle could be read: what refusals compare. */

import type { ClusterNode } from '../core/cluster.js';
import type { MoodleNodeFacts, NodeFacts } from '../core/facts.js';

export interface Reader {
  readonly node: ClusterNode;
  readonly facts: NodeFacts;
  readonly moodle: MoodleNodeFacts;
}
