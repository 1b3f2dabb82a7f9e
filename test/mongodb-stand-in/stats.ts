/** What tests read: counters since the start, and what is stored now. */

import type { ServerState } from './context.js';

export interface MongoStandInStats {
  /** Connections accepted since the start. */
  readonly connections: number;
  readonly openConnections: number;
  /** Documents inserted (without upserts). */
  readonly inserts: number;
  readonly updates: number;
  readonly finds: number;
  readonly documentsReturned: number;
  readonly deletes: number;
  readonly documentsDeleted: number;
  /** Collections dropped by name (Moodle: a purge). */
  readonly drops: number;
  /** Databases dropped (Moodle: a store instance deleted). */
  readonly databaseDrops: number;
  readonly logins: number;
  readonly failedLogins: number;
  /** How often each command was run, by name; only those that were. */
  readonly commands: Readonly<Record<string, number>>;
  /** What is stored now: database name to collection name to number of documents. */
  readonly stored: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export function statsOf(server: ServerState): MongoStandInStats {
  const { commands, ...counts } = server.counters;
  const stored = server.store.databases().map((db) => {
    const sizes = server.store.collections(db).map((collection) => [collection.ns.slice(db.length + 1), collection.size()] as const);
    return [db, Object.fromEntries(sizes)] as const;
  });
  const ran = [...commands].filter(([, { total }]) => total > 0).map(([name, { total }]) => [name, total] as const);
  return { ...counts, commands: Object.fromEntries(ran), stored: Object.fromEntries(stored) };
}
