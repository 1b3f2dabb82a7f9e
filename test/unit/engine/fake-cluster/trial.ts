/** What the nodes of the cluster in memory do for a trial: the scripts of templates/trial, and the way back that each goes by itself. */

import type { Cmd, CmdResult } from '../../../../src/exec/executor.js';
import { sha, type World } from './world.js';

/** Time is over and no wizard is there: the first node puts the file back, every node converges and empties. */
export function expire(world: World): void {
  const { trial } = world;
  for (const [node, armed] of trial.armed) {
    if (armed.result !== null) continue;
    if (trial.markOf(armed.id) === 'kept') {
      armed.result = 'kept';
      continue;
    }
    const before = world.images.get(armed.id);
    if (before && sha(world.muc) !== sha(before)) world.publish(before);
    if (trial.mark !== 'none') trial.mark = 'reverted';
    world.runs.set(node, sha(world.muc));
    for (const { change } of world.undo.get(armed.id) ?? []) {
      if (change.kind !== 'empty' || change.node !== node) continue;
      for (const item of change.items) for (const id of item.definitions) world.history.push(`empty ${node} ${item.store} ${id}`);
    }
    armed.result = 'reverted';
  }
}

const told = (code: number, stdout = ''): CmdResult => ({ code, stdout, stderr: '', ms: 1 });

/** The scripts of templates/trial, as far as the wizard calls them; null for anything else. */
export function trialCommand(world: World, node: string, { argv }: Cmd): CmdResult | null {
  const { trial } = world;
  const line = argv.join(' ');
  const armed = trial.armed.get(node);
  if (argv[1]?.endsWith('/trial/arm.sh')) {
    return world.effect(() => {
      trial.armed.set(node, { id: trial.id ?? '', result: null });
      return told(0);
    });
  }
  if (line.includes('/disarm.sh')) {
    return world.effect(() => {
      trial.armed.delete(node);
      return told(0);
    });
  }
  if (argv[0] === 'test' && argv[2]?.endsWith('/trial.sh')) return world.look(() => told(armed ? 0 : 1));
  if (!argv[1]?.endsWith('/trial.sh')) return null;
  if (argv[2] === 'extend') return world.effect(() => told(armed ? 0 : 1));
  const result = armed?.result ? `result=${armed.result}\n` : 'left=60\n';
  return world.look(() => told(0, `id=${armed?.id}\nmark=${trial.mark}\n${result}`));
}
