/** Services and stores of answers that are still being given: any part may be missing. Pure. */

import { type Draft, getAt, listAt } from '../answers/draft.js';
import type { ServiceAnswer, StoreAnswer } from '../answers/schema.js';
import type { ClusterFacts, MucConfig } from '../core/facts.js';

export const servicesOf = (answers: Draft): readonly Partial<ServiceAnswer>[] => listAt<Partial<ServiceAnswer>>(answers, 'services');

/** The stores as answered; null when nothing was answered. */
export function storesOf(answers: Draft): readonly StoreAnswer[] | 'auto' | null {
  const stores = getAt(answers, 'stores');
  if (stores === undefined) return null;
  return stores === 'auto' ? 'auto' : listAt<StoreAnswer>(answers, 'stores');
}

/** MUC as the survey found it on the first node that could read it. */
export function mucOf(facts: ClusterFacts | null): MucConfig | null {
  for (const node of Object.values(facts?.nodes ?? {})) {
    const muc = node.moodle?.muc;
    if (muc?.state === 'ok') return muc.config;
  }
  return null;
}
