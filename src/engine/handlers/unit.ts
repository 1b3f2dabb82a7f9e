/** systemd units: started, enabled, restarted; and left as they were found in a rollback. */

import type { ChangeOf } from '../../core/change.js';
import { WizardError } from '../../core/errors.js';
import type { UndoData } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import { isOwnUnit } from '../../platform/managed-paths.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';

type UnitChange = ChangeOf<'unit'>;

interface UnitState {
  readonly known: boolean;
  readonly active: boolean;
  readonly enabled: boolean;
}

/** A service may take a while to say it is ready (`TimeoutStartSec=60` in ours). */
const LIMIT_MS = 90_000;
const LOG_LINES = '20';

async function systemctl(context: ApplyContext, node: string, ...words: readonly string[]) {
  return context.executor(node).run({ argv: ['systemctl', ...words] }, { as: 'root', timeoutMs: LIMIT_MS });
}

/** Reads `systemctl show`. */
export function parseUnitState(text: string): UnitState {
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  return { known: value('LoadState') === 'loaded', active: value('ActiveState') === 'active', enabled: /^enabled/.test(value('UnitFileState')) };
}

async function stateOf(context: ApplyContext, node: string, unit: string): Promise<UnitState> {
  const result = await systemctl(context, node, 'show', '-p', 'LoadState,ActiveState,UnitFileState', unit);
  return parseUnitState(result.stdout);
}

/** Fails with the last lines of the unit's own log. */
async function must(context: ApplyContext, node: string, unit: string, ...words: readonly string[]): Promise<void> {
  const result = await systemctl(context, node, ...words, unit);
  if (result.code === 0) return;
  const log = await context.executor(node).run({ argv: ['journalctl', '-u', unit, '-n', LOG_LINES, '--no-pager', '-o', 'cat'] }, { as: 'root' });
  const said = [...result.stderr.trim().split('\n'), ...log.stdout.trim().split('\n')].filter((l) => l !== '');
  throw new WizardError('change-failed', `${node}: systemctl ${words.join(' ')} ${unit} failed.`, {
    nodes: [node],
    evidence: said.slice(-12),
    remedies: [remedy`Show the log of the unit, on ${node}: ${sh`journalctl -u ${unit}`}`],
  });
}

async function undo(context: ApplyContext, change: UnitChange, data: UndoData): Promise<void> {
  const { node, unit } = change;
  // PHP and what else is not ours is restarted by a run at most: it runs on, whatever the record says.
  if (!isOwnUnit(unit)) return;
  const now = await stateOf(context, node, unit);
  if (!now.known) return;
  if (data?.active === false && now.active) await must(context, node, unit, 'stop');
  if (data?.enabled === false && now.enabled) await must(context, node, unit, 'disable', '--quiet');
  // A restart is not repeated here: what it was for is restored after this, and the handlers of files and packages restart then.
}

export const unitHandler: ChangeHandler<'unit'> = {
  kind: 'unit',
  async inspect(context, change) {
    const now = await stateOf(context, change.node, change.unit);
    return change.action === 'start' && now.active && (now.enabled || !change.enable) ? 'after' : 'before';
  },
  async capture(context, change) {
    const now = await stateOf(context, change.node, change.unit);
    return { active: now.active, enabled: now.enabled };
  },
  async apply(context, change) {
    const { node, unit } = change;
    // Before the one reload, which takes half a second on a busy host, instead of with another of its own.
    if (change.enable) await must(context, node, unit, 'enable', '--quiet', '--no-reload');
    const reload = await systemctl(context, node, 'daemon-reload');
    if (reload.code !== 0)
      throw new WizardError('change-failed', `${node}: systemctl daemon-reload failed.`, {
        nodes: [node],
        evidence: reload.stderr.trim().split('\n').slice(-5),
      });
    await must(context, node, unit, change.action);
    const now = await stateOf(context, node, unit);
    if (!now.active) await must(context, node, unit, 'is-active');
    return change.enable ? 'active, enabled' : 'active';
  },
  undo,
};
