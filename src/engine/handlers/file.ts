/** Root-owned files: compared by hash, kept before, written whole, restored. */

import { createHash } from 'node:crypto';
import type { ChangeOf } from '../../core/change.js';
import { WizardError } from '../../core/errors.js';
import type { UndoData } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import { redisQuote } from '../../platform/escape.js';
import { CONFIG_DIR, tableOfPath, unitOfPath } from '../../platform/managed-paths.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { assertArmed } from '../trial/armed.js';
import { type Look, lookAt, refuseForeignFolders } from './look.js';

type FileChange = ChangeOf<'file'>;

/** How a secret is written into this file. @throws Error for a file of unknown format: a bug */
function escaperOf(path: string): (name: string, value: string) => string {
  if (path.startsWith(`${CONFIG_DIR}/`) && path.endsWith('.conf')) return redisQuote;
  throw new Error(`cannot write a secret into ${path}`);
}

/** The content with secrets filled in, each quoted as the file's format wants it. @throws WizardError `secret-unavailable` */
export function withSecrets(context: Pick<ApplyContext, 'secret'>, change: Pick<FileChange, 'path' | 'content' | 'holdsSecret'>): string {
  if (!change.holdsSecret) return change.content;
  const quoted = escaperOf(change.path);
  return change.content.replace(/\{\{secret:([A-Za-z][A-Za-z0-9_]*)\}\}/g, (_match, name: string) => quoted(name, context.secret(name).reveal()));
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function hasAttributes(look: Look, change: FileChange): boolean {
  return look.mode === change.mode.toString(8) && look.owner === change.owner && look.group === change.group;
}

/** A unit file that appears, changes or goes is nothing to systemd until it reads its files again. */
async function reloadUnits(context: ApplyContext, node: string, path: string): Promise<void> {
  if (!path.startsWith('/etc/systemd/system/')) return;
  const result = await context.executor(node).run({ argv: ['systemctl', 'daemon-reload'] }, { as: 'root' });
  if (result.code === 0) return;
  throw new WizardError('change-failed', `${node}: systemctl daemon-reload failed.`, {
    nodes: [node],
    evidence: result.stderr.trim().split('\n').slice(-5),
  });
}

/** A service of ours that runs with the file just restored must start again to read it; one that does not run stays off. */
async function restartOwner(context: ApplyContext, node: string, path: string): Promise<void> {
  const unit = unitOfPath(path);
  if (unit === null) return;
  const executor = context.executor(node);
  const running = await executor.run({ argv: ['systemctl', 'is-active', '--quiet', unit] }, { as: 'root' });
  if (running.code !== 0) return;
  const result = await executor.run({ argv: ['systemctl', 'restart', unit] }, { as: 'root' });
  if (result.code !== 0)
    context.emit({
      type: 'notice',
      level: 'warning',
      node,
      message: remedy`The unit ${unit} does not start with the restored ${path}: ${sh`journalctl -u ${unit}`}`,
    });
}

/** Rules of a table of ours follow their file: the former ones are loaded, or the table goes with it. What else the node filters by is not touched. */
async function followRules(context: ApplyContext, node: string, path: string, id: string | null): Promise<void> {
  const table = tableOfPath(path);
  if (table === null) return;
  const executor = context.executor(node);
  const loaded = await executor.run({ argv: ['/usr/sbin/nft', 'list', 'table', 'inet', table] }, { as: 'root' });
  if (loaded.code !== 0) return;
  const argv = id === null ? ['/usr/sbin/nft', 'delete', 'table', 'inet', table] : ['/usr/sbin/nft', '-f', path];
  const result = await executor.run({ argv }, { as: 'root' });
  if (result.code !== 0) context.emit({ type: 'notice', level: 'warning', node, message: `The nftables table inet ${table} was not restored.` });
}

/** Whether a file that holds a secret has this content: compared on its node, because a hash of it would let anyone try passwords. */
async function holdsSame(context: ApplyContext, change: FileChange): Promise<boolean> {
  const argv = ['sh', `${context.toolkitDir}/sh/same-content.sh`, change.path];
  const result = await context.executor(change.node).run({ argv, stdin: withSecrets(context, change) }, { as: 'root' });
  return result.code === 0 && result.stdout.trim() === 'same';
}

async function undo(context: ApplyContext, change: FileChange, data: UndoData): Promise<void> {
  const id = typeof data?.before === 'string' ? data.before : null;
  const look = await lookAt(context, change.node, change.path, change.holdsSecret);
  if (look.kind === 'absent' && id === null) return;
  // What holds a secret is not compared: its hash is kept nowhere.
  const ours = change.holdsSecret ? null : sha256(change.content);
  if (ours !== null && look.kind !== 'absent' && look.sha256 !== ours) {
    if (look.sha256 === change.before) return;
    context.emit({ type: 'notice', level: 'warning', node: change.node, message: `${change.path} was changed by somebody else since; it stays unchanged.` });
    return;
  }
  refuseForeignFolders(change.node, look);
  await context.restoreFile(change.node, change.path, id);
  await reloadUnits(context, change.node, change.path);
  await followRules(context, change.node, change.path, id);
  if (id !== null) await restartOwner(context, change.node, change.path);
}

export const fileHandler: ChangeHandler<'file'> = {
  kind: 'file',
  async inspect(context, change) {
    const look = await lookAt(context, change.node, change.path, change.holdsSecret);
    if (look.kind === 'absent') return change.before === null ? 'before' : 'other';
    if (look.kind !== 'file') return 'other';
    if (change.holdsSecret) {
      if (await holdsSame(context, change)) return hasAttributes(look, change) ? 'after' : 'before';
      return change.before === null ? 'other' : 'before';
    }
    if (look.sha256 === sha256(change.content)) return hasAttributes(look, change) ? 'after' : 'before';
    return look.sha256 === change.before ? 'before' : 'other';
  },
  async capture(context, change) {
    return { before: await context.keepBefore(change.node, change.path) };
  },
  async apply(context, change) {
    refuseForeignFolders(change.node, await lookAt(context, change.node, change.path, change.holdsSecret));
    const { path, mode, owner, group } = change;
    await assertArmed(context, change.node, path);
    await context.executor(change.node).putFile(path, withSecrets(context, change), { mode, owner, group });
    await reloadUnits(context, change.node, path);
    return change.before === null ? 'written' : 'rewritten';
  },
  undo,
};
