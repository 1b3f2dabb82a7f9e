/** How long records are kept. Pure but for the sweep at the end; the only place with these figures. */

import { activeNodes, mainNode } from '../../core/cluster.js';
import { asWizardError } from '../../core/errors.js';
import type { RestorePoint } from '../../core/record.js';
import { RECORD_ROOT } from '../../records/paths.js';
import { sweepStateDir } from '../../records/state-retention.js';
import type { CommandContext } from '../commands/types.js';
import { isFinished, mainMoodle, newestOpenPoint, sessionSite } from '../points.js';

export const RETENTION = {
  /** Restore points of a site, newest first. */
  points: 30,
  /** Older ones go even when there are fewer. */
  days: 365,
  /** Journals of runs and logs of days where the wizard runs. */
  journals: 200,
} as const;

const DAY_MS = 86_400_000;

/** Restore points that are never dropped: the newest, what rollback takes next, what is not finished, and what the live file came from. */
function isKept(point: RestorePoint, points: readonly RestorePoint[], live: string | null): boolean {
  return (
    point === points.at(-1) ||
    point.id === newestOpenPoint(points)?.id ||
    (point.kind !== 'safety' && !isFinished(point)) ||
    (point.mucAfter !== null && point.mucAfter === live)
  );
}

/** The restore points to drop, oldest first. `points` oldest first; `live`: hash of the MUC file now. Pure. */
export function pointsToDrop(points: readonly RestorePoint[], live: string | null, now: Date): readonly RestorePoint[] {
  return points.filter((point, i) => {
    const surplus = points.length - i > RETENTION.points;
    const old = now.getTime() - Date.parse(point.created) > RETENTION.days * DAY_MS;
    return (surplus || old) && !isKept(point, points, live);
  });
}

/** Takes the copies of these restore points off a node; tells what could not be. */
async function sweepNode({ session, frontend }: CommandContext, node: string, ids: readonly string[]): Promise<void> {
  try {
    const result = await session.executor(node).run({ argv: ['sh', `${session.toolkitDir}/sh/record-sweep.sh`, RECORD_ROOT, ...ids] }, { as: 'root' });
    if (result.code === 0) return;
    throw new Error(result.stderr.trim());
  } catch (thrown) {
    const why = asWizardError(thrown).message;
    frontend.emit({
      type: 'notice',
      level: 'warning',
      node,
      message: `Cannot remove old copies (${RECORD_ROOT}/before/${ids.join(', ')}) on ${node}: ${why}`,
    });
  }
}

/**
 * Drops what is beyond the retention: restore points on main, their copies on every node, old journals and logs here. Called at the end of a run, under its
 * lock; not while a node is excluded. A copy that a node could not give up is named: it serves nothing any more. Never fails a run.
 */
export async function sweepRecords(context: CommandContext): Promise<void> {
  const { session, frontend, now } = context;
  const site = sessionSite(session);
  try {
    const live = (await session.bridge(mainNode(session.cluster).name).readMuc())?.file.sha256 ?? null;
    const points = await session.record.points(site);
    const drop = pointsToDrop(points, live ?? mainMoodle(session).mucFile.sha256 ?? null, now()).map((p) => p.id);
    const dropped = new Set(drop);
    sweepStateDir(context.stateDir, {
      keep: new Set(points.flatMap((p) => (dropped.has(p.id) ? [] : [p.run]))),
      journals: RETENTION.journals,
      olderThan: new Date(now().getTime() - RETENTION.days * DAY_MS),
    });
    if (drop.length === 0 || session.cluster.nodes.some((n) => n.state === 'out')) return;
    // The points first: one that is still offered must have all its copies.
    await session.record.dropPoints(site, drop);
    await Promise.all(activeNodes(session.cluster).map((n) => sweepNode(context, n.name, drop)));
    frontend.emit({
      type: 'notice',
      level: 'info',
      message: `Removed ${drop.length} old restore point${drop.length === 1 ? '' : 's'}; the newest ${RETENTION.points} of the last ${RETENTION.days} days are kept.`,
    });
  } catch (thrown) {
    frontend.emit({ type: 'notice', level: 'warning', message: `Cannot remove old records: ${asWizardError(thrown).message}` });
  }
}
