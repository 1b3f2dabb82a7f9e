/** The cache configuration as Moodle resolves it: pure functions of the file's content. */

import { FILES, storePlugin } from '../caches/plugins/catalog.js';
import { type Cluster, mainNode } from '../core/cluster.js';
import type { ClusterFacts, MoodleNodeFacts, MucConfig, MucDefinition, MucStore } from '../core/facts.js';

/** What Moodle writes when there is no file (fact M2). */
const DEFAULT_MUC: MucConfig = {
  siteIdentifier: null,
  stores: [
    { name: 'default_application', plugin: FILES, configuration: {}, default: true },
    { name: 'default_session', plugin: 'session', configuration: {}, default: true },
    { name: 'default_request', plugin: 'static', configuration: {}, default: true },
  ],
  modeMappings: { 1: ['default_application'], 2: ['default_session'], 4: ['default_request'] },
  definitionMappings: {},
  definitions: [],
};

/** This Moodle as the main node sees it. */
export function mainMoodle(cluster: Cluster, facts: ClusterFacts): MoodleNodeFacts | null {
  return facts.nodes[mainNode(cluster).name]?.moodle ?? null;
}

/** The configuration there is; Moodle's default where the file is missing or cannot be read. */
export function currentMuc(cluster: Cluster, facts: ClusterFacts): MucConfig {
  const muc = mainMoodle(cluster, facts)?.muc;
  return muc?.state === 'ok' ? muc.config : DEFAULT_MUC;
}

/** Definitions as Moodle reported them, else as the file has them. */
export function knownDefinitions(cluster: Cluster, facts: ClusterFacts): readonly MucDefinition[] {
  return facts.site && facts.site.definitions.length > 0 ? facts.site.definitions : currentMuc(cluster, facts).definitions;
}

export interface StoreBits {
  readonly modes: number;
  readonly features: number;
}

/** Modes and features of an instance: as stored, else as this Moodle tells of the plugin, else as known. */
export function storeBits(store: Pick<MucStore, 'plugin' | 'modes' | 'features'>, facts: ClusterFacts): StoreBits {
  const reported = facts.site?.plugins.find((p) => p.plugin === store.plugin);
  const known = storePlugin(store.plugin);
  return { modes: store.modes ?? reported?.modes ?? known?.modes ?? 1, features: store.features ?? reported?.features ?? known?.features ?? 0 };
}

/** Why an instance cannot serve a definition by what both declare, in words; null when it can. */
export function unsuitable(definition: MucDefinition, store: Pick<MucStore, 'plugin' | 'modes' | 'features'>, facts: ClusterFacts): string | null {
  const { modes, features } = storeBits(store, facts);
  const title = storePlugin(store.plugin)?.title ?? store.plugin;
  if ((modes & definition.mode) === 0) return `the ${title} store does not serve ${MODE_NAME[definition.mode]} caches`;
  const missing = definition.requirements & ~features;
  if (missing === 0) return null;
  const needs = Object.entries(NEED_NAME).flatMap(([bit, text]) => ((missing & Number(bit)) !== 0 ? [text] : []));
  return `it needs a store that ${needs.join(' and ') || 'has more features'}, and the ${title} store does not`;
}

export const MODE_NAME: Readonly<Record<1 | 2 | 4, string>> = { 1: 'application', 2: 'session', 4: 'request' };
const NEED_NAME: Readonly<Record<number, string>> = { 1: 'takes several identifiers', 2: 'guarantees its data', 8: 'can be searched' };

/** The instances that serve a definition, primary first, when all of them are ready (fact M13). */
export function effectiveStores(definition: MucDefinition, config: MucConfig, facts: ClusterFacts): readonly string[] {
  const fits = config.stores.filter((s) => unsuitable(definition, s, facts) === null);
  const among = (names: readonly string[] | undefined): readonly string[] => (names ?? []).filter((name) => fits.some((s) => s.name === name));
  const own = among(Object.hasOwn(config.definitionMappings, definition.id) ? config.definitionMappings[definition.id] : undefined);
  if (own.length > 0) return own;
  const mode = definition.mappingsOnly ? [] : among(config.modeMappings[definition.mode]);
  if (mode.length > 0) return mode;
  const fallback = config.stores.find((s) => s.default && (storeBits(s, facts).modes & definition.mode) !== 0);
  return fallback ? [fallback.name] : [];
}
