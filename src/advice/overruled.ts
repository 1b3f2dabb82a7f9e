/** What it costs to overrule a row of the advice. Pure. */

import { getAt } from '../answers/draft.js';
import { mucOf, servicesOf, storesOf } from '../caches/drafted.js';
import { livesInPhp } from '../caches/plugins/catalog.js';
import type { DefinitionAdvice } from '../core/advice.js';
import { clean } from '../core/clean.js';
import type { AskInput } from '../track/question.js';

/** Where the answers name the stores of definitions: what a person says there wins over the advice. */
export const OWN_STORES = 'mappings.definitions';

/** The key of one definition there. */
export const ownStoresKey = (definition: string): string => `${OWN_STORES}.${definition}`;

/** Stores of which every node has its own: APCu instances, and those that the advice puts on the nodes themselves. */
function localStores(input: AskInput): ReadonlySet<string> {
  const { answers, facts, advice } = input;
  const listed = storesOf(answers);
  const apcu = [...(listed === null || listed === 'auto' ? [] : listed), ...(mucOf(facts)?.stores ?? [])].filter((s) => livesInPhp(s.plugin));
  const placed = servicesOf(answers).filter((s) => s.placement === 'each-web-node');
  const advised = advice?.definitions.flatMap((d) => (d.placement === 'local' ? d.stores : d.placement === 'stacked' ? d.stores.slice(0, 1) : [])) ?? [];
  return new Set([...apcu.map((s) => s.name), ...placed.flatMap((s) => (s.name === undefined ? [] : [s.name])), ...advised]);
}

/** The stores that the person wants for a definition; null when the advice stands. */
export function ownStores(input: AskInput, row: DefinitionAdvice): readonly string[] | null {
  const own = getAt(input.answers, ownStoresKey(row.definition));
  return Array.isArray(own) && (own as string[]).join() !== row.stores.join() ? (own as string[]) : null;
}

/** What follows from them, as a sentence; null when the advice stands. */
export function consequence(input: AskInput, row: DefinitionAdvice): string | null {
  const own = ownStores(input, row);
  if (own === null) return null;
  const local = localStores(input);
  const [first = ''] = own;
  const ownLocal = own.filter((s) => local.has(s));
  const why = `The recommendation differs: ${clean(row.reason)}.`;
  if (ownLocal.length === own.length && row.placement !== 'local')
    return `Each node then has a copy of its own: a change on one is not visible on the others until they purge theirs. ${why}`;
  if (ownLocal.length > 0 && !local.has(first)) return `${ownLocal[0]} behind ${first} serves only what ${first} lacks: it saves no reads. ${why}`;
  if (ownLocal.length > 0 && row.placement === 'shared') return `A node then keeps its own copy after another node has changed the shared one. ${why}`;
  if (ownLocal.length === 0 && row.placement !== 'shared') return `Every read then goes to ${first}: no local copy is in front of it. ${why}`;
  return `${own.join(' over ')} serves it instead of ${row.stores.length === 0 ? 'the default of its mode' : row.stores.join(' over ')}. ${why}`;
}

/** Every overruled row with what follows from it. */
export function overruled(input: AskInput): readonly { readonly definition: string; readonly words: string }[] {
  return (input.advice?.definitions ?? []).flatMap((row) => {
    const words = consequence(input, row);
    return words === null ? [] : [{ definition: row.definition, words }];
  });
}
