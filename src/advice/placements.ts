/** What should serve each definition, with a sentence of reason: one pure decision a definition. */

import { livesInPhp, purgesAll, servesAll } from '../caches/plugins/catalog.js';
import type { DefinitionAdvice, Placement } from '../core/advice.js';
import type { MucDefinition } from '../core/facts.js';
import { heatOf } from './access-frequency.js';
import type { AdviceContext } from './context.js';
import { largestTaken, serviceCost, serviceOf, sharedCost } from './costs.js';
import { MODE_NAME, unsuitable } from './muc.js';
import { LOCAL_BEFORE_FLAG, LOCAL_SAFE, type LocalRule, MEMCACHED_FIT, MEMCACHED_UNFIT, SHARED_BECAUSE } from './rules.js';

/** An instance as the placements see it: there or planned. */
export interface Candidate {
  readonly name: string;
  readonly plugin: string;
  readonly shared: boolean;
  /** The service of the answers behind it. */
  readonly service?: string;
  readonly modes?: number;
  readonly features?: number;
}

/** The instances that take part, chosen once for the whole site. */
export interface Choice {
  /** Serves application definitions without a mapping of their own. */
  readonly application: Candidate;
  readonly applicationWhy: string;
  /** Serves only what fits a memcached. */
  readonly partial: Candidate | null;
  /** Private stores by size of what they are for. */
  readonly small: Candidate | null;
  readonly large: Candidate | null;
  readonly candidates: readonly Candidate[];
}

/** Whether nodes may keep a definition privately, by Moodle's own mark and by review; null, or why not. */
export function whyNotLocal(definition: MucDefinition, branch: number): string | null {
  const rule = LOCAL_SAFE.find((r) => r.definition === definition.id);
  const because = SHARED_BECAUSE[definition.id];
  if (definition.mode === 4) return 'Moodle keeps it in the memory of one request';
  if (definition.mode === 2) return 'it belongs to a session, and the next request may reach another node';
  const marked = definition.canUseLocalStore || (branch >= 206 && branch < 301 && LOCAL_BEFORE_FLAG.includes(definition.id));
  if (!marked) return because ?? 'Moodle does not mark it as safe on a store private to each node, so all nodes must see one copy';
  if (because !== undefined) return because;
  if (!rule) return 'Moodle marks it as safe on a private store, but it is not reviewed yet, so one copy for all nodes is the safe choice';
  return rule.since <= branch || branch === 0 ? null : 'it is not safe on a private store in this Moodle';
}

function localRule(definition: MucDefinition, context: AdviceContext): LocalRule | null {
  return whyNotLocal(definition, context.branch) === null ? (LOCAL_SAFE.find((r) => r.definition === definition.id) ?? null) : null;
}

/** In which kind of private store a definition may lie; null where it must be one copy for all. */
export function localSize(definition: MucDefinition, context: AdviceContext): 'small' | 'large' | null {
  return layersUnsafe(definition, context) ? null : (localRule(definition, context)?.size ?? null);
}

/** Layered caches with locks were wrong before 4.1.6 and 4.2.3 (MDL-79349). */
function layersUnsafe(definition: MucDefinition, context: AdviceContext): boolean {
  if (definition.id !== 'core/coursemodinfo' || (context.branch !== 401 && context.branch !== 402)) return false;
  const patch = Number(/^\d+\.\d+\.(\d+)/.exec(context.moodle?.release ?? '')?.[1] ?? '0');
  return patch < (context.branch === 401 ? 6 : 3);
}

interface Decision {
  readonly placement: Placement;
  readonly stores: readonly string[];
  readonly reason: string;
}

/** Names as a sentence reads them. */
const quoted = (names: readonly string[]): string => names.map((n) => `"${n}"`).join(' over ');

function placementOf(stores: readonly string[], choice: Choice): Placement {
  const locals = stores.filter((name) => choice.candidates.find((c) => c.name === name)?.shared === false);
  if (locals.length === 0) return 'shared';
  return locals.length === stores.length ? 'local' : 'stacked';
}

/** The shared store under a private one: the one that would serve the definition alone. */
function sharedFor(definition: MucDefinition, choice: Choice, context: AdviceContext): Candidate {
  const { partial } = choice;
  return partial && fitsMemcached(definition, context) && tooLarge(definition, partial, context) === null ? partial : choice.application;
}

