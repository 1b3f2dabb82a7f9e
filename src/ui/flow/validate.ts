/** Checks single answers against the one schema of the answers file, so that a question can never accept what the file would not. */

import type * as Zod from 'zod';
import { type Draft, tidy } from '../../answers/draft.js';
import type { Answers } from '../../answers/schema.js';

interface Rules {
  readonly z: typeof Zod;
  readonly answersSchema: Zod.ZodType<Answers>;
}

let rules: Rules | null = null;

/** Loads the schema. The first screen does without it; every check wants it loaded before. */
export async function loadRules(): Promise<void> {
  if (rules) return;
  const [z, { answersSchema }] = await Promise.all([import('zod'), import('../../answers/schema.js')]);
  rules = { z, answersSchema };
}

/** @throws Error before `loadRules`: a bug */
function loadedRules(): Rules {
  if (!rules) throw new Error('an answer was checked before the schema was loaded');
  return rules;
}

function unwrap(schema: Zod.ZodType): Zod.ZodType {
  const { z } = loadedRules();
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap() as Zod.ZodType) : schema;
}

function child(schema: Zod.ZodType, part: string): Zod.ZodType | null {
  const { z } = loadedRules();
  const bare = unwrap(schema);
  if (bare instanceof z.ZodObject) return (bare.shape[part] as Zod.ZodType | undefined) ?? null;
  if (bare instanceof z.ZodArray) return bare.element as Zod.ZodType;
  if (bare instanceof z.ZodRecord) return bare.valueType as Zod.ZodType;
  if (bare instanceof z.ZodUnion) return (bare.options as readonly Zod.ZodType[]).map((o) => child(o, part)).find((c) => c !== null) ?? null;
  return null;
}

/** The schema at a path of the answers file, or null when the file has no such key. */
export function schemaAt(path: string): Zod.ZodType | null {
  let schema: Zod.ZodType | null = loadedRules().answersSchema;
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
  const result = loadedRules().answersSchema.safeParse(tidy(draft));
  if (result.success) return { answers: result.data };
  return { issues: result.error.issues.map((i) => ({ path: i.path.join('.'), message: sentence(i.message) })) };
}
