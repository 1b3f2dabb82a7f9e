/** Query filters: does a document match? What is not supported is refused by name, never ignored. */

import { BSONRegExp } from 'bson';
import { ServerError } from './errors.js';
import { canonical, compare, isDoc, isNumber, splitPath, toBoolean, toNumber, typeRank, valuesAt } from './values.js';
import type { Doc } from './wire.js';

export type Matcher = (doc: Doc) => boolean;
type Test = (values: readonly unknown[]) => boolean;

/** Reads a filter once and returns the test. Throws ServerError BadValue for operators it does not know. */
export function matcher(filter: Doc): Matcher {
  const parts = Object.entries(filter).map(([name, condition]) => part(name, condition));
  return (doc) => parts.every((matches) => matches(doc));
}

function part(name: string, condition: unknown): Matcher {
  if (name === '$comment') return () => true;
  if (name === '$and' || name === '$or' || name === '$nor') return combination(name, condition);
  if (name.startsWith('$')) throw new ServerError('BadValue', `unknown top level operator: ${name}`);
  const path = splitPath(name);
  const test = fieldTest(condition);
  return (doc) => test(valuesAt(doc, path));
}

function combination(name: string, condition: unknown): Matcher {
  if (!Array.isArray(condition) || condition.length === 0) throw new ServerError('BadValue', `${name} must be a nonempty array`);
  const matchers = condition.map((one) => matcher(one as Doc));
  if (name === '$and') return (doc) => matchers.every((matches) => matches(doc));
  const any: Matcher = (doc) => matchers.some((matches) => matches(doc));
  return name === '$or' ? any : (doc) => !any(doc);
}

/** True when a condition is `{$operator: …}` rather than a value to be equal to. */
export function isOperators(condition: unknown): condition is Doc {
  return isDoc(condition) && Object.keys(condition)[0]?.startsWith('$') === true;
}

function fieldTest(condition: unknown): Test {
  if (condition instanceof BSONRegExp || condition instanceof RegExp) return regexTest(condition, '');
  if (!isOperators(condition)) return equalTest(condition);
  const tests = Object.entries(condition)
    .filter(([name]) => name !== '$options')
    .map(([name, operand]) => operatorTest(name, operand, condition));
  return (values) => tests.every((test) => test(values));
}

function operatorTest(name: string, operand: unknown, all: Doc): Test {
  switch (name) {
    case '$eq':
      return equalTest(operand);
    case '$ne':
      return not(equalTest(operand));
    case '$in':
      return inTest(name, operand);
    case '$nin':
      return not(inTest(name, operand));
    case '$gt':
      return rangeTest(operand, (order) => order > 0);
    case '$gte':
      return rangeTest(operand, (order) => order >= 0);
    case '$lt':
      return rangeTest(operand, (order) => order < 0);
    case '$lte':
      return rangeTest(operand, (order) => order <= 0);
    case '$exists':
      return toBoolean(operand) ? (values) => values.length > 0 : (values) => values.length === 0;
    case '$size':
      return (values) => values.some((value) => Array.isArray(value) && value.length === toNumber(operand, -1));
    case '$not':
      return not(fieldTest(operand));
    case '$regex':
      return regexTest(operand, String(all['$options'] ?? ''));
    default:
      throw new ServerError('BadValue', `unknown operator: ${name}`);
  }
}

function not(test: Test): Test {
  return (values) => !test(values);
}

/** An array matches by itself or by any of its elements. */
function candidates(values: readonly unknown[]): unknown[] {
  return values.flatMap((value) => (Array.isArray(value) ? [value, ...value] : [value]));
}

function equalTest(operand: unknown): Test {
  return inTest('$eq', [operand]);
}

function inTest(name: string, operand: unknown): Test {
  if (!Array.isArray(operand)) throw new ServerError('BadValue', `${name} needs an array`);
  const patterns = operand.filter((one) => one instanceof BSONRegExp || one instanceof RegExp).map((one) => regexTest(one, ''));
  const wanted = new Set(operand.map(canonical));
  const nothing = canonical(null);
  return (values) => {
    if (values.length === 0) return wanted.has(nothing);
    return candidates(values).some((value) => wanted.has(canonical(value))) || patterns.some((test) => test(values));
  };
}

function rangeTest(operand: unknown, accept: (order: number) => boolean): Test {
  const rank = typeRank(operand);
  return (values) => candidates(values).some((value) => typeRank(value) === rank && accept(compare(value, operand)));
}

function regexTest(operand: unknown, options: string): Test {
  const [pattern, flags] =
    operand instanceof BSONRegExp ? [operand.pattern, operand.options] : operand instanceof RegExp ? [operand.source, operand.flags] : [String(operand), ''];
  // PCRE's x has no counterpart in JavaScript; i, m and s mean the same.
  const regex = new RegExp(pattern, [...new Set(flags + options)].filter((flag) => 'ims'.includes(flag)).join(''));
  return (values) => candidates(values).some((value) => typeof value === 'string' && regex.test(value));
}

/** Sorts as `find` does. */
export function sorted(docs: readonly Doc[], sort: Doc | undefined): Doc[] {
  const keys = Object.entries(sort ?? {}).map(([name, direction]) => ({ path: splitPath(name), sign: toNumber(direction, 1) < 0 ? -1 : 1 }));
  if (keys.length === 0) return [...docs];
  return [...docs].sort((a, b) => {
    for (const { path, sign } of keys) {
      const order = compare(valuesAt(a, path)[0], valuesAt(b, path)[0]);
      if (order !== 0) return order * sign;
    }
    return 0;
  });
}

/** For each top-level field that a filter fixes to one or several values: these values. Lets the store use an index. */
export function fixedValues(filter: Doc): Map<string, readonly unknown[]> {
  const fixed = new Map<string, readonly unknown[]>();
  for (const [name, condition] of Object.entries(filter)) {
    if (name.startsWith('$') || name.includes('.')) continue;
    const values = valuesOf(condition);
    if (values?.every(isIndexable)) fixed.set(name, values);
  }
  return fixed;
}

function valuesOf(condition: unknown): readonly unknown[] | undefined {
  if (!isOperators(condition)) return [condition];
  const { $eq, $in } = condition;
  if (Array.isArray($in)) return $in;
  return $eq === undefined ? undefined : [$eq];
}

/** Null would also match what is missing, a pattern matches many: both need the full scan. */
function isIndexable(value: unknown): boolean {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    isNumber(value) ||
    (typeof value === 'object' && value !== null && '_bsontype' in value && !(value instanceof BSONRegExp))
  );
}
