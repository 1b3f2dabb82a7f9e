/** Restores the MUC file of a restore point, proven on every node (rule S21). */

import { mainNode, moodleNodes } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import type { Owed, RestorePoint, UndoEntry } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { ApplyContext } from '../handler.js';
import { convergeNode, reloadPools } from '../handlers/converge.js';
import { drainNodes, reportUndrained } from '../handlers/drain.js';
import { type EmptyItems, emptyOrReport } from '../handlers/empty.js';
import type { UndoInput } from '../run/undo-changes.js';
import type { Session } from '../session/session.js';
import { whatMoved } from './what-moved.js';

export interface MucRollback {
  readonly restored: boolean;
  readonly owed: readonly Owed[];
}

/** What definitions moved in a run, as its emptying changes recorded them. */
function movedItems(entries: readonly UndoEntry[], node: string): EmptyItems {
  const items = new Map<string, Set<string>>();
  for (const { change } of entries) {
    if (change.kind !== 'empty' || change.node !== node) continue;
    for (const { store, definitions } of change.items) for (const d of definitions) items.set(store, (items.get(store) ?? new Set()).add(d));
  }
  return [...items].map(([store, definitions]) => ({ store, definitions: [...definitions] }));
}

/** Empties on every node what becomes live again; what cannot be becomes a pending purge, never a reason to stop half-way. */
async function emptyMoved(context: ApplyContext, entries: readonly UndoEntry[]): Promise<readonly Owed[]> {
  const owed = await Promise.all(moodleNodes(context.cluster).map((node) => emptyOrReport(context, node.name, movedItems(entries, node.name))));
  return owed.flat();
}

/**
 * Restores the MUC file, byte for byte, over the hash that the run wrote and no other; converges every node; empties what is live again.
 * @throws WizardError `muc-moved` when the file has been changed since
 */
export async function rollbackMuc({ session, context, point, journal }: UndoInput): Promise<MucRollback> {
  const entries = await session.record.readUndo(point);
  const published = entries.some((e) => e.change.kind === 'muc-publish');
  const bridge = session.bridge(mainNode(session.cluster).name);
  const live = await bridge.readMuc();
  const hash = live?.file.sha256 ?? null;
  const before = point.muc?.sha256 ?? null;
  if (!published || !point.muc || before === null) return { restored: false, owed: [] };
  if (hash !== before) {
    // A repair of the file in between was ours too.
    const repairs = (await session.record.points(point.site)).flatMap((p) => (p.kind === 'repair' && p.mucAfter !== null ? [p.mucAfter] : []));
    const ours = [...repairs, ...entries.flatMap((e) => (e.change.kind === 'muc-publish' && e.change.result ? [e.change.result] : []))];
    if (hash === null || !ours.includes(hash)) throw await movedSinceRun(session, point, hash);
    const about = { change: 'muc-restore', node: mainNode(session.cluster).name } as const;
    journal.write({ ev: 'undo.begin', ...about });
    await bridge.publish({ content: await session.record.readMuc(point), expected: hash, mode: point.muc.mode });
    journal.write({ ev: 'undo.done', ...about });
  }
  const nodes = moodleNodes(context.cluster).map((n) => n.name);
  const reloaded = new Set(entries.flatMap(({ change }) => (change.kind === 'converge' && change.reload ? [change.node] : [])));
  for (const node of reloaded) await reloadPools(context, node);
  await Promise.all(nodes.map((node) => convergeNode(context, node, before)));
  await emptyMoved(context, entries);
  reportUndrained(context, await drainNodes(context, nodes), 'the rollback');
  return { restored: hash !== before, owed: await emptyMoved(context, entries) };
}

async function movedSinceRun(session: Session, point: RestorePoint, hash: string | null): Promise<WizardError> {
  return new WizardError('muc-moved', "Moodle's cache configuration has been changed since that run; the rollback did not change it.", {
    nodes: [mainNode(session.cluster).name],
    evidence: [`the run left ${point.mucAfter ?? 'an unfinished state'}`, `the file is ${hash ?? 'missing'} now`, ...(await whatMoved(session, point))],
    remedies: [remedy`Show the changes with verify and undo them in Moodle first. Or plan the state you want with an answers file.`],
  });
}
