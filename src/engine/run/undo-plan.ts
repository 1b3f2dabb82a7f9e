/** What a rollback would do, as a plan that is shown and approved like any other. Pure. */

import type { Change, ChangeKind, Plan, StagePlan } from '../../core/change.js';
import type { Cluster } from '../../core/cluster.js';
import type { UndoEntry } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { StepTitle } from '../../track/titles.js';
import { NO_ADVICE } from '../../track/track.js';
import { sealPlan } from './planner.js';
import type { StageGuard, UndoOf } from './stage-guard.js';

const names = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : []);

/** What is undone, from what the undo acts on: the sentence of a record is only a sentence. */
function undoWords({ change, undo }: UndoEntry): string {
  switch (change.kind) {
    case 'file':
      return undo?.['before'] == null ? `remove ${change.path}` : `restore the previous ${change.path}`;
    case 'directory':
      return undo?.['was'] == null ? `remove ${change.path} if it is empty` : `restore owner and mode of ${change.path}`;
    case 'package':
      return names(undo?.['added']).length === 0 ? `keep ${change.packages.join(', ')}, installed before` : `remove ${names(undo?.['added']).join(', ')}`;
    case 'unit':
      return undo?.['active'] === false ? `stop ${change.unit}` : `keep ${change.unit} running`;
    default:
      return change.what;
  }
}

function undoChange(entry: UndoEntry): Change {
  const { change } = entry;
  return {
    ...change,
    kind: 'undo',
    id: `undo:${change.id}`,
    of: change.id,
    what: `Undo: ${undoWords(entry)}`,
    why: change.undo ?? '',
    after: [],
    notifies: [],
    undo: remedy`Apply again.`,
  };
}

/** What rolls back the effect of a kind: the change itself, the guard of its stage as a whole, or nothing because nothing stays. */
export const UNDONE_BY: Readonly<Record<ChangeKind, 'itself' | 'guard' | 'nothing'>> = {
  package: 'itself',
  file: 'itself',
  directory: 'itself',
  unit: 'itself',
  'muc-publish': 'guard',
  'muc-repair': 'guard',
  'service-ready': 'nothing',
  'php-ready': 'nothing',
  'restore-point': 'nothing',
  converge: 'nothing',
  empty: 'nothing',
  settle: 'nothing',
  baseline: 'nothing',
  'trial-arm': 'nothing',
  pages: 'nothing',
  undo: 'nothing',
  prove: 'nothing',
};

/** The stage of an entry: as recorded, or as its step belongs to, or its step's own name where this version knows neither. */
function stageOf(entry: UndoEntry, titles: readonly StepTitle[]): string {
  return entry.stage ?? titles.find((s) => s.id === entry.change.step)?.stage ?? entry.change.step ?? 'other';
}

/** What is undone on its own, by stage, newest first: every entry that is run is shown. A change that was made, killed and resumed is shown once. */
function ownUndos(entries: readonly UndoEntry[], titles: readonly StepTitle[]): readonly StagePlan[] {
  const stages = new Map<string, Map<string, Change>>();
  for (const entry of [...entries].reverse()) {
    if (UNDONE_BY[entry.change.kind] !== 'itself') continue;
    const stage = stageOf(entry, titles);
    const changes = stages.get(stage) ?? new Map<string, Change>();
    // By what the undo acts on: entries of one id may act on different things.
    stages.set(stage, changes.set(JSON.stringify([entry.change.node, undoWords(entry)]), undoChange(entry)));
  }
  return [...stages].map(([stage, changes]) => ({ stage, changes: [...changes.values()], provisional: false }));
}

/** What a guard restores as a whole, by the stage that made it. */
function guardedUndos(cluster: Cluster, of: UndoOf, guards: readonly StageGuard[], titles: readonly StepTitle[]): readonly StagePlan[] {
  return guards.flatMap((guard) =>
    guard.undoChanges(cluster, of).map(({ entry, change }) => ({ stage: stageOf(entry, titles), changes: [change], provisional: false })),
  );
}

export interface UndoPlanInput {
  readonly cluster: Cluster;
  readonly siteId: string;
  /** Newest first. */
  readonly undos: readonly UndoOf[];
  /** Only what guards restore. */
  readonly guardedOnly: boolean;
  readonly titles: readonly StepTitle[];
  readonly guards: readonly StageGuard[];
}

/** The plan of a rollback: what guards restore first, then everything else that the runs changed, whatever stage made it, newest first. */
export function undoPlan({ cluster, siteId, undos, guardedOnly, titles, guards }: UndoPlanInput): Plan {
  const stages = undos.flatMap((of) => [...guardedUndos(cluster, of, guards, titles), ...(guardedOnly ? [] : ownUndos(of.entries, titles))]);
  return sealPlan({ cluster: cluster.label, siteId, stages: stages.filter((s) => s.changes.length > 0), findings: [], advice: NO_ADVICE });
}
