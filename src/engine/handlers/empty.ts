/** Empties moved definitions in the stores they enter and leave: what is old there would be served again (facts 8.4). */

import type { ChangeOf } from '../../core/change.js';
import { WizardError } from '../../core/errors.js';
import type { MucStore } from '../../core/facts.js';
import type { EmptyResult } from '../../moodle/bridge-api.js';
import type { Owed } from '../../records/site-record.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { sitePools } from './converge.js';

export type EmptyItems = readonly { readonly store: string; readonly definitions: readonly string[] }[];

/** APCu lives inside the web SAPI only. */
const onlyInWeb = (plugin: string | undefined) => plugin === 'apcu';

/** Store instances by name as the file on disk has them now. */
async function liveStores(context: ApplyContext, node: string): Promise<ReadonlyMap<string, string>> {
  const staged = await context.bridge(node).stage({ edits: [], secrets: {}, base: null });
  return new Map(staged.config.stores.map((s: MucStore) => [s.name, s.plugin]));
}

/** Empties items on one node, CLI and web SAPI. @returns what could not be emptied */
export async function emptyOn(context: ApplyContext, node: string, items: EmptyItems): Promise<EmptyResult> {
  const bridge = context.bridge(node);
  const plugins = await liveStores(context, node);
  // A store that is not there (any more) has nothing that Moodle could serve.
  const there = items.filter((i) => plugins.has(i.store));
  const cli = there.filter((i) => !onlyInWeb(plugins.get(i.store)));
  const web = there.filter((i) => onlyInWeb(plugins.get(i.store)));
  const results: EmptyResult[] = [];
  if (cli.length > 0) results.push(await bridge.empty(cli, 'live'));
  if (web.length > 0) for (const pool of sitePools(context, node)) results.push(await bridge.emptyWeb(pool, web));
  return { emptied: results.flatMap((r) => r.emptied), owed: results.flatMap((r) => r.owed) };
}

export const emptyHandler: ChangeHandler<'empty'> = {
  kind: 'empty',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context: ApplyContext, change: ChangeOf<'empty'>) {
    const result = await emptyOn(context, change.node, change.items);
    const owed = result.owed.filter((o) => !isNewAndEmpty(context, change.node, o));
    if (owed.length > 0) {
      throw new WizardError('change-failed', `${change.node}: old cache content could not be emptied: ${owed.map((o) => `${o.definition} in "${o.store}" (${o.why})`).join('; ')}.`, {
        nodes: [change.node],
        remedies: ['Make sure the store answers from this node, then apply again; nothing was lost.'],
      });
    }
    return `${result.emptied.length} emptied`;
  },
};

/** A memcached cannot be emptied for one definition. One of our own that holds nothing yet, or whose prefix only this run has used, need not be. */
function isNewAndEmpty(context: ApplyContext, node: string, owed: Owed): boolean {
  const muc = context.facts.nodes[node]?.moodle?.muc;
  const known = muc?.state === 'ok' && muc.config.stores.some((s) => s.name === owed.store);
  return owed.why.includes('memcached') && !known;
}
