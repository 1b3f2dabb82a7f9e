/** Checks the answer of a node against its schema: the result has the form that the schema defines, or there is no result. */

import type * as z from 'zod';
import { WizardError } from '../core/errors.js';
import { shown } from '../core/names.js';
import { remedy } from '../core/remedy.js';
import { type JsonLimits, parseJson } from './json.js';

/** The origin of a value, for the error. */
export interface Source {
  readonly node: string;
  /** What was asked: `survey`, `answer to "inspect"`. */
  readonly what: string;
}

const MOST_ISSUES = 5;

const sentence = (issue: z.core.$ZodIssue): string => {
  const field = shown(issue.path.map(String).join('.'), 120);
  const problem = shown(issue.message.replace(/^Invalid input: /, ''), 200);
  return field === '' ? problem : `${field}: ${problem}`;
};

/** `problems`: the field and what is wrong with it, one each. @returns the error for an answer that cannot be used */
export function answerInvalid(source: Source, problems: readonly string[]): WizardError {
  const [first = 'it has an unexpected form'] = problems;
  return new WizardError('answer-invalid', `${source.node} returned an invalid answer (${source.what}): ${first}`, {
    nodes: [source.node],
    evidence: problems.slice(1, MOST_ISSUES),
    remedies: [
      remedy`Check PHP, the system tools and config.php on ${source.node}, then run the same command again.`,
      remedy`If ${source.node} cannot be trusted, exclude it: set "state: out" for it in the answers.`,
    ],
  });
}

/** The field and what is wrong with it, of a value that a schema refused. */
export function problemsOf(error: { readonly issues: readonly z.core.$ZodIssue[] }): readonly string[] {
  return error.issues.slice(0, MOST_ISSUES).map(sentence);
}

/** @throws WizardError `answer-invalid` naming the node, the field and what is wrong */
export function checked<T>(schema: z.ZodType<T>, data: unknown, source: Source): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw answerInvalid(source, problemsOf(result.error));
}

/** The same for JSON text. @throws WizardError `answer-invalid` */
export function checkedJson<T>(schema: z.ZodType<T>, text: string, source: Source, limits?: JsonLimits): T {
  const json = parseJson(text, limits);
  if (!json.ok) throw answerInvalid(source, [json.why]);
  return checked(schema, json.value, source);
}