function fitsMemcached(definition: MucDefinition, context: AdviceContext): boolean {
  const rule = MEMCACHED_FIT.find((r) => r.definition === definition.id);
  return rule !== undefined && (rule.since === undefined || context.branch === 0 || context.branch >= rule.since);
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;

/** Why a memcached does not take all values of a definition, by the sizes that were found and the sizes that were tried; null when it does, or nothing is known. */
function tooLarge(definition: MucDefinition, store: Candidate, context: AdviceContext): string | null {
  const { measured } = context.facts;
  const sizes = measured?.use?.definitions.filter((d) => d.definition === definition.id) ?? [];
  const taken = measured && store.service !== undefined ? largestTaken(measured, store.service) : undefined;
  const largest = Math.max(0, ...sizes.map((d) => d.maxBytes));
  if (taken === undefined || largest <= taken) return null;
  return `its largest value is ${megabytes(largest)}, and "${store.name}" accepts at most ${megabytes(taken)} (raise its item size, -I)`;
}

/** How often and how fast it is read, in words with numbers; empty where nothing was measured. */
function numbersOf(definition: MucDefinition, stores: readonly string[], choice: Choice, context: AdviceContext): string {
  const { weighing, measured } = context;
  const { reads } = heatOf(definition.id);
  if (!weighing || !measured || definition.mode !== 1) return '';
  const files = sharedCost(measured)?.words;
  const often = reads >= 0.2 ? `A page reads it about ${reads} times` : 'Pages rarely read it';
  const size = measured.use?.definitions.find((d) => d.definition === definition.id);
  const large = size ? `, ${size.items}${size.atLeast ? ' or more' : ''} values of ${size.meanBytes} bytes on average` : '';
  const serving = stores.length > 0 ? choice.candidates.filter((c) => stores.includes(c.name)) : [choice.application];
  const services = serving.flatMap((c) => {
    const words = c.service === undefined ? undefined : serviceCost(serviceOf(measured, c.service))?.words;
    return words ? [`, from "${c.name}" ${words}`] : [];
  });
  return ` ${often}${large}${files ? `; from the shared disk that is ${files}` : ''}${services.join('')}.`;
}

function decideLocal(definition: MucDefinition, choice: Choice, context: AdviceContext): Decision | null {
  const rule = localRule(definition, context);
  if (!rule) return null;
  const local = rule.size === 'small' ? (choice.small ?? choice.large) : choice.large;
  if (!local || layersUnsafe(definition, context) || unsuitable(definition, local, context.facts) !== null) return null;
  const shared = sharedFor(definition, choice, context);
  const kind = livesInPhp(local.plugin) ? 'small and read on every page, so the memory of each node serves it' : 'each node keeps its own copy';
  const large = choice.partial && fitsMemcached(definition, context) ? tooLarge(definition, choice.partial, context) : null;
  const not = large === null || !choice.partial ? '' : ` Not over "${choice.partial.name}": ${large}.`;
  return {
    placement: 'stacked',
    stores: [local.name, shared.name],
    reason: `On each node in "${local.name}" over "${shared.name}": ${kind}; ${rule.why}.${not}`,
  };
}

function decidePartial(definition: MucDefinition, choice: Choice, context: AdviceContext): Decision | null {
  const { partial } = choice;
  if (!partial) return null;
  const fit = MEMCACHED_FIT.find((r) => r.definition === definition.id);
  const large = tooLarge(definition, partial, context);
  if (large !== null) return { placement: 'shared', stores: [], reason: `Not in "${partial.name}", so in "${choice.application.name}": ${large}.` };
  if (fit && fitsMemcached(definition, context)) return { placement: 'shared', stores: [partial.name], reason: `In "${partial.name}": ${fit.why}.` };
  const unfit = MEMCACHED_UNFIT[definition.id] ?? 'normal work may purge it, and a purge empties the whole memcached';
  return { placement: 'shared', stores: [], reason: `Not in "${partial.name}", so in "${choice.application.name}": ${unfit}.` };
}

function decideApplication(definition: MucDefinition, choice: Choice, context: AdviceContext): Decision {
  const decided = decideLocal(definition, choice, context) ?? decidePartial(definition, choice, context);
  if (decided) return decided;
  const misfit = unsuitable(definition, choice.application, context.facts);
  if (misfit !== null) return { placement: 'shared', stores: [], reason: `In Moodle's own default store: ${misfit}.` };
  const local = whyNotLocal(definition, context.branch);
  return {
    placement: 'shared',
    stores: [],
    reason: `In "${choice.application.name}", one copy for all nodes: ${local ?? 'no store private to each node is worth it here'}.`,
  };
}

/** What is mapped by hand and why it cannot stay, or null when it can. */
function whyNotKeep(definition: MucDefinition, mapped: readonly string[], choice: Choice, context: AdviceContext): string | null {
  const stores = mapped.flatMap((name) => choice.candidates.filter((c) => c.name === name));
  const local = stores.find((s) => !s.shared);
  const reason = whyNotLocal(definition, context.branch);
  const marked = definition.canUseLocalStore || reason === null;
  if (local && reason !== null && (!marked || SHARED_BECAUSE[definition.id] !== undefined)) return `"${local.name}" is private to each node, but ${reason}`;
  const memcached = stores.find((s) => purgesAll(s.plugin) && s.shared);
  if (memcached && servesAll(choice.application.plugin)) {
    return `any purge empties the whole memcached "${memcached.name}", and "${choice.application.name}" does not have this drawback`;
  }
  return null;
}

/** Why the advice is followed although the definition is mapped otherwise, or null. What is kept against the review says so. */
function whyMove(definition: MucDefinition, { mapped, gone }: Mapped, advised: Decision, choice: Choice, context: AdviceContext): string | null {
  // Half of a mapping is another mapping: APCu alone, say.
  if (gone.length > 0) return `${quoted(gone)} no longer exists`;
  const [near, base] = mapped;
  // The same private store over another base: it was made so when that base served everything.
  if (mapped.length === 2 && advised.stores.length === 2 && near === advised.stores[0]) return `"${base}" no longer serves such caches`;
  return whyNotKeep(definition, mapped, choice, context);
}

/** What the review says against a mapping that is kept; empty when nothing. */
function against(definition: MucDefinition, mapped: readonly string[], choice: Choice, context: AdviceContext): string {
  const stores = choice.candidates.filter((c) => mapped.includes(c.name));
  const local = stores.find((s) => !s.shared);
  const not = local ? whyNotLocal(definition, context.branch) : null;
  if (local && not !== null) return `, though "${local.name}" is private to each node, and ${not}`;
  const memcached = stores.find((s) => purgesAll(s.plugin));
  return memcached && !fitsMemcached(definition, context)
    ? `, though ${MEMCACHED_UNFIT[definition.id] ?? 'normal work may purge it'}: a purge empties the whole memcached "${memcached.name}"`
    : '';
}

function decide(definition: MucDefinition, choice: Choice, context: AdviceContext): Decision {
  const { mappings, remove } = context.answers;
  const named = mappings?.definitions && Object.hasOwn(mappings.definitions, definition.id) ? mappings.definitions[definition.id] : undefined;
  if (named) {
    const other = decideApplication(definition, choice, context);
    const otherwise = definition.mode !== 1 || named.join('\n') === other.stores.join('\n') ? '' : ` The recommendation differs: ${other.reason}`;
    return { placement: placementOf(named, choice), stores: named, reason: `In ${quoted(named)}, as set in the answers.${otherwise}` };
  }
  const { mapped, gone } = mappedStores(definition, choice, context);
  if (remove?.mappings?.includes(definition.id)) return { placement: 'shared', stores: [], reason: 'Its mapping is removed, as set in the answers.' };
  if (definition.mode === 4)
    return { placement: 'shared', stores: mapped, reason: 'Moodle keeps it in the memory of one request; no store can serve it better.' };
  if (mappings?.base === 'keep') return kept(definition, mapped, choice, 'the answers say to keep it');
  if (definition.mode === 2) return kept(definition, mapped, choice, 'session caches stay where they are: moving them has no benefit');
  const advised = decideApplication(definition, choice, context);
  if ((mapped.length === 0 && gone.length === 0) || [...mapped, ...gone].join('\n') === advised.stores.join('\n')) return advised;
  const not = whyMove(definition, { mapped, gone }, advised, choice, context);
  if (not === null) return kept(definition, mapped, choice, `an existing mapping is kept${against(definition, mapped, choice, context)}`);
  return { ...advised, reason: `Moved out of ${quoted([...mapped, ...gone])}: ${not}. ${advised.reason}` };
}

/** Stores it is mapped to now: those that are still there, and those that are gone or go. */
interface Mapped {
  readonly mapped: readonly string[];
  readonly gone: readonly string[];
}

function mappedStores(definition: MucDefinition, choice: Choice, context: AdviceContext): Mapped {
  const mappings = context.muc.definitionMappings;
  const all = Object.hasOwn(mappings, definition.id) ? (mappings[definition.id] ?? []) : [];
  const there = (name: string) => choice.candidates.some((c) => c.name === name);
  return { mapped: all.filter(there), gone: all.filter((name) => !there(name)) };
}

function kept(definition: MucDefinition, mapped: readonly string[], choice: Choice, why: string): Decision {
  const where = mapped.length === 0 ? `By the mapping of the mode ${MODE_NAME[definition.mode]}` : `In ${quoted(mapped)}`;
  return { placement: placementOf(mapped, choice), stores: mapped, reason: `${where}: ${why}.` };
}

/** The advice for one definition. */
export function adviseDefinition(definition: MucDefinition, choice: Choice, context: AdviceContext): DefinitionAdvice {
  const { placement, stores, reason: rule } = decide(definition, choice, context);
  const reason = `${rule}${numbersOf(definition, stores, choice, context)}`;
  const now = Object.hasOwn(context.muc.definitionMappings, definition.id) ? (context.muc.definitionMappings[definition.id] ?? []) : [];
  return { definition: definition.id, mode: definition.mode, placement, stores, reason, changes: now.join('\n') !== stores.join('\n') };
}
