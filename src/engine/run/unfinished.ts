/** Runs that stopped half-way: recognised at the start of every command, told with who, where and when, and what became of the change under way. */

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
export function unfinishedWords(point: RestorePoint): string {
  const when = point.created.slice(0, 16).replace('T', ' ');
  const where = isHere(point) ? point.journal : `${point.journal} on ${machineOf(point)}`;
  const kind = point.kind === 'repair' ? 'repair' : 'run';
  return `The ${kind} ${point.id} by ${point.by} (${when}) was not finished; its journal: ${where}.`;
}

/** How to go on, one command each. */
export function unfinishedRemedies(point: RestorePoint): readonly Remedy[] {
  if (point.kind === 'repair') return [remedy`Go on with it: repair --yes`];
  return [remedy`Go on with it: apply … --resume`, remedy`Or take it back: rollback --yes`];
}

/** Tells an unfinished run at the start of a command that neither goes on with it nor takes it back. Needs a survey. */
export async function tellUnfinished({ session, frontend }: CommandContext): Promise<void> {
  const point = unfinishedPoint(await session.record.points(sessionSite(session)));
  if (!point) return;
  frontend.emit({ type: 'notice', level: 'warning', message: `${unfinishedWords(point)} ${unfinishedRemedies(point).join('. ')}.` });
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

/** Tells, before an unfinished run goes on, what the new survey says about the changes whose outcome was unknown. */
export function tellOpenChanges({ stateDir, frontend }: CommandContext, point: RestorePoint, plan: Plan): void {
  const pending = new Set(plan.stages.flatMap((s) => s.changes.map((c) => c.id)));
  if (!isHere(point)) {
    frontend.emit({
      type: 'notice',
      level: 'info',
      message: `Going on with a run of another machine: ${unfinishedWords(point)} Everything was looked at anew.`,
    });
  }
  for (const { change, node } of openChangesOf(stateDir, point.id)) {
    const found = pending.has(change) ? 'looked at anew, it is still to do' : 'looked at anew, nothing is left to do of it';
    frontend.emit({ type: 'notice', level: 'info', ...(node === '*' ? {} : { node }), message: `How "${change}" ended was unknown: ${found}.` });
  }
}
