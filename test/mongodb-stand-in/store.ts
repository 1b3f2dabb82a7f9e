/** All databases of one stand-in, in memory. A database exists as long as it has collections, as in MongoDB. */

import { type Collection, createCollection } from './collection.js';
import { ServerError } from './errors.js';

export interface Store {
  databases(): string[];
  collections(db: string): Collection[];
  get(db: string, name: string): Collection | undefined;
  /** The collection, created when it is not there. Throws ServerError InvalidNamespace. */
  ensure(db: string, name: string): Collection;
  /** What was dropped, or undefined. */
  drop(db: string, name: string): Collection | undefined;
  dropDatabase(db: string): boolean;
}

export function createStore(): Store {
  const databases = new Map<string, Map<string, Collection>>();
  return {
    databases: () => [...databases.keys()].sort(),
    collections: (db) => [...(databases.get(db)?.values() ?? [])],
    get: (db, name) => databases.get(db)?.get(name),
    ensure(db, name) {
      checkDatabaseName(db);
      checkCollectionName(db, name);
      const collections = databases.get(db) ?? new Map<string, Collection>();
      const collection = collections.get(name) ?? createCollection(`${db}.${name}`);
      databases.set(db, collections.set(name, collection));
      return collection;
    },
    drop(db, name) {
      const collections = databases.get(db);
      const collection = collections?.get(name);
      collections?.delete(name);
      if (collections?.size === 0) databases.delete(db);
      return collection;
    },
    dropDatabase: (db) => databases.delete(db),
  };
}

/** MongoDB's own limits of names, so that a bad answer in a test is refused as a real server would. */
export function checkDatabaseName(db: string): void {
  const bytes = Buffer.byteLength(db);
  if (bytes === 0 || bytes > 63 || /[/\\. "$\0]/.test(db)) throw new ServerError('InvalidNamespace', `Invalid database name: '${db}'`);
}

export function checkCollectionName(db: string, name: unknown): asserts name is string {
  if (typeof name !== 'string') throw new ServerError('BadValue', 'collection name has invalid type');
  const bad = name === '' || name.includes('$') || name.includes('\0') || name.startsWith('.') || name.startsWith('system.');
  if (bad || Buffer.byteLength(`${db}.${name}`) > 255) throw new ServerError('InvalidNamespace', `Invalid namespace specified '${db}.${name}'`);
}
