/** Which store instances there must be: those the answers list, or one for each service, adopted where one is there already. */

import type { StoreAnswer } from '../answers/schema.js';
import { FILES, hasPrefix, NODE_MEMORY, servesNode } from '../caches/plugins/catalog.js';
import {
  type Configuration,
  type ConfigurationResult,
  derivePrefix,
  type ServiceSettings,
  sameServer,
  toConfiguration,
} from '../caches/plugins/configuration.js';
import { keepingAddress, pointsAt } from '../caches/same-server.js';
import { serviceEndpoints } from '../caches/services/endpoints.js';
import { isSharedStore } from '../caches/store-scope.js';
import { moodleNodes } from '../core/cluster.js';
import type { MucStore } from '../core/facts.js';
import type { ServiceEndpoint } from '../core/service-endpoint.js';
import type { AdviceContext } from './context.js';
import { ms } from './costs.js';
import { localCacheFolder } from './folders.js';
import { whyNoApcu } from './options.js';
import { peopleWords } from './people.js';
import { FEW_USERS } from './rules.js';
import { inWords, type Tier } from './weigh.js';

/** How an instance came into the plan. */
export type Origin =
  /** Named in the answers. */
  | 'listed'
  /** Made for a service of the answers. */
  | 'service'
  /** Advised: a private store of each node. */
  | 'advised';

export interface PlannedStore {
  readonly name: string;
  readonly plugin: string;
  readonly origin: Origin;
  readonly service?: string;
  readonly shared: boolean;
  /** The instance of this name (or at this server) that is there. */
  readonly existing?: MucStore;
  /** What is there has another name than the service: it was adopted. */
  readonly adopted: boolean;
  readonly wanted: ConfigurationResult;
  readonly why: string;
}

/** A service as the settings of its store. */
export function settingsOf(endpoint: ServiceEndpoint): ServiceSettings {
  return {
    endpoint: { host: endpoint.host, port: endpoint.port },
    ...(endpoint.passwordSecret === undefined ? {} : { password: endpoint.passwordSecret }),
    ...(endpoint.username === undefined ? {} : { username: endpoint.username }),
    ...(endpoint.database === undefined ? {} : { database: endpoint.database }),
    ...(endpoint.tls === undefined ? {} : { tls: endpoint.tls }),
  };
}

interface Naming {
  readonly context: AdviceContext;
  /** Prefixes in use, of all instances that are there or planned. */
  readonly prefixes: string[];
  readonly names: Set<string>;
}

/** What the answers remove is neither adopted nor advised again, or runs would make and remove it in turn. */
function removedNames(context: AdviceContext): ReadonlySet<string> {
  return new Set(context.answers.remove?.stores ?? []);
}

function naming(context: AdviceContext): Naming {
  const prefixes = context.muc.stores.flatMap((s) => (typeof s.configuration['prefix'] === 'string' ? [s.configuration['prefix']] : []));
  return { context, prefixes, names: new Set([...context.muc.stores.map((s) => s.name), ...removedNames(context)]) };
}

/** A prefix of this site and instance, none of `taken`. */
export function sitePrefix(context: AdviceContext, name: string, taken: readonly string[]): string {
  // The file first: it is known from the first survey on, so that plans made before and after Moodle was started agree.
  const site = context.muc.siteIdentifier ?? context.facts.site?.siteIdentifier ?? '';
  return derivePrefix(site, context.moodle?.wwwroot ?? '', name, taken);
}

/** Remembered, so that no two planned ones are the same. */
function prefixFor({ context, prefixes }: Naming, name: string): string {
  const prefix = sitePrefix(context, name, prefixes);
  prefixes.push(prefix);
  return prefix;
}

interface Wish {
  readonly name: string;
  readonly plugin: string;
  readonly settings?: StoreAnswer['settings'];
  readonly endpoint?: ServiceEndpoint;
}

