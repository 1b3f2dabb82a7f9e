/** How BSON values compare, and how dotted paths reach into documents. */

import { Binary, Decimal128, Double, EJSON, Int32, Long, ObjectId, Timestamp } from 'bson';
import { ServerError } from './errors.js';
import type { Doc } from './wire.js';

export function isDoc(value: unknown): value is Doc {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date || value instanceof RegExp) return false;
  return !('_bsontype' in value);
}

export function isNumber(value: unknown): boolean {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Int32 ||
    value instanceof Double ||
    value instanceof Long ||
    value instanceof Decimal128
  );
}

/** A BSON number (or a boolean, as drivers send `1` and `true` alike) as a JavaScript number; `fallback` when it is neither. */
export function toNumber(value: unknown, fallback: number): number {
  if (value === true) return 1;
  if (value === false) return 0;
  if (value instanceof Long) return value.toNumber();
  return isNumber(value) ? Number(String(value)) : fallback;
}

export function toBoolean(value: unknown): boolean {
  return isNumber(value) ? toNumber(value, 0) !== 0 : value !== undefined && value !== null && value !== false;
}

/** A text that is the same exactly for values which MongoDB holds equal: numbers of all types with one value, fields in order. */
export function canonical(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return `s${value}`;
  if (typeof value === 'boolean') return `b${value}`;
  if (isNumber(value)) return canonicalNumber(value);
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof ObjectId) return `o${value.toHexString()}`;
  if (value instanceof Binary) return `x${value.sub_type}:${value.toString('base64')}`;
  if (Array.isArray(value)) return `a${JSON.stringify(value.map(canonical))}`;
  if (isDoc(value)) return `m${JSON.stringify(Object.entries(value).map(([name, field]) => [name, canonical(field)]))}`;
  return `t${EJSON.stringify({ value })}`;
}

function canonicalNumber(value: unknown): string {
  if (value instanceof Long || typeof value === 'bigint') return `n${String(value)}`;
  const number = toNumber(value, Number.NaN);
  return Number.isInteger(number) ? `n${BigInt(number)}` : `n${number}`;
}

export function equal(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

/** MongoDB's order of types in sorts; a range such as $gt only ever matches values of one and the same type. */
export function typeRank(value: unknown): number {
  if (value === undefined || value === null) return 1;
  if (isNumber(value)) return 2;
  if (typeof value === 'string') return 3;
  if (Array.isArray(value)) return 5;
  if (isDoc(value)) return 4;
  if (value instanceof Binary) return 6;
  if (value instanceof ObjectId) return 7;
  if (typeof value === 'boolean') return 8;
  if (value instanceof Date) return 9;
  if (value instanceof Timestamp) return 10;
  return 11;
}

/** Negative, zero or positive, as a sort function needs it. */
export function compare(left: unknown, right: unknown): number {
  const ranks = typeRank(left) - typeRank(right);
  if (ranks !== 0) return ranks;
  if (isNumber(left)) return toNumber(left, 0) - toNumber(right, 0);
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (typeof left === 'string' && typeof right === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right));
  const [a, b] = [canonical(left), canonical(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Every value that `path` reaches, as queries see it: an array on the way is entered by index and through all its elements. */
export function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [head, ...rest] = path;
  if (head === undefined) return [value];
  if (Array.isArray(value)) {
    const byIndex = /^\d+$/.test(head) && Number(head) < value.length ? valuesAt(value[Number(head)], rest) : [];
    return [...byIndex, ...value.filter(isDoc).flatMap((element) => valuesAt(element, path))];
  }
  if (!isDoc(value) || !Object.hasOwn(value, head)) return [];
  return valuesAt(value[head], rest);
}

export function splitPath(path: string): string[] {
  const parts = path.split('.');
  if (parts.includes('')) throw new ServerError('BadValue', `The field name '${path}' has an empty part`);
  if (parts.includes('__proto__')) throw new ServerError('BadValue', `The stand-in does not take the field name '${path}'`);
  return parts;
}

/** A copy of `doc` with the field at `path` changed; `undefined` removes it. */
export function withField(doc: Doc, path: readonly string[], value: unknown): Doc {
  const [head, ...rest] = path;
  if (head === undefined) return doc;
  if (rest.length === 0 && value === undefined) {
    const { [head]: _gone, ...kept } = doc;
    return kept;
  }
  if (rest.length === 0) return { ...doc, [head]: value };
  const inner = doc[head];
  if (inner === undefined && value === undefined) return doc;
  if (inner !== undefined && !isDoc(inner))
    throw new ServerError('BadValue', `Cannot create a field in '${head}': it is not a document (arrays are not supported here)`);
  return { ...doc, [head]: withField(inner ?? {}, rest, value) };
}
