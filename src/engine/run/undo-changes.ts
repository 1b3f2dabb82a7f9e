/** Undoes the changes of a run one by one, newest first. What a guard restores as a whole comes before (StageGuard.rollback). */

import { excludedNodes } from '../../core/cluster.js';
import { asWizardError, type WizardError } from '../../core/errors.js';
import type { RestorePoint } from '../../core/record.js';
import type { Journal } from '../../records/journal.js';
import { type ApplyContext, type HandlerTable, handlerOf } from '../handler.js';
import type { Session } from '../session/session.js';

export interface UndoInput {
  readonly session: Session;
  readonly context: ApplyContext;
  readonly point: RestorePoint;
  readonly handlers: HandlerTable;
  readonly journal: Journal;
}

/** Undoes what else the run changed, newest first. @returns the errors of changes that cannot be undone; the others are undone all the same */
export async function undoChanges({ session, context, point, handlers, journal }: UndoInput): Promise<readonly WizardError[]> {
  const entries = await session.record.readUndo(point);
  const troubles: WizardError[] = [];
  const absent = new Set(excludedNodes(session.cluster).map((n) => n.node));
  for (const { change, undo } of [...entries].reverse()) {
    const handler = handlerOf(handlers, change);
    // What was changed on a node that is down or excluded is undone when it takes part again: the point stays open for that.
    if (!handler.undo || absent.has(change.node)) continue;
    const about = { change: change.id, node: change.node } as const;
    journal.write({ ev: 'undo.begin', ...about });
    try {
      await handler.undo(context, change as never, undo);
      journal.write({ ev: 'undo.done', ...about });
      context.emit({ type: 'change', id: change.id, node: change.node, what: change.what, state: 'undone' });
    } catch (thrown) {
      const error = asWizardError(thrown);
      journal.write({ ev: 'undo.failed', ...about, detail: error.message });
      context.emit({ type: 'change', id: change.id, node: change.node, what: `Undo: ${change.what}`, state: 'failed', detail: error.message });
      troubles.push(error);
    }
  }
  return troubles;
}
