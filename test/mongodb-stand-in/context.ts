/** What every command works with: the server's state, the connection it came on, and the call itself. */

import { calculateObjectSize, Long } from 'bson';
import { ServerError } from './errors.js';
import type { Mechanism, ScramKeys, ServerConversation } from './scram.js';
import { checkCollectionName, type Store } from './store.js';
import { isDoc, toNumber } from './values.js';
import type { Doc } from './wire.js';

export const VERSION = '4.4.0-stand-in';
export const VERSION_ARRAY = [4, 4, 0, 0] as const;
export const NOTICE = 'MongoDB stand-in: in memory, for tests only, not MongoDB';
/** The wire version of MongoDB 4.4: drivers from php-mongodb 1.5 to today's accept it. */
export const MAX_WIRE_VERSION = 9;

/** Rising counters since the start. */
export interface Counters {
  connections: number;
  openConnections: number;
  /** Documents inserted (without upserts). */
  inserts: number;
  /** Update statements. */
  updates: number;
  /** Find commands. */
  finds: number;
  documentsReturned: number;
  /** Delete statements, whether or not they found something. */
  deletes: number;
  documentsDeleted: number;
  /** Collections that were dropped by name: a purge of Moodle's store. */
  drops: number;
  /** Databases that were dropped: the deletion of Moodle's store instance. */
  databaseDrops: number;
  logins: number;
  failedLogins: number;
  readonly commands: Map<string, { total: number; failed: number }>;
}

export interface Cursor {
  readonly ns: string;
  readonly docs: readonly Doc[];
  at: number;
}

export interface Connection {
  readonly id: number;
  user: string | undefined;
  login: { readonly id: number; readonly scram: ServerConversation; readonly skipLast: boolean; proven: boolean } | undefined;
}

export interface ServerState {
  readonly store: Store;
  readonly counters: Counters;
  readonly cursors: Map<string, Cursor>;
  readonly authRequired: boolean;
  /** The keys of the one user there is, or undefined for any other. */
  readonly keysOf: (user: string, mechanism: Mechanism) => ScramKeys | undefined;
  readonly startedAt: number;
  readonly replicaSet: string | undefined;
  address: string;
  nextCursor: number;
}

export interface Call {
  readonly name: string;
  readonly body: Doc;
  readonly db: string;
  readonly server: ServerState;
  readonly connection: Connection;
}

export type Command = (call: Call) => Doc;

/** All at zero, with an entry for each command, as a real server's serverStatus has. */
export function newCounters(commandNames: Iterable<string>): Counters {
  const commands = new Map([...commandNames].map((name) => [name, { total: 0, failed: 0 }]));
  const zero = { connections: 0, openConnections: 0, inserts: 0, updates: 0, finds: 0, documentsReturned: 0, deletes: 0 };
  return { ...zero, documentsDeleted: 0, drops: 0, databaseDrops: 0, logins: 0, failedLogins: 0, commands };
}

/** The collection's name, which is the value of the command's own field. */
export function collectionName(call: Call): string {
  const name = call.body[call.name];
  checkCollectionName(call.db, name);
  return name;
}

/** A field that must be a document when it is there. */
export function docField(body: Doc, name: string): Doc {
  const value = body[name] ?? {};
  if (!isDoc(value)) throw new ServerError('TypeMismatch', `Field '${name}' must be an object`);
  return value;
}

/** A field that must be a list of documents. */
export function docList(body: Doc, name: string): Doc[] {
  const value = body[name];
  if (!Array.isArray(value) || !value.every(isDoc)) throw new ServerError('TypeMismatch', `Field '${name}' must be an array of objects`);
  return value;
}

/** At most this many bytes of documents go into one reply, as replies are documents of at most 16 MiB themselves. */
const BATCH_BYTES = 15 * 1024 * 1024;

/** Answers with the first documents and keeps a cursor for the rest. */
export function cursorReply(call: Call, ns: string, docs: readonly Doc[], batchSize = 101, single = false): Doc {
  const cursor: Cursor = { ns, docs, at: 0 };
  const firstBatch = nextBatch(call.server, cursor, batchSize);
  let id = 0;
  if (!single && cursor.at < docs.length) {
    id = call.server.nextCursor++;
    call.server.cursors.set(String(id), cursor);
  }
  return { cursor: { firstBatch, id: Long.fromNumber(id), ns }, ok: 1 };
}

export function nextBatch(server: ServerState, cursor: Cursor, size: number): Doc[] {
  const batch: Doc[] = [];
  let bytes = 0;
  while (cursor.at < cursor.docs.length && batch.length < size) {
    const doc = cursor.docs[cursor.at] ?? {};
    bytes += calculateObjectSize(doc);
    if (batch.length > 0 && bytes > BATCH_BYTES) break;
    batch.push(doc);
    cursor.at++;
  }
  server.counters.documentsReturned += batch.length;
  return batch;
}

/** An int field that may be missing. */
export function intField(body: Doc, name: string, fallback: number): number {
  return toNumber(body[name], fallback);
}
