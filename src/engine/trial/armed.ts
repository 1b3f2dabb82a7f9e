/** Files on trial change only under an armed trial: a wizard that slept may find that the nodes have ended it. */

import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
import { WORK_SECONDS } from '../../core/trial.js';
import { afterwardsOf } from '../../platform/guarded.js';
import type { ApplyContext } from '../handler.js';
import { filesOn } from './guarded.js';
import { trialMarks } from './marks.js';
import { setDeadline } from './nodes.js';
import { readTrial } from './record.js';

/** Does nothing for a file that is not on trial. @throws WizardError `change-failed` when the trial is over */
export async function assertArmed(context: ApplyContext, node: string, path: string): Promise<void> {
  if (afterwardsOf(path) === null) return;
  const trial = await readTrial(context.record, context.site);
  if (trial?.id !== context.restorePoint) return;
  const point = (await context.record.points(context.site)).find((p) => p.id === context.restorePoint);
  if (!point || !filesOn(point, node).some((file) => file.path === path)) return;
  // This node restores the file; where another one ends the trial now, the mark says so here too.
  await setDeadline(context.executor(node), context.site, WORK_SECONDS);
  if ((await trialMarks(context, context.site, trial).mark()) === 'armed') return;
  throw new WizardError('change-failed', `The trial ended before ${path} was changed on ${node}: the nodes considered this run dead. It was not changed.`, {
    nodes: [node],
    remedies: [remedy`Apply again; if this machine sleeps or is very slow, run the wizard on another one.`],
  });
}
