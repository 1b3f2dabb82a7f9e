/** What the wizard asks of the trial's folder on each node (templates/trial). */

import { WizardError } from '../../core/errors.js';
import { isAbsolutePath, plainText } from '../../core/names.js';
import { remedy, sh } from '../../core/remedy.js';
import type { NodeTrialState } from '../../core/trial.js';
import type { Executor } from '../../exec/executor.js';
import { lastLines } from '../../exec/sudo.js';
import { RECORD_ROOT } from '../../records/paths.js';

/** The trial's folder of a site on a node. */
export function trialDir(site: string): string {
  return `${RECORD_ROOT}/trial/${site}`;
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => /^([a-z]+)=(.*)$/.exec(line))
    .flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? ''] as const] : []));

/** The id of a trial or a mark; anything else counts as not reported. */
const word = (text: string | undefined): string | null => (text !== undefined && /^[A-Za-z0-9-]{1,100}$/.test(text) ? text : null);

/** Reads what `trial.sh status` prints. Pure. */
export function parseNodeTrial(node: string, text: string): NodeTrialState {
  const found = lines(text);
  const one = (name: string) => found.find(([key]) => key === name)?.[1];
  const left = Number(one('left'));
  const result = one('result');
  return {
    node,
    id: word(one('id')),
    mark: word(one('mark')) ?? 'none',
    secondsLeft: one('left') !== undefined && Number.isFinite(left) && Math.abs(left) < 1e9 ? left : null,
    result: result === 'kept' || result === 'reverted' ? result : null,
    confirmed: one('confirmed') === 'yes',
    owed: one('owed') !== undefined,
    refused: found.flatMap(([key, value]) => (key === 'refused' ? [plainText(value, 500)] : [])).slice(0, 10),
    aside: found.flatMap(([key, value]) => (key === 'aside' && isAbsolutePath(value) ? [value] : [])).slice(0, 100),
  };
}

/** How the trial stands on one node; `id` is null when there is none. @throws WizardError when the node cannot be asked */
export async function nodeTrial(executor: Executor, site: string): Promise<NodeTrialState> {
  const { name } = executor.node;
  const script = `${trialDir(site)}/trial.sh`;
  const there = await executor.run({ argv: ['test', '-e', script] }, { as: 'root' });
  if (there.code !== 0) return parseNodeTrial(name, '');
  const result = await executor.run({ argv: ['sh', script, 'status'] }, { as: 'root', timeoutMs: 30_000 });
  return parseNodeTrial(name, result.stdout);
}

/** Gives a node so many seconds from now. @throws WizardError `change-failed` */
export async function setDeadline(executor: Executor, site: string, seconds: number): Promise<void> {
  const result = await executor.run({ argv: ['sh', `${trialDir(site)}/trial.sh`, 'extend', String(seconds)] }, { as: 'root' });
  if (result.code === 0) return;
  throw new WizardError('change-failed', `${executor.node.name}: cannot set the end of the trial.`, {
    nodes: [executor.node.name],
    evidence: lastLines(result.stderr),
    remedies: [remedy`Check ${trialDir(site)} there. The trial there ends at the time that was set before.`],
  });
}

/** Removes the unit. Nothing to do where there is none. @throws WizardError `change-failed` when it still runs */
export async function disarm(executor: Executor, site: string): Promise<void> {
  const script = `${trialDir(site)}/disarm.sh`;
  const result = await executor.run({ argv: ['sh', '-c', '[ ! -e "$1" ] || exec sh "$1" stop', 'sh', script] }, { as: 'root', timeoutMs: 120_000 });
  if (result.code === 0) return;
  const { name } = executor.node;
  throw new WizardError('change-failed', `${name}: cannot stop the unit of the trial.`, { nodes: [name], evidence: lastLines(result.stderr) });
}

/**
 * Has a node restore its own files, now that the trial is reverted. `ownMark`: it decides by a mark of its own, which is moved with it.
 * @throws WizardError `change-failed`; the unit there stays armed and tries again by itself
 */
export async function restoreNode(executor: Executor, site: string, ownMark: boolean): Promise<void> {
  const script = `${trialDir(site)}/trial.sh`;
  const argv = ['sh', '-c', '[ ! -e "$1" ] || exec sh "$@"', 'sh', script, ownMark ? 'revert' : 'restore'];
  const result = await executor.run({ argv }, { as: 'root', timeoutMs: 300_000 });
  if (result.code === 0) return;
  const { name } = executor.node;
  throw new WizardError('change-failed', `${name}: the files on trial are not restored yet.`, {
    nodes: [name],
    evidence: lastLines(`${result.stdout}\n${result.stderr}`),
    remedies: [remedy`The node retries automatically. Show its state, on ${name} as root: ${sh`sh ${script} status`}`],
  });
}
