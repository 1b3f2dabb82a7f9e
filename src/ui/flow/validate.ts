/** Checks single answers against the one schema of the answers file, so that a question can never accept what the file would not. */

import { z } from 'zod';
import { type Answers, answersSchema } from '../../answers/schema.js';
import { type Draft, tidy } from './draft.js';

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

function child(schema: z.ZodType, part: string): z.ZodType | null {
  const bare = unwrap(schema);
  if (bare instanceof z.ZodObject) return (bare.shape[part] as z.ZodType | undefined) ?? null;
  if (bare instanceof z.ZodArray) return bare.element as z.ZodType;
  if (bare instanceof z.ZodRecord) return bare.valueType as z.ZodType;
  if (bare instanceof z.ZodUnion) return (bare.options as readonly z.ZodType[]).map((o) => child(o, part)).find((c) => c !== null) ?? null;
  return null;
}

/** The schema at a path of the answers file, or null when the file has no such key. */
export function schemaAt(path: string): z.ZodType | null {
  let schema: z.ZodType | null = answersSchema;
  for (const part of path.split('.')) schema = schema === null ? null : child(schema, part);
  return schema;
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** What is wrong with a value at a path, as a sentence; null when nothing is. */
export function validateAt(path: string, value: unknown): string | null {
  const schema = schemaAt(path);
  if (!schema) return `The answers file has no key ${path}.`;
  const result = schema.safeParse(value);
  if (result.success) return null;
  const issue = result.error.issues[0];
  if (!issue) return 'This is not a valid answer.';
  const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  return sentence(`${where}${issue.message}`);
}

/** The draft as checked answers, or what is still missing or wrong: path and sentence each. */
export function completeAnswers(
  draft: Draft,
): { readonly answers: Answers } | { readonly issues: readonly { readonly path: string; readonly message: string }[] } {
  const result = answersSchema.safeParse(tidy(draft));
  if (result.success) return { answers: result.data };
  return { issues: result.error.issues.map((i) => ({ path: i.path.join('.'), message: sentence(i.message) })) };
}
