/** Databases, collections, indexes; buildInfo, serverStatus and the small change. */

import { calculateObjectSize, Int32, Long } from 'bson';
import type { Collection } from '../collection.js';
import { type Call, type Command, collectionName, cursorReply, docField, docList, NOTICE, VERSION, VERSION_ARRAY } from '../context.js';
import { ServerError } from '../errors.js';
import { matcher } from '../match.js';
import { statsOf } from '../stats.js';
import { checkDatabaseName } from '../store.js';
import { toBoolean } from '../values.js';
import { type Doc, MAX_DOCUMENT_BYTES } from '../wire.js';

const OK: Doc = { ok: 1 };

function bytesOf(collections: readonly Collection[]): number {
  return collections.flatMap((collection) => collection.find({})).reduce((sum, doc) => sum + calculateObjectSize(doc), 0);
}

const listDatabases: Command = ({ body, server }) => {
  const accepts = matcher(docField(body, 'filter'));
  const namesOnly = toBoolean(body['nameOnly']);
  const all = server.store.databases().map((name) => {
    const size = namesOnly ? 0 : bytesOf(server.store.collections(name));
    return namesOnly ? { name } : { name, sizeOnDisk: Long.fromNumber(size), empty: false };
  });
  const databases = all.filter(accepts);
  return { databases, ...(namesOnly ? {} : { totalSize: Long.fromNumber(0) }), ok: 1 };
};

const listCollections: Command = (call) => {
  const accepts = matcher(docField(call.body, 'filter'));
  const all = call.server.store.collections(call.db).map(({ ns }) => {
    const name = ns.slice(call.db.length + 1);
    const idIndex = { v: 2, key: { _id: 1 }, name: '_id_' };
    return toBoolean(call.body['nameOnly']) ? { name, type: 'collection' } : { name, type: 'collection', options: {}, info: { readOnly: false }, idIndex };
  });
  return cursorReply(call, `${call.db}.$cmd.listCollections`, all.filter(accepts), Infinity);
};

const listIndexes: Command = (call) => {
  const collection = existing(call, 'ns does not exist');
  const indexes = collection.indexes().map(({ name, key, unique }) => ({ v: 2, key, name, ...(unique && name !== '_id_' ? { unique } : {}) }));
  return cursorReply(call, collection.ns, indexes, Infinity);
};

const create: Command = (call) => {
  const name = collectionName(call);
  const { store } = call.server;
  if (store.get(call.db, name) !== undefined) throw new ServerError('NamespaceExists', `Collection already exists. NS: ${call.db}.${name}`);
  const wanted = ['capped', 'viewOn', 'timeseries'].find((option) => toBoolean(call.body[option]));
  if (wanted !== undefined) throw new ServerError('InvalidOptions', `The stand-in has no ${wanted} collections`);
  store.ensure(call.db, name);
  return OK;
};

const createIndexes: Command = (call) => {
  const { store } = call.server;
  const specs = docList(call.body, 'indexes');
  const createdCollectionAutomatically = store.get(call.db, collectionName(call)) === undefined;
  const collection = store.ensure(call.db, collectionName(call));
  const before = collection.indexes().length;
  for (const spec of specs) collection.createIndex(spec);
  const after = collection.indexes().length;
  const note = before === after ? { note: 'all indexes already exist' } : {};
  return { createdCollectionAutomatically, numIndexesBefore: new Int32(before), numIndexesAfter: new Int32(after), ...note, ok: 1 };
};

const dropIndexes: Command = (call) => {
  const collection = existing(call, 'ns not found');
  const nIndexesWas = collection.indexes().length;
  collection.dropIndex(String(call.body['index']));
  return { nIndexesWas, ok: 1 };
};

const drop: Command = (call) => {
  const collection = call.server.store.drop(call.db, collectionName(call));
  // The text is what the PHP library knows a missing collection by.
  if (collection === undefined) throw new ServerError('NamespaceNotFound', 'ns not found');
  call.server.counters.drops++;
  return { nIndexesWas: new Int32(collection.indexes().length), ns: collection.ns, ok: 1 };
};

const dropDatabase: Command = ({ db, server }) => {
  checkDatabaseName(db);
  const dropped = server.store.dropDatabase(db);
  if (dropped) server.counters.databaseDrops++;
  return dropped ? { dropped: db, ok: 1 } : OK;
};

function existing(call: Call, message: string): Collection {
  const name = collectionName(call);
  const collection = call.server.store.get(call.db, name);
  if (collection === undefined) throw new ServerError('NamespaceNotFound', `${message}: ${call.db}.${name}`);
  return collection;
}

const buildInfo: Command = () => ({
  version: VERSION,
  versionArray: VERSION_ARRAY,
  gitVersion: 'stand-in',
  modules: [],
  standIn: NOTICE,
  bits: 64,
  debug: false,
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  storageEngines: ['stand-in'],
  ok: 1,
});

/** The fields of a real server's serverStatus that tests read: they mean the same there. */
const serverStatus: Command = ({ server }) => {
  const { counters } = server;
  const total = (name: string): Long => Long.fromNumber(counters.commands.get(name)?.total ?? 0);
  const commands = [...counters.commands].map(
    ([name, { total: all, failed }]) => [name, { total: Long.fromNumber(all), failed: Long.fromNumber(failed) }] as const,
  );
  const all = [...counters.commands.values()].reduce((sum, one) => sum + one.total, 0);
  return {
    host: server.address,
    version: VERSION,
    process: 'mongodb-stand-in',
    pid: Long.fromNumber(process.pid),
    uptime: (Date.now() - server.startedAt) / 1000,
    connections: { current: new Int32(counters.openConnections), totalCreated: new Int32(counters.connections) },
    opcounters: {
      insert: Long.fromNumber(counters.inserts),
      query: total('find'),
      update: Long.fromNumber(counters.updates),
      delete: Long.fromNumber(counters.deletes),
      getmore: total('getMore'),
      command: Long.fromNumber(all),
    },
    metrics: { commands: Object.fromEntries(commands) },
    standIn: { notice: NOTICE, ...statsOf(server) },
    ok: 1,
  };
};

const dbStats: Command = ({ db, server }) => {
  const collections = server.store.collections(db);
  const objects = collections.reduce((sum, collection) => sum + collection.size(), 0);
  return { db, collections: new Int32(collections.length), objects: new Int32(objects), dataSize: bytesOf(collections), ok: 1 };
};

export const adminCommands: Readonly<Record<string, Command>> = {
  listDatabases,
  listCollections,
  listIndexes,
  create,
  createIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
  drop,
  dropDatabase,
  buildInfo,
  buildinfo: buildInfo,
  serverStatus,
  dbStats,
  dbstats: dbStats,
};
