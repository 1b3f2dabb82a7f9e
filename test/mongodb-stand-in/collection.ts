/** One collection in memory: documents in the order they came, found through the indexes that clients created. */

import { calculateObjectSize } from 'bson';
import { ServerError } from './errors.js';
import { fixedValues, matcher, sorted } from './match.js';
import { updated, withId } from './modify.js';
import { canonical, equal, toBoolean, valuesAt } from './values.js';
import { type Doc, MAX_DOCUMENT_BYTES } from './wire.js';

export interface Index {
  readonly name: string;
  readonly key: Doc;
  readonly unique: boolean;
}

interface IndexData extends Index {
  /** The indexed field when it is one top-level field; only then `entries` are kept. */
  readonly field: string | undefined;
  /** Canonical value to the ids (canonical, too) of the documents that have it. */
  readonly entries: Map<string, Set<string>>;
}

export interface FindOptions {
  readonly sort?: Doc | undefined;
  readonly skip?: number;
  /** 0 = all. */
  readonly limit?: number;
}

export interface Collection {
  readonly ns: string;
  size(): number;
  insert(doc: Doc): Doc;
  find(filter: Doc, options?: FindOptions): Doc[];
  /** Applies an update to one stored document; returns it as it is now stored. */
  update(doc: Doc, update: unknown): Doc;
  remove(doc: Doc): void;
  indexes(): readonly Index[];
  createIndex(spec: Doc): void;
  /** Drops one index, or every one but `_id_` for '*'. Throws ServerError IndexNotFound. */
  dropIndex(name: string): void;
}

export function createCollection(ns: string): Collection {
  const docs = new Map<string, Doc>();
  const indexes: IndexData[] = [];

  const idOf = (doc: Doc): string => canonical(doc['_id']);
  const put = (doc: Doc): void => {
    docs.set(idOf(doc), doc);
    for (const index of indexes) addEntry(index, doc, idOf(doc));
  };
  const take = (doc: Doc): void => {
    for (const index of indexes) dropEntry(index, doc, idOf(doc));
  };
  const checkUnique = (index: Index, doc: Doc): void => {
    const key = Object.keys(index.key).map((path) => [path, valuesAt(doc, path.split('.'))[0] ?? null] as const);
    const twins = search(Object.fromEntries(key), {}).filter((other) => !equal(other['_id'], doc['_id']));
    if (twins.length > 0) throw duplicate(ns, index, Object.fromEntries(key));
  };
  const check = (doc: Doc): void => {
    if (calculateObjectSize(doc) > MAX_DOCUMENT_BYTES) throw new ServerError('BSONObjectTooLarge', `object to insert too large; the limit is ${MAX_DOCUMENT_BYTES} bytes`);
    for (const index of indexes) if (index.unique) checkUnique(index, doc);
  };
  function search(filter: Doc, options: FindOptions): Doc[] {
    const matches = matcher(filter);
    const wanted = options.sort === undefined && options.limit !== undefined && options.limit > 0 ? (options.skip ?? 0) + options.limit : Infinity;
    const found: Doc[] = [];
    for (const doc of candidatesFor(filter, docs, indexes)) {
      if (found.length >= wanted) break;
      if (matches(doc)) found.push(doc);
    }
    const skip = options.skip ?? 0;
    return sorted(found, options.sort).slice(skip, options.limit ? skip + options.limit : undefined);
  }

  return {
    ns,
    size: () => docs.size,
    insert(raw) {
      const doc = withId(raw);
      if (docs.has(idOf(doc))) throw duplicate(ns, ID_INDEX, { _id: doc['_id'] });
      check(doc);
      put(doc);
      return doc;
    },
    find: (filter, options = {}) => search(filter, options),
    update(doc, update) {
      const changed = updated(doc, update);
      check(changed);
      take(doc);
      put(changed);
      return changed;
    },
    remove(doc) {
      take(doc);
      docs.delete(idOf(doc));
    },
    indexes: () => [ID_INDEX, ...indexes],
    createIndex(spec) {
      const index = readIndex(spec);
      if (sameIndexExists(index, [ID_INDEX, ...indexes])) return;
      if (index.unique) for (const doc of docs.values()) checkUnique(index, doc);
      for (const doc of docs.values()) addEntry(index, doc, idOf(doc));
      indexes.push(index);
    },
    dropIndex(name) {
      const at = name === '*' ? 0 : indexes.findIndex((index) => index.name === name);
      if (at < 0) throw new ServerError('IndexNotFound', `index not found with name [${name}]`);
      indexes.splice(at, name === '*' ? indexes.length : 1);
    },
  };
}

