/**
 * Stores that may serve stale content: one that was not ready on some node since its last purge was passed over there, and what changed meanwhile never
 * reached it (rule S15; facts M17 and M19). Moodle tells nobody; it is found out from what is left: fresh entries in the file store that Moodle falls back to, a server
 * that has been restarted, and what verify itself has seen.
 */

import { livesInPhp, livesInProcess, livesOnDisk } from '../../caches/plugins/catalog.js';
import { usesServer } from '../../caches/same-server.js';
import { mainNode } from '../../core/cluster.js';
import type { ClusterFacts, MucConfig, MucStore } from '../../core/facts.js';
import type { AddressContext } from '../../core/server-address.js';
import { parseJson } from '../../intake/json.js';
import { suspectRecord } from '../../intake/records.js';
import type { SiteRecord } from '../../records/site-record.js';
import { mainMoodle } from '../points.js';
import { type Session, webUserOf } from '../session/session.js';

const FILE = 'suspects.json';

export interface Suspect {
  readonly store: string;
  /** ISO time at which it was first noted. */
  readonly since: string;
  /** Sentences. */
  readonly reasons: readonly string[];
}

export interface SuspectRecord {
  readonly suspects: readonly Suspect[];
  /** Which process answered for a service when it was seen last: `redis1` -> run id. */
  readonly seen: Readonly<Record<string, string>>;
}

const NONE: SuspectRecord = { suspects: [], seen: {} };

/** What is on record; nothing where there is nothing that can be read. */
export async function readSuspects(record: SiteRecord, site: string): Promise<SuspectRecord> {
  const text = await record.readFile(site, FILE);
  const json = parseJson(text ?? '');
  const kept = json.ok ? suspectRecord.safeParse(json.value) : null;
  return kept?.success ? kept.data : NONE;
}

/** Notes what is suspect, where that differs from what is on record. */
export async function writeSuspects(record: SiteRecord, site: string, next: SuspectRecord): Promise<void> {
  if (JSON.stringify(next) !== JSON.stringify(await readSuspects(record, site))) await record.writeFile(site, FILE, JSON.stringify(next));
}

/** A sign that a store was passed over. */
export interface Sign {
  readonly store: string;
  readonly reason: string;
}

/** Adds reasons to what is on record; the same reason is kept once. Pure. */
export function addSuspects(record: SuspectRecord, found: readonly Sign[], now: string): SuspectRecord {
  const byStore = new Map(record.suspects.map((s) => [s.store, s]));
  for (const { store, reason } of found) {
    const known = byStore.get(store) ?? { store, since: now, reasons: [] };
    if (!known.reasons.includes(reason)) byStore.set(store, { ...known, reasons: [...known.reasons, reason].slice(-10) });
  }
  return { ...record, suspects: [...byStore.values()] };
}

/** What a store's server tells about the process that answers: another text means that it has been restarted. Pure. */
export function serverIdentity(info: Readonly<Record<string, string>>): string | null {
  // A restarted memcached is empty: it can serve nothing old, and what nodes left in files meanwhile shows by itself.
  return info['run_id'] ? `run ${info['run_id']}` : null;
}

/** Which process answers for each service, as the nodes see it. Pure. */
export function identities(facts: ClusterFacts): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const node of Object.values(facts.nodes)) {
    for (const reach of node.reach) {
      const identity = reach.ok && reach.info ? serverIdentity(reach.info) : null;
      if (identity !== null) found[reach.service] = identity;
    }
  }
  return found;
}

/** Stores whose server is not the process that was seen last. `services`: host:port by service. Pure. */
export function restarted(
  seen: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
  services: Readonly<Record<string, string>>,
  stores: readonly MucStore[],
  known: AddressContext,
): readonly Sign[] {
  const seenFrom = mainNode(known.cluster).name;
  return Object.entries(now).flatMap(([service, identity]) => {
    const before = seen[service];
    const address = services[service];
    if (before === undefined || before === identity || address === undefined) return [];
    return stores
      .filter((s) => usesServer(s, { address, seenFrom }, known))
      .map((s) => ({ store: s.name, reason: `its server ${address} was restarted since it was last seen (${before}, now ${identity})` }));
  });
}

/** A definition that Moodle's default file store has no business with, and the stores that it is mapped to. */
export interface MappedAway {
  readonly definition: string;
  /** Its folder in a file store. */
  readonly folder: string;
  readonly stores: readonly string[];
}

/** Stores that only some processes have: where one is alone, falling back is normal (APCu in scripts). */
const onlySomewhere = ({ plugin }: MucStore): boolean => livesInPhp(plugin) || livesInProcess(plugin);

