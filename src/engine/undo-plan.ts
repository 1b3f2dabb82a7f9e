/** What a rollback would do, as a plan that is shown and approved like any other. Pure. */

import type { Advice } from '../core/advice.js';
import type { Change, Plan, StagePlan } from '../core/change.js';
import { type Cluster, mainNode } from '../core/cluster.js';
import { remedy } from '../core/remedy.js';
import type { RestorePoint, UndoEntry } from '../records/site-record.js';
import { sealPlan } from './planner.js';

/** For plans that follow from records, not from advice. */
export const NO_ADVICE: Advice = { provisional: false, summary: '', options: [], services: [], modes: [], definitions: [] };

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

function takeBack({ change }: UndoEntry): Change {
  return {
    ...change,
    kind: 'undo',
    id: `undo:${change.id}`,
    of: change.id,
    what: `Take back: ${change.what}`,
    why: change.undo,
    after: [],
    notifies: [],
    undo: remedy`Apply again.`,
  };
}

/** Kinds whose effect is taken back on its own; the others are part of the MUC file's way back, or leave nothing behind. */
const OWN_UNDO = ['package', 'file', 'directory', 'unit'];

/** A change that was made, killed and resumed is taken back once. */
function ownUndos(entries: readonly UndoEntry[], step: string): readonly Change[] {
  const mine = [...entries].reverse().filter((e) => e.change.step === step && OWN_UNDO.includes(e.change.kind));
  return [...new Map(mine.map((e) => [e.change.id, takeBack(e)])).values()];
}

/** The plan of a rollback: the MUC file first, then modules, then services, newest first. */
export function undoPlan(cluster: Cluster, siteId: string, undos: readonly UndoOf[], mucOnly: boolean): Plan {
  const stages: StagePlan[] = undos.flatMap((of) => [
    { stage: 'muc', changes: putBackMuc(cluster, of), provisional: false },
    ...(mucOnly
      ? []
      : ([
          { stage: 'modules', changes: ownUndos(of.entries, 'caches.modules'), provisional: false },
          { stage: 'services', changes: ownUndos(of.entries, 'caches.services'), provisional: false },
        ] as const)),
  ]);
  return sealPlan({ cluster: cluster.label, siteId, stages: stages.filter((s) => s.changes.length > 0), findings: [], advice: NO_ADVICE });
}
