/** Reads an answers file and reports all its problems together. */

import type { z } from 'zod';
import type { Cluster } from '../core/cluster.js';
import { combineErrors, WizardError } from '../core/errors.js';
import { checkNodes, checkServices, type Report } from './check-nodes.js';
import { checkMappings, checkSecretNames, checkStores } from './check-stores.js';
import { toCluster } from './cluster.js';
import { issueProblems, valueAt } from './issues.js';
import { knownKeys } from './keys.js';
import { type Answers, answersSchema } from './schema.js';
import { type Problem, readSource, type Source } from './source.js';
import { viewOf } from './view.js';

export interface LoadedAnswers {
  readonly answers: Answers;
  readonly cluster: Cluster;
}

function crossProblems(source: Source): readonly Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, sentence) => {
    problems.push(source.at(path, sentence));
  };
  const view = viewOf(source.value);
  checkNodes(view, report);
  checkServices(view, report);
  checkStores(view, report);
  checkMappings(view, report);
  checkSecretNames(view, report);
  return problems;
}

/** Answers, or all problems of a text, in the order of the file. For editors and forms; `loadAnswers` throws the same. */
export function readAnswers(text: string): { readonly answers: Answers } | { readonly problems: readonly Problem[] } {
  const source = readSource(text);
  if (source.problems.length > 0) return { problems: source.problems };
  if (source.value === null || source.value === undefined) return { problems: [source.at([], 'The file is empty. "answers init" prints an example.')] };
  const parsed = answersSchema.safeParse(source.value);
  const wrong = parsed.success ? [] : issueProblems(parsed.error.issues, source, knownKeys);
  // One problem per key: a value of the wrong form is not checked further.
  const keys = new Set(wrong.map((p) => p.key));
  const problems = [...wrong, ...crossProblems(source).filter((p) => !keys.has(p.key))];
  if (parsed.success && problems.length === 0) return { answers: parsed.data };
  return { problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** Lists that are answered as a whole: no question asks for a missing part of an entry. */
const WHOLE: readonly unknown[] = ['nodes', 'stores'];

/** The same value without keys that have no value. */
function withoutBlanks(value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const given = Object.entries(value).filter(([, v]) => v !== null);
  return Object.fromEntries(given.map(([k, v]) => [k, withoutBlanks(v, depth - 1)]));
}

/** True for an answer that is only missing. */
function isMissing(issue: z.core.$ZodIssue, value: unknown): boolean {
  const [top, ...inside] = issue.path;
  if (WHOLE.includes(top) && inside.length > 0) return false;
  return issue.code === 'too_small' ? inside.length === 0 : valueAt(value, issue.path.map(String)) === undefined;
}

/**
 * Incomplete answers, for a front end that asks for the rest.
 * @throws WizardError `answers-invalid` for text that is not an answers file, for unknown keys and invalid values; further ones in `others`
 */
export function loadDraft(text: string, fileName: string): Readonly<Record<string, unknown>> {
  const source = readSource(text);
  const value = withoutBlanks(source.value, 2) ?? {};
  const parsed = answersSchema.safeParse(value);
  const wrong = parsed.success ? [] : parsed.error.issues.filter((issue) => !isMissing(issue, value));
  const problems = source.problems.length > 0 ? source.problems : issueProblems(wrong, source, knownKeys);
  if (problems.length === 0) return value as Readonly<Record<string, unknown>>;
  throw problemsError(problems, fileName);
}

/** `file:line:column key: sentence` */
export function problemText(fileName: string, problem: Problem): string {
  return `${fileName}:${problem.line}:${problem.column} ${problem.key === '' ? '' : `${problem.key}: `}${problem.sentence}`;
}

function problemsError(problems: readonly Problem[], fileName: string): WizardError {
  return combineErrors(problems.map((p) => new WizardError('answers-invalid', problemText(fileName, p))));
}

/**
 * The answers of a file and their cluster.
 * @param fileName for messages only
 * @throws WizardError `answers-invalid`: the first problem, further ones in `others`
 */
export function loadAnswers(text: string, fileName: string): LoadedAnswers {
  const read = readAnswers(text);
  if ('answers' in read) return { answers: read.answers, cluster: toCluster(read.answers) };
  throw problemsError(read.problems, fileName);
}
