/** Chooses, once for the site, what serves application caches and what is private to each node. */

import { bestFirst, FILES, livesInPhp, livesOnDisk, purgesAll, servesAll, servesNode, storePlugin } from '../caches/plugins/catalog.js';
import { isSharedStore } from '../caches/store-scope.js';
import { allMoodleNodes } from '../core/cluster.js';
import { heatOf } from './access-frequency.js';
import type { AdviceContext } from './context.js';
import { type Cost, ms, serviceCost, serviceOf, sharedCost } from './costs.js';
import type { PlannedStore } from './instances.js';
import { whyNotUsable } from './options.js';
import type { Candidate, Choice } from './placements.js';
import { MEMCACHED_FIT } from './rules.js';
import { CLOSE, closeWords, gainWords, worthOf } from './weigh.js';

/** Planned instances first, then those that are there. */
export function candidatesOf(context: AdviceContext, planned: readonly PlannedStore[]): readonly Candidate[] {
  const removed = new Set(context.answers.remove?.stores ?? []);
  const bits = (store: { readonly modes?: number; readonly features?: number } | undefined) => ({
    ...(store?.modes === undefined ? {} : { modes: store.modes }),
    ...(store?.features === undefined ? {} : { features: store.features }),
  });
  const own = planned.map(
    (s): Candidate => ({
      name: s.name,
      plugin: s.plugin,
      shared: s.shared,
      ...(s.service === undefined ? {} : { service: s.service }),
      ...bits(s.existing),
    }),
  );
  const there = context.muc.stores
    .filter((s) => !removed.has(s.name) && !planned.some((p) => p.name === s.name))
    .map((s): Candidate => ({ name: s.name, plugin: s.plugin, shared: isSharedStore(s, context.cluster, context.facts), ...bits(s) }));
  return [...own, ...there];
}

/** Order of choice among the shared instances of the plan; -1 for plugins without a server. */
const rank = (plugin: string): number => bestFirst().findIndex((p) => p.plugin === plugin);

function ranked(context: AdviceContext, planned: readonly PlannedStore[]): readonly PlannedStore[] {
  return planned.filter((s) => s.shared && rank(s.plugin) >= 0 && whyNotUsable(context, s.plugin) === null).sort((a, b) => rank(a.plugin) - rank(b.plugin));
}

interface Application {
  readonly store: Candidate;
  readonly why: string;
}

/** What the numbers say, where they were taken of the stores in question; null leaves it to the rules. */
function byNumbers(context: AdviceContext, planned: readonly PlannedStore[], current: Candidate, files: Candidate | undefined): Application | null {
  const { weighing } = context;
  if (!weighing) return null;
  const weighed = ranked(context, planned).filter((s) => servesAll(s.plugin));
  const { doable } = weighing;
  const numbers = `${gainWords(weighing, context.page)}${closeWords(weighing)}`;
  const chosen = weighed.find((s) => s.service === doable.base);
  if (chosen)
    return {
      store: chosen.name === current.name ? current : { ...chosen },
      why: `${chosen.name === current.name ? `"${chosen.name}" already serves it.` : `"${chosen.name}".`} ${numbers}`,
    };
  // What serves now may be a service that the answers list, and its instance one that they do not name.
  if (doable.baseNow && doable.base !== 'files' && current.name !== files?.name)
    return { store: current, why: `"${current.name}" already serves it. ${numbers}` };
  // A memcached is judged by the rules: what counts there is what normal work purges.
  if (weighed.length === 0 && planned.some((s) => s.shared && rank(s.plugin) >= 0)) return null;
  if (doable.base !== 'files' || doable.baseNow || !files)
    return { store: current, why: `It stays as it is. ${weighed[0] ? unusedWords(weighed[0].name) : ''}${numbers}` };
  return { store: files, why: `Back to "${files.name}": files are faster here. ${numbers}` };
}

const unusedWords = (name: string): string => `"${name}" is listed, but the measurements show no gain. Name it under mappings.modes to use it anyway. `;

function applicationOf(context: AdviceContext, planned: readonly PlannedStore[], candidates: readonly Candidate[]): Application {
  const find = (name: string | undefined) => candidates.find((c) => c.name === name);
  const named = context.answers.mappings?.modes?.application;
  const found = find(context.muc.modeMappings[1][0]);
  const alone = found !== undefined && isPrivate(context, found) ? found : null;
  const current = (alone ? null : found) ?? find('default_application') ?? { name: 'default_application', plugin: FILES, shared: true };
  if (named !== undefined) return { store: find(named) ?? { name: named, plugin: '', shared: true }, why: 'Set in the answers.' };
  if (context.answers.mappings?.base === 'keep') return { store: found ?? current, why: 'Kept, as set in the answers.' };
  const { store, why } = byNumbers(context, planned, current, find('default_application')) ?? byRules(context, planned, current);
  return { store, why: alone ? `Moved out of "${alone.name}", which is private to each node: a change on one node never reaches the others. ${why}` : why };
}

