/** Moodle's bridge and the site record of the cluster in memory. */

import { WizardError } from '../../../../src/core/errors.js';
import type { MucConfig, MucStore } from '../../../../src/core/facts.js';
import type { ProofResult } from '../../../../src/core/moodle-answers.js';
import type { MucEdit } from '../../../../src/core/muc-edit.js';
import type { MoodleBridge } from '../../../../src/moodle/bridge-api.js';
import { byAge, type SiteRecord } from '../../../../src/records/site-record.js';
import { sha, type World } from './world.js';

const BITS: Readonly<Record<string, readonly [modes: number, features: number]>> = { redis: [3, 26], apcu: [3, 4], file: [3, 30] };
/** What the session says that a secret is, unseen. */
export const hmacOf = (secret: string) => `hmac:${sha(secret)}`;

function configured(configuration: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain = (value: unknown) =>
    value !== null && typeof value === 'object' && '$secret' in value ? hmacOf(String((value as { $secret: unknown }).$secret)) : value;
  return Object.fromEntries(Object.entries(configuration).map(([key, value]) => [key, plain(value)]));
}

/** What Moodle's writer makes of an edit. */
function edited(config: MucConfig, edit: MucEdit): MucConfig {
  switch (edit.edit) {
    case 'store': {
      const [modes, features] = BITS[edit.plugin] ?? [1, 0];
      const store: MucStore = { name: edit.name, plugin: edit.plugin, configuration: configured(edit.configuration), default: false, modes, features };
      if (edit.action === 'add' && config.stores.some((s) => s.name === edit.name)) throw new WizardError('change-failed', `"${edit.name}" exists already`);
      return { ...config, stores: [...config.stores.filter((s) => s.name !== edit.name), store] };
    }
    case 'remove-store':
      return { ...config, stores: config.stores.filter((s) => s.name !== edit.name) };
    case 'mode':
      return { ...config, modeMappings: { ...config.modeMappings, [edit.mode]: [edit.store] } };
    case 'definition':
      return { ...config, definitionMappings: { ...config.definitionMappings, [edit.definition]: edit.stores } };
  }
}