const ID_INDEX: Index = { name: '_id_', key: { _id: 1 }, unique: true };

/** The documents among which all matches are: by `_id`, by an index, or every one. */
function* candidatesFor(filter: Doc, docs: ReadonlyMap<string, Doc>, indexes: readonly IndexData[]): Iterable<Doc> {
  const fixed = fixedValues(filter);
  const ids = idsFor(fixed, indexes);
  if (ids === undefined) {
    yield* docs.values();
    return;
  }
  for (const id of ids) {
    const doc = docs.get(id);
    if (doc !== undefined) yield doc;
  }
}

function idsFor(fixed: ReadonlyMap<string, readonly unknown[]>, indexes: readonly IndexData[]): Iterable<string> | undefined {
  const idValues = fixed.get('_id');
  if (idValues !== undefined) return new Set(idValues.map(canonical));
  for (const { field, entries } of indexes) {
    const values = field === undefined ? undefined : fixed.get(field);
    if (values !== undefined) return new Set(values.flatMap((value) => [...(entries.get(canonical(value)) ?? [])]));
  }
  return undefined;
}

function readIndex(spec: Doc): IndexData {
  const key = spec['key'] as Doc | undefined;
  const fields = Object.keys(key ?? {});
  if (key === undefined || fields.length === 0) throw new ServerError('BadValue', 'Index keys cannot be empty.');
  if (typeof spec['name'] !== 'string') throw new ServerError('FailedToParse', "The 'name' field is a required property of an index specification");
  const only = fields[0];
  const field = fields.length === 1 && only !== undefined && !only.includes('.') ? only : undefined;
  return { name: spec['name'], key, unique: toBoolean(spec['unique']), field, entries: new Map() };
}

function sameIndexExists(index: Index, others: readonly Index[]): boolean {
  for (const other of others) {
    const [sameKey, sameName] = [equal(index.key, other.key), index.name === other.name];
    if (sameKey && (sameName || other === ID_INDEX)) return true;
    if (sameKey) throw new ServerError('IndexOptionsConflict', `Index with pattern already exists with a different name: ${other.name}`);
    if (sameName) throw new ServerError('IndexKeySpecsConflict', `An index with the name ${index.name} exists with another key`);
  }
  return false;
}

/** The values under which a document stands in an index: an array by itself and by each element. */
function indexed(index: IndexData, doc: Doc): string[] {
  const value = index.field === undefined ? undefined : doc[index.field];
  return (Array.isArray(value) ? [value, ...value] : [value]).map(canonical);
}

function addEntry(index: IndexData, doc: Doc, id: string): void {
  if (index.field === undefined) return;
  for (const value of indexed(index, doc)) {
    const ids = index.entries.get(value) ?? new Set();
    index.entries.set(value, ids.add(id));
  }
}

function dropEntry(index: IndexData, doc: Doc, id: string): void {
  if (index.field === undefined) return;
  for (const value of indexed(index, doc)) {
    const ids = index.entries.get(value);
    ids?.delete(id);
    if (ids?.size === 0) index.entries.delete(value);
  }
}

function duplicate(ns: string, index: Index, key: Doc): ServerError {
  const shown = Object.entries(key).map(([name, value]) => `${name}: ${JSON.stringify(String(value))}`);
  return new ServerError('DuplicateKey', `E11000 duplicate key error collection: ${ns} index: ${index.name} dup key: { ${shown.join(', ')} }`, {
    keyPattern: index.key,
    keyValue: key,
  });
}
