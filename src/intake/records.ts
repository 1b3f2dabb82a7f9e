/**
 * Schemas of the site record and the records on nodes. Root wrote them, so their content is trusted; their form is checked, because files are damaged, moved
 * between machines and edited. Fields that a newer wizard adds are kept.
 */

import * as z from 'zod';
import type { Change, StagePlan } from '../core/change.js';
import { AFTERWARDS } from '../core/guarded.js';
import type { Owed, RestorePoint, SiteCard, UndoEntry } from '../core/record.js';
import type { TargetMeasure, TrialRecord } from '../core/trial.js';
import { pageMeasure } from './bridge.js';
import { absolutePath, count, definitionId, line, list, octalMode, sha256, storeName, text, token, unitName, userName, webUserName } from './types.js';
import { packageName, undoFault } from './undo.js';

const id = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'must be letters, digits and hyphens');
const site = z.string().regex(/^[a-z0-9]{1,100}$/, 'must be letters and digits');
const time = z.string().refine((value) => value.length <= 40 && !Number.isNaN(Date.parse(value)), { error: 'must be a time' });

export const siteCard: z.ZodType<SiteCard> = z.looseObject({
  site,
  cluster: line(200),
  dirroot: absolutePath,
  mucPath: absolutePath,
  wwwroot: line(2000),
  webUser: webUserName.exactOptional(),
});

const pointFile = z.looseObject({
  node: line(200),
  path: absolutePath,
  sha256: sha256.nullable(),
  ours: list(sha256, 100),
  writer: z.enum(['root', 'web-user']),
  after: z.enum(AFTERWARDS),
});

export const restorePoint: z.ZodType<RestorePoint> = z.looseObject({
  v: z.literal(1),
  id,
  site,
  seq: count.exactOptional(),
  created: time,
  run: id,
  by: text(200),
  state: z.enum(['open', 'on-trial', 'applied', 'failed', 'muc-rolled-back', 'rolled-back', 'rollback-failed']),
  kind: z.enum(['apply', 'safety', 'repair']),
  muc: z.object({ sha256: token(200), mode: octalMode, owner: line(100), group: line(100) }).nullable(),
  mucAfter: token(200).nullable().default(null),
  versionsHash: line(200).default(''),
  journal: line(4096),
  notTakenBack: list(line(200), 2000).exactOptional(),
  dirroot: absolutePath.exactOptional(),
  webUser: webUserName.exactOptional(),
  files: list(pointFile, 20_000).exactOptional(),
});

const nodeName = line(200);
const items = list(z.looseObject({ store: storeName, definitions: list(definitionId) }), 1000);

/** What handlers read of a change: names, paths and modes. Each kind has some of them. */
const change = z.looseObject({
  id: line(1000),
  kind: z.string().regex(/^[a-z-]{1,40}$/),
  node: nodeName,
  step: line(200).exactOptional(),
  what: z.string().exactOptional(),
  why: z.string().exactOptional(),
  after: list(line(1000)).exactOptional(),
  lane: z.enum(['parallel', 'serial', 'main']).exactOptional(),
  risk: z.enum(['gate', 'low', 'interrupts', 'irreversible']).exactOptional(),
  undo: z.string().exactOptional(),
  notifies: list(line(1000)).exactOptional(),
  path: absolutePath.exactOptional(),
  unit: unitName.exactOptional(),
  owner: userName.exactOptional(),
  group: userName.exactOptional(),
  packages: list(packageName, 500).exactOptional(),
  keepStopped: list(unitName, 100).exactOptional(),
  extensions: list(line(100), 500).exactOptional(),
  edits: list(z.looseObject({ edit: z.enum(['store', 'remove-store', 'mode', 'definition']) }), 20_000).exactOptional(),
  items: items.exactOptional(),
}) as unknown as z.ZodType<Change>;

export const undoEntry: z.ZodType<UndoEntry> = z
  .looseObject({
    change,
    stage: z
      .string()
      .regex(/^[a-z.-]{1,64}$/)
      .exactOptional(),
    undo: z.record(z.string(), z.unknown()).nullable(),
  })
  .superRefine((entry, context) => {
    const fault = undoFault(entry);
    if (fault !== null) context.addIssue({ code: 'custom', message: `${entry.change.id}: ${fault}` });
  });

export const stagePlan: z.ZodType<StagePlan> = z.looseObject({
  stage: z.string().regex(/^[a-z-]{1,64}$/),
  changes: list(change, 50_000),
  provisional: z.boolean(),
});

/** Text that is refused, not cut, when it is longer: cut, an id would name another change. */
const entry = (max: number) => z.string().max(max);

/** One line of a journal, as far as it is read again. */
export const journalLine = z.looseObject({
  v: z.number(),
  seq: z.number(),
  t: entry(100),
  run: entry(200),
  ev: z.string().max(64),
  change: entry(4096).exactOptional(),
  node: entry(200).exactOptional(),
  detail: z.string().exactOptional(),
  stage: entry(200).exactOptional(),
  restorePoint: entry(200).exactOptional(),
  changes: list(entry(4096), 1_000_000).exactOptional(),
  outcome: entry(200).exactOptional(),
  exitCode: z.number().exactOptional(),
  pid: z.number().exactOptional(),
  processStart: entry(200).exactOptional(),
});

export const owedItem: z.ZodType<Owed> = z.looseObject({ store: storeName, definition: definitionId, why: text(2000) });

export const suspectRecord = z.object({
  suspects: list(z.object({ store: storeName, since: line(40), reasons: list(text(2000), 100) }), 1000).default([]),
  seen: z.record(line(200), line(200)).default({}),
});

export const goodCard = z.object({ sha256, mode: octalMode, versionsHash: line(200), kept: time });

export const trialRecord: z.ZodType<TrialRecord> = z.looseObject({
  v: z.literal(1).default(1),
  id,
  by: text(200).default(''),
  armedAt: line(40).default(''),
  nodes: list(nodeName, 2000).default([]),
  endsAt: line(40).default(''),
  muc: z.literal(false).exactOptional(),
  fileNodes: list(nodeName, 2000).exactOptional(),
  ownMarks: list(nodeName, 2000).exactOptional(),
});

export const baseline: z.ZodType<readonly TargetMeasure[]> = list(
  z.looseObject({ node: nodeName, through: z.enum(['node', 'balancer']), pages: list(pageMeasure, 1000) }),
  5000,
);
