/** Guarded files other than the MUC file: listed in the restore point, kept on their nodes, restored there. */

import type { StagePlan } from '../../core/change.js';
import { activeNodes, type Cluster } from '../../core/cluster.js';
import { asWizardError, combineErrors, WizardError } from '../../core/errors.js';
import type { Emit } from '../../core/events.js';
import type { GuardedFile, PointFile } from '../../core/guarded.js';
import type { RestorePoint, UndoEntry } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import type { Executor } from '../../exec/executor.js';
import { lastLines } from '../../exec/sudo.js';
import { copyId } from '../../intake/undo.js';
import { afterwardsOf } from '../../platform/guarded.js';
import { beforeDir } from '../../records/paths.js';
import type { SiteRecord } from '../../records/site-record.js';
import { scriptValue } from '../script-values.js';

/** A copy of every file, a configuration test and a reload. */
const TIMEOUT_MS = 300_000;
/** Exit codes of guarded-restore.sh. */
const REFUSED = 2;
const LEFT = 3;

export const filesOn = (point: RestorePoint, node: string): readonly PointFile[] => (point.files ?? []).filter((f) => f.node === node);

/** Nodes with guarded files of a restore point. */
export const guardedNodes = (point: RestorePoint): readonly string[] => [...new Set((point.files ?? []).map((f) => f.node))];

/** Guarded files that a run may have changed, by its undo records. Pure. */
export function changedFiles(point: RestorePoint, entries: readonly UndoEntry[]): readonly PointFile[] {
  const written = new Set(entries.flatMap(({ change }) => (change.kind === 'file' ? [`${change.node} ${change.path}`] : [])));
  return (point.files ?? []).filter((f) => written.has(`${f.node} ${f.path}`));
}

/**
 * The restore point with the files that a stage puts on trial. A file that it lists already keeps the content it had before the run: what a resumed run
 * finds there may be its own. Pure.
 */
export function withGuarded(point: RestorePoint, stage: StagePlan): RestorePoint {
  const files = new Map((point.files ?? []).map((f) => [`${f.node} ${f.path}`, f]));
  for (const change of stage.changes) {
    if (change.kind !== 'trial-arm') continue;
    for (const file of change.files ?? []) {
      const key = `${change.node} ${file.path}`;
      const earlier = files.get(key);
      const sha256 = earlier ? earlier.sha256 : file.sha256;
      const ours = [...new Set([...(earlier?.ours ?? []), ...file.ours])].filter((hash) => hash !== sha256);
      files.set(key, { ...file, node: change.node, sha256, ours });
    }
  }
  return files.size === 0 ? point : { ...point, files: [...files.values()] };
}

/** Lists the files that a stage puts on trial in its restore point, before any of them is changed. */
export async function recordGuarded(record: SiteRecord, point: RestorePoint, stage: StagePlan): Promise<RestorePoint> {
  const next = withGuarded(point, stage);
  if (JSON.stringify(next.files) !== JSON.stringify(point.files)) await record.writePoint(next);
  return next;
}

export interface ListInput {
  readonly node: string;
  readonly files: readonly GuardedFile[];
  /** Null where no Moodle is. */
  readonly webUser: string | null;
  readonly dataroot: string | null;
}

/** The list for guarded-keep.sh, one line a file. @throws WizardError `platform-refused`; Error for a file that no trial may guard, a bug */
export function guardedList({ node, files, webUser, dataroot }: ListInput): string {
  const writer = (file: GuardedFile): string => {
    if (file.writer === 'root') {
      if (afterwardsOf(file.path) === file.after) return 'root';
      // No service follows such a file: its web user could make root reload it again and again.
    } else if (file.after === 'nothing' && webUser !== null && webUser !== 'root' && dataroot !== null && file.path.startsWith(`${dataroot}/`)) {
      return scriptValue(node, 'web user', webUser, 'user');
    }
    throw new Error(`a trial cannot guard ${file.path} on ${node} (${file.writer}, ${file.after})`);
  };
  const hash = (value: string) => scriptValue(node, 'hash of a file', value, 'sha256');
  return files
    .map((file) => {
      const path = scriptValue(node, 'path of a file on trial', file.path, 'path');
      const before = file.sha256 === null ? '-' : hash(file.sha256);
      const ours = file.ours.length === 0 ? '-' : file.ours.map(hash).join(',');
      return `${[copyId(path), writer(file), file.after, before, ours, path].join('\t')}\n`;
    })
    .join('');
}

/** Keeps a copy of each file on its node. @throws WizardError `change-failed` naming what stopped it; nothing is changed then */
export async function keepGuarded(executor: Executor, toolkitDir: string, restorePoint: string, list: string, units: string): Promise<void> {
  const argv = ['sh', `${toolkitDir}/sh/guarded-keep.sh`, beforeDir(restorePoint), units];
  const result = await executor.run({ argv, stdin: list }, { as: 'root', timeoutMs: TIMEOUT_MS });
  if (result.code === 0) return;
  const { name } = executor.node;
  const faults = lastLines(`${result.stdout}\n${result.stderr}`).map((line) => line.replace(/^fault: /, ''));
  throw new WizardError('change-failed', `${name}: cannot guard the files on trial, so nothing is changed: ${faults[0] ?? 'no reason given'}.`, {
    nodes: [name],
    evidence: faults,
    remedies: [remedy`Fix this on ${name}, then apply again.`],
  });
}

/** Restores the files of a point on one node, and has their services read them. @throws WizardError `change-failed` */
async function restoreOn(executor: Executor, { emit, toolkitDir }: RestoreInput, point: RestorePoint): Promise<void> {
  const { name } = executor.node;
  const folder = beforeDir(point.id);
  const script = `${folder}/restore.sh`;
  // Without the script nothing was guarded there yet, so nothing was changed under its guard.
  const run = '[ ! -e "$1" ] || { sh "$2" "$3" && exec sh "$1"; }';
  const argv = ['sh', '-c', run, 'sh', script, `${toolkitDir}/sh/trusted-record.sh`, folder];
  const result = await executor.run({ argv }, { as: 'root', timeoutMs: TIMEOUT_MS });
  const said = lastLines(`${result.stdout}\n${result.stderr}`);
  if (result.code === LEFT) {
    for (const line of said.filter((l) => l.startsWith('left as it is'))) emit({ type: 'notice', level: 'warning', node: name, message: `${name}: ${line}` });
  }
  if (result.code === 0 || result.code === LEFT) return;
  const what = result.code === REFUSED ? 'the files are restored, but a service does not accept its configuration' : 'cannot restore all files';
  throw new WizardError('change-failed', `${name}: ${what}.`, {
    nodes: [name],
    evidence: said,
    remedies: [remedy`Fix the cause on ${name}, then run there as root: ${sh`sh ${script}`}`],
  });
}

export interface RestoreInput {
  readonly cluster: Cluster;
  readonly emit: Emit;
  readonly toolkitDir: string;
  executor(node: string): Executor;
}

/** Restores every guarded file of a point on the nodes that take part. @throws WizardError `change-failed`; the other nodes are done all the same */
export async function restoreGuarded(input: RestoreInput, point: RestorePoint): Promise<void> {
  const { cluster, executor } = input;
  const active = new Set(activeNodes(cluster).map((n) => n.name));
  const nodes = guardedNodes(point).filter((node) => active.has(node));
  const results = await Promise.allSettled(nodes.map((node) => restoreOn(executor(node), input, point)));
  const failures = results.flatMap((r) => (r.status === 'rejected' ? [asWizardError(r.reason)] : []));
  if (failures.length > 0) throw combineErrors(failures);
}
