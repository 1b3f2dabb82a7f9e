/**
 * What records must look like before anything is made of them: a journal, a restore point or a card may have been written by an older version, torn by a
 * power cut, or put there by somebody else. Further keys are kept, so that older and newer versions read each other's records.
 */

import * as z from 'zod';

/** Ids become parts of paths and commands. */
const ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/;
const SITE = /^[a-z0-9]{1,64}$/;
const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}\$?$/;
const MAX_TEXT = 65_536;

const text = z.string().max(MAX_TEXT);
const path = z
  .string()
  .max(4096)
  .regex(/^[^\u0000-\u001f\u007f]*$/);
const hash = z.string().regex(/^[A-Za-z0-9:]{0,128}$/);

export const siteCard = z.looseObject({
  site: z.string().regex(SITE),
  cluster: text,
  dirroot: path,
  mucPath: path,
  wwwroot: text,
  webUser: z.string().regex(USER).optional(),
});

export const restorePoint = z.looseObject({
  v: z.literal(1),
  id: z.string().regex(ID),
  site: z.string().regex(SITE),
  seq: z.int().min(0).optional(),
  created: text,
  run: z.string().regex(ID),
  by: text,
  state: z.enum(['open', 'on-trial', 'applied', 'failed', 'muc-rolled-back', 'rolled-back', 'rollback-failed']),
  kind: z.enum(['apply', 'safety', 'repair']),
  muc: z.looseObject({ sha256: hash, mode: z.string().regex(/^[0-7]{1,4}$/), owner: z.string().max(64), group: z.string().max(64) }).nullable(),
  mucAfter: hash.nullable().optional(),
  versionsHash: text.optional(),
  journal: path,
  notTakenBack: z.array(z.string().max(256)).max(10_000).optional(),
  dirroot: path.optional(),
  webUser: z.string().regex(USER).optional(),
});

const change = z.looseObject({
  id: text,
  kind: z.string().max(64),
  node: z.string().max(256),
  step: text.optional(),
  what: text.optional(),
  why: text.optional(),
  undo: text.optional(),
});

export const undoEntry = z.looseObject({ change, undo: z.looseObject({}).nullable() });

export const stagePlan = z.looseObject({ stage: z.string().max(64), changes: z.array(change).max(1_000_000) });

export const trialRecord = z.looseObject({
  v: z.literal(1),
  id: z.string().regex(ID),
  by: text,
  armedAt: text,
  nodes: z.array(z.string().max(256)).max(10_000),
  endsAt: text,
});

export const baseline = z
  .array(z.looseObject({ node: z.string().max(256), through: z.enum(['node', 'balancer']), pages: z.array(z.looseObject({ path: text })).max(1000) }))
  .max(10_000);

export const journalLine = z.looseObject({
  v: z.number(),
  seq: z.number(),
  t: text,
  run: text,
  ev: z.string().max(64),
  change: text.optional(),
  node: text.optional(),
  detail: z.string().optional(),
  stage: text.optional(),
  restorePoint: text.optional(),
  changes: z.array(text).max(1_000_000).optional(),
  outcome: text.optional(),
  exitCode: z.number().optional(),
  pid: z.number().optional(),
  processStart: text.optional(),
});

/** The first thing that is wrong, in words: `state: Invalid option`. */
export function firstFault(error: z.ZodError): string {
  const [issue] = error.issues;
  if (!issue) return 'it has another form';
  return `${issue.path.map(String).join('.') || 'its content'}: ${issue.message.slice(0, 200)}`;
}