function wantedOf(names: Naming, wish: Wish, existing: MucStore | undefined): ConfigurationResult {
  const needsPrefix = existing === undefined && hasPrefix(wish.plugin) && wish.settings?.['prefix'] === undefined;
  return toConfiguration({
    plugin: wish.plugin,
    branch: names.context.moodle?.branch ?? '',
    ...(wish.settings === undefined ? {} : { settings: wish.settings }),
    ...(wish.endpoint === undefined ? {} : { service: settingsOf(wish.endpoint) }),
    ...(needsPrefix ? { prefix: prefixFor(names, wish.name) } : {}),
  });
}

function sharedOf(context: AdviceContext, plugin: string, configuration: Configuration, endpoint: ServiceEndpoint | undefined): boolean {
  if (endpoint && !endpoint.shared && moodleNodes(context.cluster).length > 1) return false;
  return isSharedStore({ plugin, configuration }, context.cluster, context.facts);
}

/** Instances as the answers list them. */
function listedStores(context: AdviceContext, listed: readonly StoreAnswer[], endpoints: readonly ServiceEndpoint[]): readonly PlannedStore[] {
  const names = naming(context);
  return listed.flatMap((store) => {
    const endpoint = endpoints.find((e) => e.service === store.service);
    // The address of the service is not known yet: nothing can be said about this instance.
    if (store.service !== undefined && !endpoint) return [];
    const existing = context.muc.stores.find((s) => s.name === store.name);
    const asked = wantedOf(names, { name: store.name, plugin: store.plugin, settings: store.settings, ...(endpoint ? { endpoint } : {}) }, existing);
    const wanted = existing && endpoint && pointsAt(existing, endpoint, asked.configuration, context) ? keepingAddress(asked, existing, endpoint) : asked;
    return [
      {
        name: store.name,
        plugin: store.plugin,
        origin: 'listed' as const,
        ...(store.service === undefined ? {} : { service: store.service }),
        shared: sharedOf(context, store.plugin, { ...existing?.configuration, ...wanted.configuration }, endpoint),
        ...(existing ? { existing } : {}),
        adopted: false,
        wanted,
        why: store.service === undefined ? 'Listed under stores.' : `Listed under stores, for the service "${store.service}".`,
      },
    ];
  });
}

/** The service's own name, else with the plugin behind it when another kind of instance has that name. */
function freeName(names: Naming, wish: string, plugin: string): string {
  if (!names.names.has(wish)) return wish;
  const longer = `${wish}-${plugin}`;
  return names.names.has(longer) ? `${longer}-2` : longer;
}

/** One instance for each service: what points at the same server is adopted, what has the service's name is brought up to date. */
function serviceStores(context: AdviceContext, endpoints: readonly ServiceEndpoint[], names: Naming): readonly PlannedStore[] {
  const taken = new Set<string>(removedNames(context));
  return endpoints.map((endpoint) => {
    const { plugin, service } = endpoint;
    const bare = toConfiguration({ plugin, branch: context.moodle?.branch ?? '', service: settingsOf(endpoint) });
    const candidates = context.muc.stores.filter((s) => s.plugin === plugin && !taken.has(s.name));
    const there = candidates.filter((s) => pointsAt(s, endpoint, bare.configuration, context));
    const existing = there.find((s) => s.name === service) ?? there[0] ?? candidates.find((s) => s.name === service);
    const name = existing?.name ?? freeName(names, service, plugin);
    taken.add(name);
    names.names.add(name);
    const asked = wantedOf(names, { name, plugin, endpoint }, existing);
    const wanted = existing && there.includes(existing) ? keepingAddress(asked, existing, endpoint) : asked;
    const adopted = existing !== undefined && existing.name !== service;
    return {
      name,
      plugin,
      origin: 'service' as const,
      service,
      shared: sharedOf(context, plugin, wanted.configuration, endpoint),
      ...(existing ? { existing } : {}),
      adopted,
      wanted,
      why: adopted
        ? `The store "${name}" already points at the server of the service "${service}".`
        : `For the service "${service}" at ${endpoint.host}:${endpoint.port}.`,
    };
  });
}

