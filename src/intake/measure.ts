/** Schemas of measurements: what probes answer, and what is kept of them in the site record. */

import * as z from 'zod';
import {
  DISK_OPS,
  type Measurements,
  type MemcachedServer,
  PLACES,
  type PlaceMeasure,
  type RuntimeMeasure,
  type ServiceMeasure,
  type SharedMeasure,
  type SiteUse,
  type Spread,
} from '../core/measure.js';
import { absolutePath, amount, count, countOrNull, definitionId, line, list, map, storeName, text, token } from './types.js';

const spread: z.ZodType<Spread> = z.object({ p50: amount, p95: amount, p99: amount, n: count });

export const placeMeasure: z.ZodType<PlaceMeasure> = z.object({
  place: z.enum(PLACES),
  path: absolutePath,
  fsType: line(100),
  source: line(4096),
  device: line(100),
  options: text(2000),
  freeMb: amount.nullable(),
  freeInodes: amount.nullable(),
  ops: map(z.string(), spread, 50).transform((ops) => Object.fromEntries(DISK_OPS.flatMap((op) => (ops[op] ? [[op, ops[op]]] : [])))),
  bytesWritten: amount.exactOptional(),
  writeMbPerSecond: amount.exactOptional(),
  cut: z.boolean().exactOptional(),
  failed: text().exactOptional(),
  refused: text().exactOptional(),
});

export const placeMeasures = list(placeMeasure, 20);

const scalarText = z.union([z.string(), z.number(), z.boolean()]).transform(String).pipe(text(1000));

export const serviceMeasure: z.ZodType<ServiceMeasure> = z.object({
  service: line(200),
  plugin: line(100),
  address: line(400),
  via: z.enum(['php', 'raw', 'tcp']),
  estimate: z.boolean(),
  connect: spread.nullable().exactOptional(),
  roundTrips: list(z.object({ bytes: count, set: spread.exactOptional(), get: spread.exactOptional(), refused: text().exactOptional() }), 50),
  server: map(line(200), scalarText, 500).exactOptional(),
  keys: list(z.object({ group: text(200), kind: z.enum(['sessions', 'caches', 'other']), keys: count }), 2000).exactOptional(),
  error: text().exactOptional(),
  unmeasured: text().exactOptional(),
  refused: z.boolean().exactOptional(),
});

export const serviceMeasures = list(serviceMeasure, 500);

export const runtimeMeasure: z.ZodType<RuntimeMeasure> = z.object({
  sapi: token(40),
  apcu: z.object({ sizeMb: amount, freeMb: amount, fragmentation: z.number().min(-1).max(1), entries: count, expunges: count }).nullable(),
  opcache: z.object({
    enabled: z.boolean(),
    readable: z.boolean(),
    full: z.boolean().exactOptional(),
    freeMb: amount.exactOptional(),
    usedMb: amount.exactOptional(),
    wastedPercent: amount.exactOptional(),
    scripts: count.exactOptional(),
    maxScripts: count.exactOptional(),
    hitRate: amount.exactOptional(),
    restartsOutOfMemory: count.exactOptional(),
  }),
});

export const siteUse: z.ZodType<SiteUse> = z.object({
  activeHour: countOrNull,
  activeDay: countOrNull,
  activeMonth: countOrNull,
  users: countOrNull,
  courses: countOrNull,
  sessionsHour: countOrNull,
  themeDesignerMode: z.boolean(),
  cacheJs: z.boolean(),
  langStringCache: z.boolean(),
  writableCode: list(absolutePath, 100).exactOptional(),
  definitions: list(z.object({ definition: definitionId, store: storeName, items: count, meanBytes: amount, maxBytes: amount, atLeast: z.boolean() }), 20_000),
  definitionsCut: z.boolean().exactOptional(),
});

export const pageAnswer = z.object({ page: spread.nullable(), why: text().nullable() });

const lockSeen = z.enum(['seen', 'not-seen', 'failed', 'unknown']);

export const lookerAnswer = z.object({ sees: z.boolean(), lock: lockSeen, staleMs: amount.nullable(), cold: spread.nullable() });

export const writerAnswer = z.object({
  refused: text().nullable(),
  locked: z.boolean().exactOptional(),
  heard: list(line(200), 2000),
  aliveMs: amount.exactOptional(),
  slowestBeatMs: amount.exactOptional(),
});

const sharedMeasure: z.ZodType<SharedMeasure> = z.object({
  writer: line(200),
  refused: text().nullable(),
  locked: z.boolean().exactOptional(),
  lookers: list(
    z.object({ node: line(200), sees: z.boolean(), lock: lockSeen, staleMs: amount.nullable(), cold: spread.nullable(), error: text().exactOptional() }),
    2000,
  ),
});

const memcachedServer: z.ZodType<MemcachedServer> = z.object({
  service: line(200),
  address: line(400),
  ok: z.boolean(),
  error: text().exactOptional(),
  version: text(100).exactOptional(),
  limitMb: amount.exactOptional(),
  usedMb: amount.exactOptional(),
  itemSizeMax: amount.exactOptional(),
  evictions: amount.exactOptional(),
  hitRatio: amount.exactOptional(),
  uptimeSeconds: amount.exactOptional(),
  connections: amount.exactOptional(),
  items: amount.exactOptional(),
  proven: z.boolean().exactOptional(),
  roundTripMs: amount.exactOptional(),
});

const nodeMeasure = z.object({
  node: line(200),
  places: placeMeasures,
  services: serviceMeasures,
  runtime: runtimeMeasure.exactOptional(),
  page: spread.exactOptional(),
  errors: list(text(), 200),
});

/** As the site record keeps them. */
export const measurements: z.ZodType<Measurements> = z.object({
  version: z.literal(1),
  at: z.string().refine((at) => !Number.isNaN(Date.parse(at)) && at.length <= 40, { error: 'must be a time' }),
  of: map(line(200), token(64), 2000),
  nodes: map(line(200), nodeMeasure, 2000),
  shared: sharedMeasure.nullable(),
  use: siteUse.nullable(),
  memcached: list(memcachedServer, 500),
});
