/** What questions are made from: the draft, what was found so far, and nothing else. */

import type { Answers, NodeAnswer, ServiceAnswer, SshAnswer, StoreAnswer } from '../../answers/schema.js';
import type { MucConfig } from '../../core/facts.js';
import type { SiteCandidate, SurveyResult } from '../wizard-port.js';
import { type Draft, getAt } from './draft.js';

export interface FlowContext {
  readonly draft: Draft;
  readonly sites: readonly SiteCandidate[];
  readonly survey: SurveyResult | null;
  readonly sshHosts: readonly string[];
}

const list = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as T[]) : []);

export const nodesOf = (draft: Draft): readonly NodeAnswer[] => list<NodeAnswer>(getAt(draft, 'nodes'));
export const servicesOf = (draft: Draft): readonly Partial<ServiceAnswer>[] => list<Partial<ServiceAnswer>>(getAt(draft, 'services'));
export const storesOf = (draft: Draft): readonly StoreAnswer[] | 'auto' | null => {
  const stores = getAt(draft, 'stores');
  return stores === undefined ? null : stores === 'auto' ? 'auto' : list<StoreAnswer>(stores);
};
export const sshOf = (draft: Draft): SshAnswer | undefined => getAt(draft, 'ssh') as SshAnswer | undefined;
/** Where secrets come from, by their names. */
export const sourcesOf = (draft: Draft): Answers['secrets'] => getAt(draft, 'secrets') as Answers['secrets'];

/** The folder of Moodle on every Moodle node, once it is known. */
export const dirrootOf = (draft: Draft): string | undefined => {
  const dirroot = getAt(draft, 'moodle.dirroot');
  return typeof dirroot === 'string' ? dirroot : undefined;
};

/** Nodes that SSH is needed for. */
export const remoteNodes = (draft: Draft): readonly NodeAnswer[] => nodesOf(draft).filter((n) => n.host !== 'local' && n.state !== 'out');

/** MUC as the survey found it on the main node, or any node that could read it. */
export function mucOf(survey: SurveyResult | null): MucConfig | null {
  for (const node of Object.values(survey?.facts.nodes ?? {})) {
    const muc = node.moodle?.muc;
    if (muc?.state === 'ok') return muc.config;
  }
  return null;
}

/** Names that a mapping may use: stores that are there, stores of the answers, stores that the services will get. */
export function storeNames(context: FlowContext): readonly string[] {
  const stores = storesOf(context.draft);
  const own =
    stores === null || stores === 'auto' ? servicesOf(context.draft).flatMap((s) => (s.name === undefined ? [] : [s.name])) : stores.map((s) => s.name);
  const advised = context.survey?.advice.definitions.flatMap((d) => d.stores) ?? [];
  const there = mucOf(context.survey)?.stores.map((s) => s.name) ?? [];
  return [...new Set([...own, ...advised, ...there])];
}