/** By the numbers, where there are any: whether a private store of this kind is part of the best way that can be gone with what is there and listed. */
function measuredReason(context: AdviceContext, tier: Tier): string | null {
  const { weighing } = context;
  if (!weighing?.doable[tier]) return null;
  return `a page spends ${ms(weighing.now.cacheMs)} on caches now and ${ms(weighing.doable.cacheMs)} with ${inWords(weighing.doable)}`;
}

/** Why a private store on each node is worth it here, or null: not for few changes, not for a small site on a fast disk. */
export function localTierReason(context: AdviceContext, tier: Tier): string | null {
  if (context.aim === 'few-changes') return null;
  if (context.weighing) return measuredReason(context, tier);
  if (moodleNodes(context.cluster).length < 2 && context.aim !== 'fastest') return null;
  if (context.aim === 'fastest') return 'the aim is the fastest site';
  if (context.disk.slow) return context.disk.why.replace(/\.$/, '').replace(/^[A-Z]/, (c) => c.toLowerCase());
  const named = (context.answers.services ?? []).length > 0;
  if (!named || (context.users !== undefined && context.users <= FEW_USERS)) return null;
  return context.users === undefined ? 'a cache service exists, so speed matters' : peopleWords(context, context.users);
}

function apcuStore(names: Naming): PlannedStore | null {
  const { context } = names;
  const reason = localTierReason(context, 'memory');
  if (reason === null || whyNoApcu(context) !== null) return null;
  const removed = removedNames(context);
  const existing = context.muc.stores.find((s) => s.plugin === NODE_MEMORY && !removed.has(s.name));
  if (!existing && removed.has(NODE_MEMORY)) return null;
  const name = existing?.name ?? freeName(names, NODE_MEMORY, 'local');
  return {
    name,
    plugin: NODE_MEMORY,
    origin: 'advised',
    shared: false,
    ...(existing ? { existing } : {}),
    adopted: existing !== undefined,
    wanted: wantedOf(names, { name, plugin: NODE_MEMORY }, existing),
    why: `Small and hot caches in the memory of each node, because ${reason}.`,
  };
}

/** Moodle empties localcachedir on every node when all caches are purged, so this store does not grow for ever and does not outlive a purge. */
function localFileStore(names: Naming): PlannedStore | null {
  const { context } = names;
  if (localTierReason(context, 'disk') === null || (!context.weighing && !context.disk.slow && context.aim !== 'fastest')) return null;
  const folder = localCacheFolder(context);
  if (folder === null || moodleNodes(context.cluster).length < 2) return null;
  const settings = { path: `${folder}/muc-local`, autocreate: true };
  const removed = removedNames(context);
  const existing = context.muc.stores.find((s) => s.plugin === FILES && !removed.has(s.name) && sameServer(FILES, s.configuration, settings));
  if (!existing && removed.has('localdisk')) return null;
  const name = existing?.name ?? freeName(names, 'localdisk', FILES);
  return {
    name,
    plugin: FILES,
    origin: 'advised',
    shared: false,
    ...(existing ? { existing } : {}),
    adopted: existing !== undefined,
    wanted: wantedOf(names, { name, plugin: FILES, settings }, existing),
    why: `Large caches on the local disk of each node, because ${localTierReason(context, 'disk') ?? ''}.`,
  };
}

/** All instances the plan wants, in the order of the answers. */
export function plannedStores(context: AdviceContext): readonly PlannedStore[] {
  const endpoints = serviceEndpoints(context.cluster, context.answers, context.facts);
  const { stores, mappings } = context.answers;
  if (stores !== undefined && stores !== 'auto') return listedStores(context, stores, endpoints);
  const names = naming(context);
  const own = serviceStores(context, endpoints, names);
  // A memory service on each node does what APCu would do: one of them is enough.
  const near = own.some((s) => !s.shared && servesNode(s.plugin));
  const advised = mappings?.base === 'keep' ? [] : [near ? null : apcuStore(names), localFileStore(names)];
  return [...own, ...advised.filter((s): s is PlannedStore => s !== null)];
}

/** Store plugins that the plan uses: step 3 installs their extensions. */
export function plannedPlugins(context: AdviceContext): readonly string[] {
  return [...new Set(plannedStores(context).map((s) => s.plugin))];
}
