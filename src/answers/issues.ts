/** Issues of zod as sentences for people, each with its position in the file. */

import type { z } from 'zod';
import { keyText, MAX_PROBLEMS, type Path, type Problem, type Source } from './source.js';
import { didYouMean, nearest } from './suggest.js';

type Issue = z.core.$ZodIssue;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
  undefined: 'nothing',
  null: 'nothing',
};

/** The value at a path; undefined when there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

function plainPath(path: readonly PropertyKey[]): Path {
  return path.map((p) => (typeof p === 'symbol' ? String(p) : p));
}

/** All keys a schema knows at a path, for suggestions; [] where keys are free. */
export type KnownKeys = (path: Path) => readonly string[];

function typeSentence(issue: Issue & { readonly expected?: unknown }): string {
  const word = TYPE_NAMES[String(issue.expected)] ?? String(issue.expected);
  return `must be ${word}`;
}

function choiceSentence(values: readonly unknown[], given: unknown): string {
  const names = values.map(String);
  const list = names.length === 1 ? `${names[0]}` : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return `must be ${list}.${typeof given === 'string' ? didYouMean(given, names) : ''}`;
}

function sizeSentence(issue: Issue): string {
  if (issue.code === 'too_small')
    return issue.origin === 'array'
      ? 'must not be an empty list'
      : issue.origin === 'string'
        ? 'must not be empty'
        : `must be ${String(issue.minimum)} or more`;
  if (issue.code === 'too_big')
    return issue.origin === 'string' ? `must have at most ${String(issue.maximum)} characters` : `must be ${String(issue.maximum)} or less`;
  return issue.message;
}

/** A value may have several forms: the issues of the form that fits best. */
function unionIssues(issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] {
  const ranked = issue.errors
    .filter((list) => list.length > 0)
    .map((list) => ({ list, deep: Math.max(...list.map((i) => i.path.length)), type: list.some((i) => i.code === 'invalid_type' && i.path.length === 0) }));
  const best = ranked.sort((a, b) => Number(a.type) - Number(b.type) || b.deep - a.deep)[0];
  return best?.list ?? [];
}

function sentences(issue: Issue, source: Source, knownKeys: KnownKeys, prefix: Path): readonly Problem[] {
  const path = [...prefix, ...plainPath(issue.path)];
  const given = valueAt(source.value, path);
  const one = (text: string, atKey = false): readonly Problem[] => [source.at(path, endStop(text), atKey)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MAX_PROBLEMS).map((key) => source.at([...path, key], `Unknown key "${key}".${didYouMean(key, knownKeys(path))}`, true));
    case 'invalid_type':
      return given === undefined
        ? one(`The key "${String(path.at(-1) ?? '')}" is missing`)
        : one(given === null ? `${typeSentence(issue)}, but is empty` : typeSentence(issue));
    case 'invalid_value':
      if (given === undefined) return one(`The key "${String(path.at(-1) ?? '')}" is missing`);
      return [source.at(path, endStop(choiceSentence(issue.values, given)))];
    case 'too_small':
    case 'too_big':
      return one(sizeSentence(issue));
    case 'invalid_key':
      return one(`"${String(path.at(-1))}" is not a valid key here: ${issue.issues[0]?.message ?? 'invalid form'}`, true);
    case 'invalid_union': {
      if (given === undefined) return one(`The key "${String(path.at(-1) ?? '')}" is missing`);
      const inner = unionIssues(issue);
      return inner.length > 0 ? inner.flatMap((i) => sentences(i, source, knownKeys, path)) : one('has an invalid form');
    }
    default:
      return one(issue.message);
  }
}

function endStop(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** The keys that unknown ones probably misspell. */
function meantKeys(issues: readonly Issue[], knownKeys: KnownKeys): ReadonlySet<string> {
  return new Set(
    issues.flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys') return [];
      const path = plainPath(issue.path);
      return issue.keys
        .slice(0, MAX_PROBLEMS)
        .flatMap((key) => nearest(key, knownKeys(path)) ?? [])
        .map((key) => keyText([...path, key]));
    }),
  );
}

/** Every issue as a problem, without duplicates. */
export function issueProblems(issues: readonly Issue[], source: Source, knownKeys: KnownKeys): readonly Problem[] {
  const meant = meantKeys(issues, knownKeys);
  const problems = issues
    .slice(0, MAX_PROBLEMS)
    // A misspelled key is not reported as missing too.
    .filter((issue) => valueAt(source.value, plainPath(issue.path)) !== undefined || !meant.has(keyText(plainPath(issue.path))))
    .flatMap((issue) => sentences(issue, source, knownKeys, []));
  const seen = new Set<string>();
  return problems.filter((p) => {
    const id = `${p.line}:${p.column}:${keyText([p.key])}:${p.sentence}`;
    return seen.has(id) ? false : seen.add(id) !== undefined;
  });
}
