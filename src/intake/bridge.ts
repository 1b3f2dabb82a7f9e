/** Schemas of the bridge's answers (src/moodle/bridge-api.ts), one an operation. */

import * as z from 'zod';
import type { SiteFacts } from '../core/facts.js';
import type { Convergence, EmptyResult, ProofResult } from '../core/moodle-answers.js';
import type { PageMeasure } from '../core/trial.js';
import { holderOf } from './holder.js';
import { mucConfig, mucDefinition, pathFacts } from './moodle-facts.js';
import { amount, count, definitionId, line, list, map, pluginName, sha256, storeName, text, token } from './types.js';

/** What stands between the markers. An error's own words are cleaned; its details are looked into one by one. */
export const bridgeAnswer = z.union([
  z.object({ ok: z.literal(true), data: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error: z.object({ code: z.string().max(60), message: text(2000), details: map(z.string(), z.unknown(), 100).catch({}) }),
  }),
]);

const hashOrNull = sha256.nullable();
/** Secrets may stand in it: the message never shows it. */
const content = z.string({ error: 'must be base64' }).refine((value) => /^[A-Za-z0-9+/]*={0,2}$/.test(value), { error: 'must be base64' });

export const siteFacts: z.ZodType<SiteFacts> = z.object({
  upgradePending: z.boolean(),
  siteIdentifier: token(200),
  sessionHandler: line(1000),
  lockFactory: line(1000),
  plugins: list(z.object({ plugin: pluginName, requirementsMet: z.boolean(), canAddInstance: z.boolean(), modes: z.int(), features: z.int() }), 500),
  definitions: list(mucDefinition),
  missingDefinitions: list(definitionId).exactOptional(),
  mucHashBefore: z.union([z.literal(''), sha256]),
  mucHashAfter: z.union([z.literal(''), sha256]),
});

export const stageAnswer = z.object({
  content,
  sha256,
  baseSha256: hashOrNull,
  before: z.string(),
  after: z.string(),
  config: mucConfig,
  siteIdentifier: line(200).nullable(),
});

export const mucBytes = z.object({ content, file: pathFacts }).nullable();
export const published = z.object({ sha256 });
export const removed = z.object({ removed: z.boolean() });
export const holderAnswer = z.object({ holder: z.unknown().transform(holderOf) });

const storeProof = z.object({
  requirementsMet: z.boolean(),
  ready: z.boolean(),
  roundTrip: z.boolean().nullable(),
  ms: amount.nullable(),
  read: map(line(500), z.boolean()),
  error: text(2000).nullable(),
});

export const proofResult: z.ZodType<ProofResult> = z.object({
  sapi: token(40),
  stores: map(storeName, storeProof, 500),
  effective: map(definitionId, list(storeName, 100)),
});

export const convergence: z.ZodType<Convergence> = z.object({ diskHash: hashOrNull, runsHash: hashOrNull, opcache: z.enum(['off', 'invalidated', 'refused']) });

export const emptyResult: z.ZodType<EmptyResult> = z.object({
  emptied: list(z.object({ store: storeName, definition: definitionId }), 50_000),
  owed: list(
    z.object({ store: storeName, definition: definitionId, code: z.enum(['missing', 'web-only', 'flush', 'session', 'failed']), why: text(2000) }),
    50_000,
  ),
});

const mark = z.enum(['armed', 'kept', 'reverting', 'reverted', 'none']);
export const trialMark = z.object({ mark });
export const trialTurned = z.object({ done: z.boolean(), mark });

export const pageMeasure: z.ZodType<PageMeasure> = z.object({
  path: line(2000),
  status: count.max(999),
  location: text(2000).nullable(),
  title: text(500).nullable(),
  bytes: count,
  medianMs: amount,
  worstMs: amount,
  trouble: text(500).nullable(),
  error: text(1000).nullable(),
});

export const pageMeasures = list(pageMeasure, 5000);
