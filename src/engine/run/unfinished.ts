/** Runs that stopped half-way: recognised at the start of every command, reported with who, where and when, and what became of the change under way. */

import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../../core/change.js';
import type { RestorePoint } from '../../core/record.js';
import { type Remedy, remedy } from '../../core/remedy.js';
import { namesIn } from '../../local/look.js';
import { type JournalLine, readJournal } from '../../records/journal.js';
import type { CommandContext } from '../commands/types.js';
import { isFinished, sessionSite } from '../points.js';

/** The newest run that changes something and was not seen to its end. A safety copy is no run. Pure. */
export function unfinishedPoint(points: readonly RestorePoint[]): RestorePoint | null {
  return points.filter((p) => p.kind !== 'safety' && p.state !== 'on-trial' && !isFinished(p)).at(-1) ?? null;
}

const machineOf = (point: RestorePoint) => point.by.slice(point.by.lastIndexOf('@') + 1);

/** True when the journal of a run is on this machine. */
export function isHere(point: RestorePoint): boolean {
  return machineOf(point) === hostname();
}

/** Which run, by whom, when, where its journal is. */
export function formatUnfinished(point: RestorePoint): string {
  const when = point.created.slice(0, 16).replace('T', ' ');
  const where = isHere(point) ? point.journal : `${point.journal} on ${machineOf(point)}`;
  const kind = point.kind === 'repair' ? 'repair' : 'run';
  return `The ${kind} ${point.id} by ${point.by} (${when}) is unfinished; its journal: ${where}.`;
}

/** How to proceed, one command each. */
export function unfinishedRemedies(point: RestorePoint): readonly Remedy[] {
  if (point.kind === 'repair') return [remedy`Resume it: repair --yes`];
  return [remedy`Resume it: apply … --resume`, remedy`Or roll it back: rollback --yes`];
}

/** Reports an unfinished run at the start of a command that neither resumes it nor rolls it back. Needs a survey. */
export async function reportUnfinished({ session, frontend }: CommandContext): Promise<void> {
  const point = unfinishedPoint(await session.record.points(sessionSite(session)));
  if (!point) return;
  frontend.emit({ type: 'notice', level: 'warning', message: `${formatUnfinished(point)} ${unfinishedRemedies(point).join('. ')}.` });
}

/** A change that began and of which no end is known. */
export interface OpenChange {
  readonly change: string;
  readonly node: string;
}

/** The changes of one journal of which it is not known how they ended. Pure. */
export function openChanges(lines: readonly JournalLine[]): readonly OpenChange[] {
  const open = new Map<string, OpenChange>();
  for (const line of lines) {
    if (line.ev === 'change.begin' || line.ev === 'change.unknown') open.set(line.change, { change: line.change, node: line.node });
    else if (line.ev === 'change.done' || line.ev === 'change.skipped' || line.ev === 'change.failed') open.delete(line.change);
  }
  return [...open.values()];
}

/** The same over all journals here that belong to a restore point, in their order. Journals that cannot be read tell nothing. */
export function openChangesOf(stateDir: string, restorePoint: string): readonly OpenChange[] {
  const lines: JournalLine[] = [];
  for (const run of namesIn(join(stateDir, 'runs'))) {
    try {
      const journal = readJournal(join(stateDir, 'runs', run, 'journal.jsonl'));
      if (journal.some((l) => l.ev === 'run.begin' && l.restorePoint === restorePoint)) lines.push(...journal);
    } catch {
      // Another version's, or gone meanwhile.
    }
  }
  return openChanges(lines);
}

/** Reports, before an unfinished run is resumed, what the new survey says about the changes whose outcome was unknown. */
export function reportOpenChanges({ stateDir, frontend }: CommandContext, point: RestorePoint, plan: Plan): void {
  const pending = new Set(plan.stages.flatMap((s) => s.changes.map((c) => c.id)));
  if (!isHere(point)) {
    frontend.emit({
      type: 'notice',
      level: 'info',
      message: `Resuming a run of another machine: ${formatUnfinished(point)} All nodes were surveyed again.`,
    });
  }
  for (const { change, node } of openChangesOf(stateDir, point.id)) {
    const found = pending.has(change) ? 'surveyed again: it is still pending' : 'surveyed again: it is complete';
    frontend.emit({ type: 'notice', level: 'info', ...(node === '*' ? {} : { node }), message: `The outcome of "${change}" was unknown: ${found}.` });
  }
}
