/** The web SAPIs that the wizard knows, and what it watches of them on a node. */

import type { NodeFacts, PhpPool } from '../../core/facts.js';
import { apacheProbe } from './apache.js';
import { fpmProbe } from './fpm.js';
import type { WebProbe } from './port.js';

export type { RootPhp, WebCall, WebProbe } from './port.js';

const PROBES: Readonly<Record<PhpPool['kind'], WebProbe>> = { fpm: fpmProbe, apache: apacheProbe };

/** How the web SAPI behind this pool is asked. */
export function webProbe(pool: Pick<PhpPool, 'kind'>): WebProbe {
  return PROBES[pool.kind];
}

/** Indices of the pools that serve the site, the best first. */
function served(facts: Pick<NodeFacts, 'sitePool' | 'sitePools'>): readonly number[] {
  return facts.sitePools ?? (facts.sitePool === null ? [] : [facts.sitePool]);
}

/** Word for drain.sh where nobody knows what serves pages. */
const NOT_FOUND = 'no-pool-found:';

/**
 * Arguments of drain.sh: every pool of PHP-FPM, since workers of other pools may run this Moodle too, and whatever else serves the site.
 * @param servesPages whether the node has the role `web`: then there must be something to watch
 */
export function drainWatch(facts: Pick<NodeFacts, 'pools' | 'sitePool' | 'sitePools'>, servesPages: boolean): readonly string[] {
  const known = served(facts);
  const pools = facts.pools.filter((pool, index) => pool.kind === 'fpm' || known.includes(index));
  return [...new Set([...pools.map((pool) => webProbe(pool).watch(pool)), ...(servesPages && known.length === 0 ? [NOT_FOUND] : [])])];
}
