/** Moved definitions are emptied in the stores they enter and leave, where those can be reached. Pure. */

import type { Change } from '../../core/change.js';
import { type Cluster, mainNode, moodleNodes } from '../../core/cluster.js';
import { remedy } from '../../core/remedy.js';
import { livesInPhp, purgesAll } from '../plugins/catalog.js';
import { CACHE_STEP } from '../steps.js';

export interface StoreUse {
  readonly name: string;
  readonly plugin: string;
  /** One for all nodes; false = private to each node. */
  readonly shared: boolean;
}

/** Stores and the definitions to empty in them, by store. */
function itemsOf(pairs: readonly { readonly store: string; readonly definition: string }[]): { store: string; definitions: string[] }[] {
  const byStore = new Map<string, Set<string>>();
  for (const { store, definition } of pairs) byStore.set(store, (byStore.get(store) ?? new Set()).add(definition));
  return [...byStore].map(([store, definitions]) => ({ store, definitions: [...definitions].sort() })).sort((a, b) => (a.store < b.store ? -1 : 1));
}

interface EmptyChangesInput {
  readonly cluster: Cluster;
  readonly target: string;
  readonly what: string;
  readonly pairs: readonly { readonly store: string; readonly definition: string }[];
  readonly stores: readonly StoreUse[];
  readonly after: readonly string[];
}

/** Keys in a memcached do not tell their definition. */
function wholeText(items: readonly { readonly store: string }[], stores: readonly StoreUse[]): string {
  const whole = items.filter((i) => stores.some((s) => s.name === i.store && purgesAll(s.plugin)));
  if (whole.length === 0) return '';
  return ` All keys of ${whole.map((i) => `"${i.store}"`).join(', ')} on its server are deleted one by one; keys of others stay.`;
}

/** Shared stores are emptied once, from main; local ones on every node. */
export function emptyChanges({ cluster, target, what, pairs, stores, after }: EmptyChangesInput): Change[] {
  const webOnly = new Set(stores.filter((s) => livesInPhp(s.plugin)).map((s) => s.name));
  const local = new Set(stores.filter((s) => !s.shared).map((s) => s.name));
  const change = (node: string, items: ReturnType<typeof itemsOf>): Change => ({
    kind: 'empty',
    id: `empty:${node}:${target}`,
    node,
    step: CACHE_STEP.mappings,
    what,
    why: `Otherwise Moodle would serve old content of this store: old settings, even revoked rights.${wholeText(items, stores)}`,
    after,
    lane: 'parallel',
    risk: 'low',
    undo: remedy`Cache content only: Moodle rebuilds it.`,
    notifies: [],
    items: items.map((item) => (webOnly.has(item.store) ? { ...item, webOnly: true } : item)),
  });
  const shared = itemsOf(pairs.filter((p) => !local.has(p.store)));
  const onEach = itemsOf(pairs.filter((p) => local.has(p.store)));
  const main = mainNode(cluster).name;
  return moodleNodes(cluster).flatMap((node) => {
    const items = node.name === main ? [...shared, ...onEach] : onEach;
    return items.length === 0 ? [] : [change(node.name, items)];
  });
}
