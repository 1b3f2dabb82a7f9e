/** What a rollback of the MUC file does, as a change to be shown. Pure. */

import type { Change } from '../../core/change.js';
import { type Cluster, mainNode } from '../../core/cluster.js';
import type { UndoEntry } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { UndoOf } from '../run/stage-guard.js';

/** One change for all publishes of a run: the file is restored as a whole. */
export function mucUndoChanges(cluster: Cluster, { point, entries }: UndoOf): readonly { readonly entry: UndoEntry; readonly change: Change }[] {
  const entry = entries.find((e) => e.change.kind === 'muc-publish');
  if (!entry || !point.muc) return [];
  const change: Change = {
    ...entry.change,
    kind: 'undo',
    id: `undo:${mainNode(cluster).name}:${point.id}`,
    of: point.id,
    what: `Restore Moodle's cache configuration of ${point.created.slice(0, 16).replace('T', ' ')} UTC on every node`,
    why: 'The exact file is restored by one rename; the rollback waits for every node and empties what becomes live again.',
    after: [],
    undo: remedy`The present file is kept as a restore point.`,
  };
  return [{ entry, change }];
}
