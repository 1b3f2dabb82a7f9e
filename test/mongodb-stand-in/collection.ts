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

interface State {
  readonly ns: string;
  /** By canonical `_id`, in the order they came. */
  readonly docs: Map<string, Doc>;
  /** Without the one of `_id`. */
  readonly indexes: IndexData[];
}

export function createCollection(ns: string): Collection {
  const state: State = { ns, docs: new Map(), indexes: [] };
  const { docs, indexes } = state;
  return {
    ns,
    size: () => docs.size,
    find: (filter, options = {}) => search(state, filter, options),
    insert(raw) {
      const doc = withId(raw);
      if (docs.has(idOf(doc))) throw duplicate(ns, ID_INDEX, { _id: doc['_id'] });
      check(state, doc);
      put(state, doc);
      return doc;
    },
    update(doc, update) {
      const changed = updated(doc, update);
      check(state, changed);
      for (const index of indexes) dropEntry(index, doc);
      put(state, changed);
      return changed;
    },
    remove(doc) {
      for (const index of indexes) dropEntry(index, doc);
      docs.delete(idOf(doc));
    },
    indexes: () => [ID_INDEX, ...indexes],
    createIndex: (spec) => createIndex(state, spec),
    dropIndex(name) {
      const at = name === '*' ? 0 : indexes.findIndex((index) => index.name === name);
      if (at < 0) throw new ServerError('IndexNotFound', `index not found with name [${name}]`);
      indexes.splice(at, name === '*' ? indexes.length : 1);
    },
  };
}

function idOf(doc: Doc): string {
  return canonical(doc['_id']);
}

/** Stores a document; one of the same `_id` keeps its place. */
function put({ docs, indexes }: State, doc: Doc): void {
  docs.set(idOf(doc), doc);
  for (const index of indexes) addEntry(index, doc);
}

function search({ docs, indexes }: State, filter: Doc, options: FindOptions): Doc[] {
  const matches = matcher(filter);
  const skip = options.skip ?? 0;
  const end = options.limit ? skip + options.limit : Infinity;
  const enough = options.sort === undefined ? end : Infinity;
  const found: Doc[] = [];
  for (const doc of candidatesFor(filter, docs, indexes)) {
    if (found.length >= enough) break;
    if (matches(doc)) found.push(doc);
  }
  return sorted(found, options.sort).slice(skip, end);
}

/** Throws what MongoDB throws for a document that must not be stored. */
function check(state: State, doc: Doc): void {
  if (calculateObjectSize(doc) > MAX_DOCUMENT_BYTES)
    throw new ServerError('BSONObjectTooLarge', `object to insert too large; the limit is ${MAX_DOCUMENT_BYTES} bytes`);
  for (const index of state.indexes) if (index.unique) checkUnique(state, index, doc);
}

function checkUnique(state: State, index: Index, doc: Doc): void {
  const key = Object.fromEntries(Object.keys(index.key).map((path) => [path, valuesAt(doc, path.split('.'))[0] ?? null]));
  const twins = search(state, key, {}).filter((other) => !equal(other['_id'], doc['_id']));
  if (twins.length > 0) throw duplicate(state.ns, index, key);
}

function createIndex(state: State, spec: Doc): void {
  const index = readIndex(spec);
  if (sameIndexExists(index, [ID_INDEX, ...state.indexes])) return;
  for (const doc of state.docs.values()) {
    if (index.unique) checkUnique(state, index, doc);
    addEntry(index, doc);
  }
  state.indexes.push(index);
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

function addEntry(index: IndexData, doc: Doc): void {
  if (index.field === undefined) return;
  for (const value of indexed(index, doc)) {
    const ids = index.entries.get(value) ?? new Set();
    index.entries.set(value, ids.add(idOf(doc)));
  }
}

function dropEntry(index: IndexData, doc: Doc): void {
  if (index.field === undefined) return;
  for (const value of indexed(index, doc)) {
    const ids = index.entries.get(value);
    ids?.delete(idOf(doc));
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
