/** What a rollback would do, as a plan that is shown and approved like any other. Pure. */

import type { Change, Plan, StagePlan } from '../../core/change.js';
import { type Cluster, mainNode } from '../../core/cluster.js';
import type { RestorePoint, UndoEntry } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { StepTitle } from '../../track/titles.js';
import { NO_ADVICE } from '../../track/track.js';
import { sealPlan } from './planner.js';

export interface UndoOf {
  readonly point: RestorePoint;
  readonly entries: readonly UndoEntry[];
}

function putBackMuc(cluster: Cluster, { point, entries }: UndoOf): readonly Change[] {
  const publishes = entries.filter((e) => e.change.kind === 'muc-publish');
  const [first] = publishes;
  if (!first || !point.muc) return [];
  return [
    {
      ...first.change,
      kind: 'undo',
      id: `undo:${mainNode(cluster).name}:${point.id}`,
      of: point.id,
      what: `Put Moodle's cache configuration back as it was at ${point.created.slice(0, 16).replace('T', ' ')}, on every node`,
      why: 'The very bytes are put back by one rename; every node is waited for, and what becomes live again is emptied.',
      after: [],
      undo: remedy`The file that is there now is kept as a restore point.`,
    },
  ];
}

const names = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : []);

/** What is taken back, from what the undo acts on: the sentence of a record is only a sentence. */
function undoWords({ change, undo }: UndoEntry): string {
  switch (change.kind) {
    case 'file':
      return undo?.['before'] == null ? `Remove ${change.path}` : `Restore the former ${change.path}`;
    case 'directory':
      return undo?.['was'] == null ? `Remove ${change.path} if it is empty` : `Give ${change.path} its former owner and mode`;
    case 'package':
      return names(undo?.['added']).length === 0 ? `Nothing of ${change.packages.join(', ')}: it was there` : `Remove ${names(undo?.['added']).join(', ')}`;
    case 'unit':
      return undo?.['active'] === false ? `Stop ${change.unit}` : `Leave ${change.unit} running`;
    default:
      return change.what;
  }
}

function takeBack(entry: UndoEntry): Change {
  const { change } = entry;
  return {
    ...change,
    kind: 'undo',
    id: `undo:${change.id}`,
    of: change.id,
    what: `Take back: ${undoWords(entry)}`,
    why: change.undo ?? '',
    after: [],
    notifies: [],
    undo: remedy`Apply again.`,
  };
}

/** Kinds whose effect is taken back on its own; the others are part of the MUC file's way back, or leave nothing behind. */
const OWN_UNDO = ['package', 'file', 'directory', 'unit'];

/** The stage of an entry: as recorded, or as its step belongs to, or its step's own name where this version knows neither. */
function stageOf(entry: UndoEntry, titles: readonly StepTitle[]): string {
  return entry.stage ?? titles.find((s) => s.id === entry.change.step)?.stage ?? entry.change.step ?? 'other';
}

/** What is undone on its own, by stage, newest first: every entry that is run is shown. A change that was made, killed and resumed is shown once. */
function ownUndos(entries: readonly UndoEntry[], titles: readonly StepTitle[]): readonly StagePlan[] {
  const stages = new Map<string, Map<string, Change>>();
  for (const entry of [...entries].reverse()) {
    if (!OWN_UNDO.includes(entry.change.kind)) continue;
    const stage = stageOf(entry, titles);
    const changes = stages.get(stage) ?? new Map<string, Change>();
    // By what the undo acts on: entries of one id may act on different things.
    stages.set(stage, changes.set(JSON.stringify([entry.change.node, undoWords(entry)]), takeBack(entry)));
  }
  return [...stages].map(([stage, changes]) => ({ stage, changes: [...changes.values()], provisional: false }));
}

/** The plan of a rollback: the MUC file first, then everything else that the runs changed, whatever stage made it, newest first. */
export function undoPlan(cluster: Cluster, siteId: string, undos: readonly UndoOf[], mucOnly: boolean, titles: readonly StepTitle[]): Plan {
  const stages: StagePlan[] = undos.flatMap((of) => [
    { stage: 'muc', changes: putBackMuc(cluster, of), provisional: false },
    ...(mucOnly ? [] : ownUndos(of.entries, titles)),
  ]);
  return sealPlan({ cluster: cluster.label, siteId, stages: stages.filter((s) => s.changes.length > 0), findings: [], advice: NO_ADVICE });
}
