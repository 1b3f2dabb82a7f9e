/** Updates (replacement and $set, $unset, $inc, $setOnInsert) and projections. */

import { Double, Int32, Long, ObjectId } from 'bson';
import { ServerError } from './errors.js';
import { isOperators } from './match.js';
import { equal, isDoc, isNumber, splitPath, toBoolean, toNumber, valuesAt, withField } from './values.js';
import type { Doc } from './wire.js';

type Operator = (doc: Doc, path: readonly string[], operand: unknown, inserting: boolean) => Doc;

const OPERATORS: Readonly<Record<string, Operator>> = {
  $set: (doc, path, operand) => withField(doc, path, operand),
  $unset: (doc, path) => withField(doc, path, undefined),
  $inc: (doc, path, operand) => withField(doc, path, sum(valuesAt(doc, path)[0], operand)),
  $setOnInsert: (doc, path, operand, inserting) => (inserting ? withField(doc, path, operand) : doc),
};

/** The document after an update. `inserting` is true for the new document of an upsert. Throws ServerError as MongoDB does. */
export function updated(doc: Doc, update: unknown, inserting = false): Doc {
  if (!isDoc(update)) throw new ServerError('FailedToParse', 'Update argument must be an object (pipelines are not supported by the stand-in)');
  const changed = isOperators(update) ? withOperators(doc, update, inserting) : replacement(doc, update);
  if (doc['_id'] !== undefined && !equal(doc['_id'], changed['_id'])) {
    throw new ServerError('ImmutableField', "Performing an update on the path '_id' would modify the immutable field '_id'");
  }
  return changed;
}

function replacement(doc: Doc, update: Doc): Doc {
  const bad = Object.keys(update).find((name) => name.startsWith('$'));
  if (bad !== undefined) throw new ServerError('BadValue', `The dollar ($) prefixed field '${bad}' is not valid for storage.`);
  return doc['_id'] === undefined || '_id' in update ? update : { _id: doc['_id'], ...update };
}

function withOperators(doc: Doc, update: Doc, inserting: boolean): Doc {
  let changed = doc;
  for (const [name, fields] of Object.entries(update)) {
    const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    if (operator === undefined) throw new ServerError('FailedToParse', `Unknown modifier: ${name}. The stand-in knows: ${Object.keys(OPERATORS).join(', ')}`);
    if (!isDoc(fields)) throw new ServerError('FailedToParse', `Modifiers operate on fields but we found something else for ${name}`);
    for (const [path, operand] of Object.entries(fields)) changed = operator(changed, splitPath(path), operand, inserting);
  }
  return changed;
}

function sum(current: unknown, by: unknown): unknown {
  if (!isNumber(by) || (current !== undefined && !isNumber(current))) throw new ServerError('TypeMismatch', 'Cannot apply $inc to a value of non-numeric type');
  if (current instanceof Double || by instanceof Double) return new Double(toNumber(current, 0) + toNumber(by, 0));
  const total = Long.fromString(String(current ?? 0)).add(Long.fromString(String(by)));
  const fitsInt32 = total.greaterThanOrEqual(-(2 ** 31)) && total.lessThan(2 ** 31);
  return fitsInt32 && !(current instanceof Long) && !(by instanceof Long) ? new Int32(total.toNumber()) : total;
}

/** The document which an upsert inserts: the filter's equalities, then the update. */
export function upserted(filter: Doc, update: unknown): Doc {
  let base: Doc = {};
  if (isDoc(update) && isOperators(update)) {
    for (const [name, condition] of Object.entries(filter)) {
      const value = isOperators(condition) ? condition['$eq'] : condition;
      if (!name.startsWith('$') && value !== undefined) base = withField(base, splitPath(name), value);
    }
  } else if (filter['_id'] !== undefined && !isOperators(filter['_id'])) base = { _id: filter['_id'] };
  return withId(updated(base, update, true));
}

/** The document with its `_id` in front, a new one when it has none. */
export function withId(doc: Doc): Doc {
  const { _id: id, ...rest } = doc;
  return { _id: id ?? new ObjectId(), ...rest };
}

/** Reads a projection once (fields to include or to leave out) and returns what applies it. */
export function projector(projection: Doc | undefined): (doc: Doc) => Doc {
  const entries = Object.entries(projection ?? {});
  if (entries.length === 0) return (doc) => doc;
  const odd = entries.find(([, wanted]) => typeof wanted !== 'boolean' && !isNumber(wanted));
  if (odd !== undefined) throw new ServerError('BadValue', `The stand-in only includes or excludes fields; not so: ${odd[0]}`);
  const fields = entries.filter(([name]) => name !== '_id').map(([name, wanted]) => ({ path: splitPath(name), wanted: toBoolean(wanted) }));
  const idWanted = toBoolean(projection?.['_id'] ?? true);
  const including = fields[0]?.wanted ?? ('_id' in (projection ?? {}) && idWanted);
  if (fields.some((field) => field.wanted !== including)) throw new ServerError('BadValue', 'A projection cannot mix inclusion and exclusion');
  return including ? includer(fields, idWanted) : excluder(fields, idWanted);
}

function includer(fields: ReadonlyArray<{ path: string[] }>, idWanted: boolean): (doc: Doc) => Doc {
  return (doc) => {
    let result: Doc = idWanted && doc['_id'] !== undefined ? { _id: doc['_id'] } : {};
    for (const { path } of fields) {
      const value = valuesAt(doc, path)[0];
      if (value !== undefined) result = withField(result, path, value);
    }
    return result;
  };
}

function excluder(fields: ReadonlyArray<{ path: string[] }>, idWanted: boolean): (doc: Doc) => Doc {
  return (doc) => {
    const start = idWanted ? doc : withField(doc, ['_id'], undefined);
    return fields.reduce((result, { path }) => withField(result, path, undefined), start);
  };
}