export function fakeBridge(world: World, node: string): MoodleBridge {
  const file = () => ({
    path: '/mnt/data/muc/config.php',
    exists: true,
    type: 'file' as const,
    owner: 'www-data',
    group: 'www-data',
    mode: '660',
    sha256: sha(world.muc),
  });
  const proof = (stores: readonly string[], read: Readonly<Record<string, readonly string[]>> = {}): ProofResult => {
    const shared = (name: string) => world.config.stores.find((s) => s.name === name)?.plugin !== 'apcu';
    const one = (name: string) => ({
      requirementsMet: true,
      ready: true,
      roundTrip: true,
      ms: 1,
      read: Object.fromEntries((read[name] ?? []).map((k) => [k, shared(name)])),
      error: null,
    });
    const { definitionMappings, modeMappings, definitions } = world.config;
    return {
      sapi: 'cli',
      stores: Object.fromEntries(stores.map((name) => [name, one(name)])),
      effective: Object.fromEntries(definitions.map((d) => [d.id, definitionMappings[d.id] ?? modeMappings[d.mode]])),
    };
  };
  const unused = async (): Promise<never> => {
    throw new Error('not needed here');
  };
  const empty = async (items: readonly { readonly store: string; readonly definitions: readonly string[] }[]) =>
    world.effect(() => {
      const emptied = items.flatMap((i) => i.definitions.map((definition) => ({ store: i.store, definition })));
      for (const e of emptied) world.history.push(`empty ${node} ${e.store} ${e.definition}`);
      return { emptied, owed: [] };
    });
  return {
    inspect: unused,
    sapi: unused,
    usage: unused,
    runtime: unused,
    beginTrial: async (id) => world.effect(() => world.trial.begin(id, world.effects)),
    turnTrial: async (id, to) => world.effect(() => world.trial.turn(id, to)),
    trialMark: async (id) => world.look(() => world.trial.markOf(id)),
    clearTrial: async () => world.effect(() => world.trial.clear()),
    pages: async ({ targets }) =>
      world.look(() =>
        targets
          .flatMap((t) => t.paths)
          .map((path) => ({
            path,
            status: 200,
            location: null,
            title: 'A page',
            bytes: 1000,
            medianMs: 10,
            worstMs: 12,
            trouble: null,
            error: null,
          })),
      ),
    emptyWeb: async (_pool, items) => empty(items),
    empty: async (items) => empty(items),
    stage: async ({ edits, base }) =>
      world.look(() => {
        const from = base ?? world.muc;
        const config = edits.reduce(edited, JSON.parse(from.toString()) as MucConfig);
        const content = Buffer.from(JSON.stringify(config));
        return { content, sha256: sha(content), baseSha256: sha(from), diff: '', config, siteIdentifier: 'site' };
      }),
    readMuc: async () => world.look(() => ({ content: world.muc, file: file() })),
    publish: async ({ content, expected }) =>
      world.effect(() => {
        if (sha(world.muc) !== expected) throw new WizardError('muc-moved', 'the file is not the one this was made for');
        world.publish(content);
        return { sha256: sha(content) };
      }),
    lock: async (holder) =>
      world.effect(() => {
        if (world.lock) throw new WizardError('lock-held', 'held');
        world.lock = holder;
      }),
    unlock: async (token) =>
      world.effect(() => {
        if (world.lock?.token !== token) return false;
        world.lock = null;
        return true;
      }),
    lockHolder: async () => world.look(() => world.lock),
    proveCli: async (request) => world.look(() => proof(request.stores, request.read)),
    proveWeb: async (_pool, request) => world.look(() => proof(request.stores, request.read)),
    converge: async () =>
      world.effect(() => {
        world.runs.set(node, sha(world.muc));
        return { diskHash: sha(world.muc), runsHash: sha(world.muc), opcache: 'invalidated' as const };
      }),
    convergeCli: async () => world.look(() => ({ diskHash: sha(world.muc), runsHash: sha(world.muc), opcache: 'off' as const })),
  };
}

export function fakeRecord(world: World): SiteRecord {
  const put = (name: string, content: string | Buffer) => world.effect(() => void world.files.set(name, Buffer.from(content)));
  return {
    list: async () => world.look(() => [...world.cards.values()]),
    writeCard: async (card) => world.effect(() => void world.cards.set(card.site, card)),
    points: async () => world.look(() => [...world.points.values()].sort(byAge)),
    writePoint: async (point) => world.effect(() => void world.points.set(point.id, point)),
    reserve: async () => world.effect(() => {}),
    dropPoints: async (_site, ids) => world.effect(() => ids.forEach((id) => world.points.delete(id))),
    writeMuc: async (point, content) => world.effect(() => void world.images.set(point.id, content)),
    readMuc: async (point) => world.look(() => world.images.get(point.id) ?? Buffer.alloc(0)),
    appendUndo: async (point, ...entries) => {
      if (entries.length > 0) world.effect(() => void world.undo.set(point.id, [...(world.undo.get(point.id) ?? []), ...entries]));
    },
    readUndo: async (point) => world.look(() => world.undo.get(point.id) ?? []),
    writeFile: async (_site, name, content) => put(name, content),
    readFile: async (_site, name) => world.look(() => world.files.get(name)?.toString() ?? null),
    readJson: async (_site, name) => world.look(() => JSON.parse(world.files.get(name)?.toString() ?? 'null')),
    readBytes: async (_site, name) => world.look(() => world.files.get(name) ?? null),
    removeFile: async (_site, name) => world.effect(() => void world.files.delete(name)),
    audit: async () => world.effect(() => {}),
  };
}