/** Definitions that are served elsewhere as long as their stores are ready. Pure. */
export function mappedAway(config: MucConfig): readonly MappedAway[] {
  const stores = new Map(config.stores.map((s) => [s.name, s]));
  return config.definitions.flatMap((d) => {
    if (d.mode === 4 || d.mappingsOnly) return [];
    const mapped = (config.definitionMappings[d.id] ?? config.modeMappings[d.mode]).flatMap((name) => stores.get(name) ?? []);
    // What a store cannot do, Moodle gives to its default store for good.
    const able = mapped.filter((s) => ((s.features ?? 0) & d.requirements) === d.requirements && ((s.modes ?? 0) & d.mode) !== 0);
    if (able.some((s) => s.default) || able.every(onlySomewhere)) return [];
    // As cachestore_file names the folder of a definition (cache/stores/file/lib.php, initialise).
    const folder = d.id.replace(/[^a-zA-Z0-9]+/g, '_');
    return [{ definition: d.id, folder, stores: able.filter((s) => !onlySomewhere(s)).map((s) => s.name) }];
  });
}

/** Where Moodle falls back to: its default application store, a folder below cachedir unless set otherwise. Pure. */
export function fallbackFolder(config: MucConfig, cachedir: string): { readonly store: string; readonly folder: string } | null {
  const store = config.stores.find((s) => s.default && livesOnDisk(s.plugin));
  if (!store) return null;
  const path = store.configuration['path'];
  const own = typeof path === 'string' && path !== '' ? path : `${cachedir}/cachestore_file/${store.name.replace(/[^a-zA-Z0-9.\-_]+/g, '')}`;
  return { store: store.name, folder: own };
}

/** Entries in the fallback store of definitions that are mapped elsewhere: some node was without their store. */
export async function fallbackTraces(session: Session): Promise<readonly Sign[]> {
  const moodle = mainMoodle(session);
  if (moodle.muc.state !== 'ok') return [];
  const away = mappedAway(moodle.muc.config);
  const fallback = fallbackFolder(moodle.muc.config, moodle.cachedir);
  const main = mainNode(session.cluster).name;
  const facts = session.facts().nodes[main];
  if (away.length === 0 || fallback === null || !facts) return [];
  const argv = ['sh', `${session.toolkitDir}/sh/cache-traces.sh`, fallback.folder, ...away.map((a) => a.folder)];
  const result = await session.executor(main).run({ argv }, { as: { user: webUserOf(session.cluster, facts) }, timeoutMs: 120_000 });
  return readTraces(result.stdout, away, fallback.store);
}

/** Lines of cache-traces.sh as reasons, one a store. Pure. */
export function readTraces(text: string, away: readonly MappedAway[], fallback: string): readonly Sign[] {
  const byStore = new Map<string, { definitions: string[]; newest: number }>();
  for (const line of text.split('\n')) {
    const [folder, epoch] = line.split('\t');
    const found = away.find((a) => a.folder === folder);
    if (!found || epoch === undefined || !/^\d{1,12}$/.test(epoch)) continue;
    for (const store of found.stores) {
      const known = byStore.get(store) ?? { definitions: [], newest: 0 };
      byStore.set(store, { definitions: [...known.definitions, found.definition], newest: Math.max(known.newest, Number(epoch)) });
    }
  }
  return [...byStore].map(([store, { definitions, newest }]) => {
    const some = definitions.slice(0, 3).join(', ') + (definitions.length > 3 ? ` and ${definitions.length - 3} more` : '');
    const when = new Date(newest * 1000).toISOString().slice(0, 16).replace('T', ' ');
    return {
      store,
      reason: `a node was without it: ${some} ${definitions.length === 1 ? 'is' : 'are'} in "${fallback}", which Moodle falls back to (newest ${when} UTC)`,
    };
  });
}

/** All definitions to empty for suspect stores: in these stores, and in the one that was fallen back to. Pure. */
export function suspectItems(
  config: MucConfig,
  suspects: readonly Suspect[],
  fallback: string | null,
): readonly { readonly store: string; readonly definitions: readonly string[] }[] {
  const names = new Set(suspects.map((s) => s.store));
  const items = new Map<string, Set<string>>();
  const add = (store: string, definition: string) => items.set(store, (items.get(store) ?? new Set()).add(definition));
  for (const definition of config.definitions) {
    if (definition.mode === 4) continue;
    const mapped = config.definitionMappings[definition.id] ?? config.modeMappings[definition.mode];
    if (!mapped.some((s) => names.has(s))) continue;
    // A local store above a suspect one was filled from it.
    for (const store of mapped) if (config.stores.some((s) => s.name === store && s.plugin !== 'session' && s.plugin !== 'static')) add(store, definition.id);
    if (fallback !== null) add(fallback, definition.id);
  }
  return [...items].map(([store, definitions]) => ({ store, definitions: [...definitions].sort() })).sort((a, b) => (a.store < b.store ? -1 : 1));
}
