/** Folders below root's own: made with owner and mode, taken away again when empty. */

import type { ChangeOf } from '../../core/change.js';
import { WizardError } from '../../core/errors.js';
import type { UndoData } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { Cmd } from '../../exec/executor.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { type Look, lookAt, refuseForeignFolders } from './look.js';

type DirectoryChange = ChangeOf<'directory'>;

async function must(context: ApplyContext, node: string, argv: Cmd['argv'], doing: string): Promise<void> {
  const result = await context.executor(node).run({ argv }, { as: 'root' });
  if (result.code === 0) return;
  throw new WizardError('change-failed', `${node}: ${doing} failed.`, { nodes: [node], evidence: result.stderr.trim().split('\n').slice(-5) });
}

function hasAttributes(look: Look, change: DirectoryChange): boolean {
  return look.mode === change.mode.toString(8) && look.owner === change.owner && look.group === change.group;
}

/** Nothing below dataroot is made as root: there the web user could have planted a link. */
function refuseDataroot(context: ApplyContext, change: DirectoryChange): void {
  const dataroot = context.facts.nodes[change.node]?.moodle?.dataroot;
  if (dataroot === undefined || !`${change.path}/`.startsWith(`${dataroot.replace(/\/+$/, '')}/`)) return;
  throw new WizardError('not-allowed', `${change.node}: ${change.path} is inside dataroot (${dataroot}), where the wizard creates nothing as root.`, {
    nodes: [change.node],
    remedies: [remedy`Choose a folder on a local disk, outside dataroot.`],
  });
}

async function undo(context: ApplyContext, change: DirectoryChange, data: UndoData): Promise<void> {
  const look = await lookAt(context, change.node, change.path);
  if (look.kind !== 'directory') return;
  const was = data?.was as { mode: string; owner: string; group: string } | null | undefined;
  if (was) {
    await must(context, change.node, ['chown', '--', `${was.owner}:${was.group}`, change.path], `restoring the owner ${was.owner} of ${change.path}`);
    await must(context, change.node, ['chmod', '--', was.mode, change.path], `setting the mode of ${change.path}`);
    return;
  }
  const made = Array.isArray(data?.made) ? (data.made as string[]) : [change.path];
  for (const path of [...made].reverse()) {
    const result = await context.executor(change.node).run({ argv: ['rmdir', '--', path] }, { as: 'root' });
    if (result.code === 0) continue;
    context.emit({ type: 'notice', level: 'info', node: change.node, message: `${path} is not empty, so it was kept.` });
    return;
  }
}

export const directoryHandler: ChangeHandler<'directory'> = {
  kind: 'directory',
  async inspect(context, change) {
    const look = await lookAt(context, change.node, change.path);
    if (look.kind === 'absent') return 'before';
    if (look.kind !== 'directory') return 'other';
    return hasAttributes(look, change) ? 'after' : 'before';
  },
  async capture(context, change) {
    const look = await lookAt(context, change.node, change.path);
    if (look.kind === 'directory') return { was: { mode: look.mode, owner: look.owner, group: look.group } };
    return { was: null, made: [...look.above.filter((p) => p.kind === 'absent').map((p) => p.path), change.path] };
  },
  async apply(context, change) {
    refuseDataroot(context, change);
    const look = await lookAt(context, change.node, change.path);
    refuseForeignFolders(change.node, look);
    const missing = look.above.filter((p) => p.kind === 'absent').map((p) => p.path);
    // Folders on the way are root's and can be entered by all; only the last one belongs to whom it is for.
    for (const path of missing) await must(context, change.node, ['install', '-d', '-m', '755', '-o', 'root', '-g', 'root', '--', path], `creating ${path}`);
    await must(
      context,
      change.node,
      ['install', '-d', '-m', change.mode.toString(8), '-o', change.owner, '-g', change.group, '--', change.path],
      `creating ${change.path}`,
    );
    return look.kind === 'directory' ? 'owner and mode set' : 'created';
  },
  undo,
};
