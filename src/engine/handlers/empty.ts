/** Empties moved definitions in the stores they enter and leave: what is old there would be served again (fact M19). */

import type { ChangeOf } from '../../core/change.js';
import { asWizardError, WizardError } from '../../core/errors.js';
import type { EmptyResult, NotEmptied } from '../../core/moodle-answers.js';
import type { Owed } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { StoreItems } from '../../core/trial.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { sitePools } from './converge.js';

export type EmptyItems = StoreItems;

/** Only what is listed, grouped by store again. */
function itemsOf(list: readonly NotEmptied[]): EmptyItems {
  const stores = [...new Set(list.map((o) => o.store))];
  return stores.map((store) => ({ store, definitions: list.filter((o) => o.store === store).map((o) => o.definition) }));
}

/** Empties items on one node: from CLI, and what only the web SAPI reaches through the site's pools. @returns what could not be emptied */
export async function emptyOn(context: ApplyContext, node: string, items: EmptyItems): Promise<EmptyResult> {
  const bridge = context.bridge(node);
  const inWeb = (list: EmptyItems) => (list.length === 0 ? [] : Promise.all(sitePools(context, node).map((pool) => bridge.emptyWeb(pool, list))));
  const [known, rest] = [items.filter((i) => i.webOnly), items.filter((i) => !i.webOnly)];
  // What the planner knows to live in the web SAPI needs no PHP in CLI to say so.
  const [cli, first] = await Promise.all([rest.length === 0 ? { emptied: [], owed: [] } : bridge.empty(rest, 'live'), inWeb(known)]);
  const webs = [...first, ...(await inWeb(itemsOf(cli.owed.filter((o) => o.code === 'web-only'))))];
  return {
    emptied: [cli, ...webs].flatMap((r) => r.emptied),
    // An instance that is not there, a user's own session, an APCu where no page is served: Moodle reads nothing old from them.
    owed: [cli, ...webs].flatMap((r) => r.owed).filter((o) => o.code === 'flush' || o.code === 'failed'),
  };
}

/** The same where nothing may stop half-way: what cannot be emptied is returned. */
export async function emptyOrReport(context: ApplyContext, node: string, items: EmptyItems): Promise<readonly Owed[]> {
  if (items.length === 0) return [];
  try {
    return (await emptyOn(context, node, items)).owed;
  } catch (thrown) {
    const why = asWizardError(thrown).message;
    return items.flatMap((i) => i.definitions.map((definition) => ({ store: i.store, definition, why })));
  }
}

export const emptyHandler: ChangeHandler<'empty'> = {
  kind: 'empty',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context: ApplyContext, change: ChangeOf<'empty'>) {
    const result = await emptyOn(context, change.node, change.items);
    const owed = result.owed.filter((o) => !isNewAndEmpty(context, change.node, o));
    if (owed.length > 0) {
      throw new WizardError(
        'change-failed',
        `${change.node}: cannot empty old cache content: ${owed.map((o) => `${o.definition} in "${o.store}" (${o.why})`).join('; ')}.`,
        {
          nodes: [change.node],
          remedies: [
            owed.some((o) => o.code === 'flush')
              ? remedy`This memcached can only be emptied completely: make sure that no other program uses it, empty it yourself, then run the same command again.`
              : remedy`Make sure that this node can use the store, then run the same command again. No data was lost.`,
          ],
        },
      );
    }
    return `${result.emptied.length} emptied`;
  },
};

/** A memcached cannot be emptied for one definition. One of our own that holds nothing yet, or whose prefix only this run has used, need not be. */
function isNewAndEmpty(context: ApplyContext, node: string, owed: NotEmptied): boolean {
  const muc = context.facts.nodes[node]?.moodle?.muc;
  const known = muc?.state === 'ok' && muc.config.stores.some((s) => s.name === owed.store);
  return owed.code === 'flush' && !known;
}