/** With more than one node, a store of each node's own. An excluded node counts: it reads the same cache configuration. */
export function isPrivate({ cluster }: AdviceContext, store: Candidate): boolean {
  return !store.shared && allMoodleNodes(cluster).length > 1;
}

function byRules(context: AdviceContext, planned: readonly PlannedStore[], current: Candidate): Application {
  const best = ranked(context, planned)[0];
  if (!best) return { store: current, why: 'No shared cache service that this Moodle can use is listed, so it stays as it is.' };
  if (best.name === current.name)
    return {
      store: current,
      why: purgesAll(current.plugin) ? `No change, but any purge empties the whole memcached. Redis is better.` : `"${best.name}" already serves it.`,
    };
  if (purgesAll(best.plugin))
    return {
      store: current,
      why: `It stays in "${current.name}": any purge in normal work (a moved category, a restored course) empties a whole memcached, so "${best.name}" serves only caches that normal work does not purge.`,
    };
  const instead = purgesAll(current.plugin) ? `, instead of the memcached "${current.name}" that any purge empties` : '';
  const rule = storePlugin(best.plugin)?.server?.paysPerDefinition
    ? 'the only shared service listed, it serves every application cache'
    : 'a shared memory service serves every application cache and empties single ones without touching the others';
  return { store: { ...best }, why: `"${best.name}": ${rule}${instead}. ${context.disk.why}` };
}

/** What of a page the caches that fit a memcached take in files and there, milliseconds; null where it was not measured. */
function memcachedTimes(context: AdviceContext, service: string | undefined): { readonly files: number; readonly memcached: number } | null {
  const { measured } = context;
  const files = measured ? sharedCost(measured) : undefined;
  const memcached = measured && service !== undefined ? serviceCost(serviceOf(measured, service)) : undefined;
  if (!files || !memcached) return null;
  const sum = ({ read, perPage }: Cost) =>
    MEMCACHED_FIT.reduce((total, { definition }) => {
      const { reads, bytes } = heatOf(definition);
      return total + reads * read(bytes);
    }, perPage);
  return { files: sum(files), memcached: sum(memcached) };
}

/** The memcached for what normal work does not purge, where it is worth it by the numbers; and what is to be said of them. */
function partialOf(
  context: AdviceContext,
  planned: readonly PlannedStore[],
  application: Candidate,
): { readonly store: Candidate | null; readonly words: string } {
  const best = ranked(context, planned)[0];
  if (context.answers.mappings?.base === 'keep' || best === undefined || !purgesAll(best.plugin) || !livesOnDisk(application.plugin))
    return { store: null, words: '' };
  const times = memcachedTimes(context, best.service);
  if (times === null) return { store: best, words: '' };
  const { files, memcached } = times;
  const over = files - memcached - worthOf(context.aim, context.users, context.page.ms);
  const close = Math.abs(over) <= CLOSE * (files + memcached) ? ' The two are nearly equal.' : '';
  const numbers = ` The caches that fit memcached take ${ms(files)} a page from files and ${ms(memcached)} from "${best.name}".${close}`;
  return over > 0 ? { store: best, words: numbers } : { store: null, words: ` "${best.name}" is listed, but the measurements show no gain.${numbers}` };
}

/** Private stores that the plan has: a service on each node, APCu, a folder on the local disk. */
function locals(context: AdviceContext, planned: readonly PlannedStore[]): { readonly small: Candidate | null; readonly large: Candidate | null } {
  if (context.answers.mappings?.base === 'keep' || context.aim === 'few-changes') return { small: null, large: null };
  const own = planned.filter((s) => !s.shared && whyNotUsable(context, s.plugin) === null);
  const service = own.find((s) => servesNode(s.plugin)) ?? null;
  const disk = own.find((s) => livesOnDisk(s.plugin)) ?? null;
  const apcu = own.find((s) => livesInPhp(s.plugin)) ?? null;
  // Large values exceed a memcached's 1 MB; a Redis on each node takes them.
  return { small: service ?? apcu, large: disk ?? (service && servesAll(service.plugin) ? service : null) };
}

export function choose(context: AdviceContext, planned: readonly PlannedStore[]): Choice {
  const candidates = candidatesOf(context, planned);
  const { store, why } = applicationOf(context, planned, candidates);
  const partial = partialOf(context, planned, store);
  const stays = partial.store || partial.words === '' ? why : `It stays in "${store.name}".`;
  return { application: store, applicationWhy: `${stays}${partial.words}`, partial: partial.store, ...locals(context, planned), candidates };
}
