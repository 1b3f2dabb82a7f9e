/** Publishes edits of the MUC configuration: staged by Moodle's own writer, compared, swapped by one rename (rules S7, S8 and S9). */

import { CACHE_STEP } from '../../caches/steps.js';
import type { ChangeOf } from '../../core/change.js';
import { WizardError } from '../../core/errors.js';
import type { MucEdit } from '../../core/muc-edit.js';
import { remedy } from '../../core/remedy.js';
import { WORK_SECONDS } from '../../core/trial.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { setDeadline } from '../trial/nodes.js';
import { readTrial } from '../trial/record.js';

/** Names of the secrets that edits refer to. */
export function secretsOf(edits: readonly MucEdit[]): readonly string[] {
  const names = new Set<string>();
  for (const edit of edits) {
    if (edit.edit !== 'store') continue;
    for (const value of Object.values(edit.configuration)) {
      if (value !== null && typeof value === 'object' && '$secret' in value) names.add(String((value as { $secret: unknown }).$secret));
    }
  }
  return [...names];
}

const revealed = (context: Pick<ApplyContext, 'secret'>, edits: readonly MucEdit[]) =>
  Object.fromEntries(secretsOf(edits).map((name) => [name, context.secret(name).reveal()]));

export const mucPublishHandler: ChangeHandler<'muc-publish'> = {
  kind: 'muc-publish',
  movedCode: 'muc-moved',

  async inspect(context, change) {
    const live = await context.bridge(change.node).readMuc();
    const hash = live?.file.sha256 ?? null;
    if (hash === change.result) return 'after';
    return hash === change.before ? 'before' : 'other';
  },

  async capture(_context, change) {
    return { before: change.before, result: change.result };
  },

  async apply(context: ApplyContext, change: ChangeOf<'muc-publish'>) {
    const bridge = context.bridge(change.node);
    const staged = await bridge.stage({ edits: change.edits, secrets: revealed(context, change.edits), base: null });
    if (staged.baseSha256 !== change.before || staged.sha256 !== change.result) throw movedError(change.node, change.before, staged.baseSha256);
    await keepArmed(context, change);
    const live = await bridge.readMuc();
    await bridge.publish({ content: staged.content, expected: change.before, mode: live?.file.mode ?? null });
    return `${change.edits.length} ${change.edits.length === 1 ? 'edit' : 'edits'} live, file ${staged.sha256.slice(0, 12)}`;
  },
};

/** Mappings go live only under an armed trial, where there is one: a wizard that slept may find that the nodes have called it off. @throws WizardError */
async function keepArmed(context: ApplyContext, change: ChangeOf<'muc-publish'>): Promise<void> {
  const trial = change.step === CACHE_STEP.mappings ? await readTrial(context.record, context.site) : null;
  if (trial?.id !== context.restorePoint) return;
  await Promise.all(trial.nodes.map((node) => setDeadline(context.executor(node), context.site, WORK_SECONDS)));
  if ((await context.bridge(change.node).trialMark(trial.id)) === 'armed') return;
  throw new WizardError('change-failed', 'The trial ended before these mappings were published: the nodes considered this run dead. They were not published.', {
    nodes: [change.node],
    remedies: [remedy`Apply again; if this machine sleeps or is very slow, run the wizard on another one.`],
  });
}

function movedError(node: string, expected: string | null, found: string | null): WizardError {
  return new WizardError('muc-moved', "Moodle's cache configuration was changed by somebody else since the plan was made; nothing was written.", {
    nodes: [node],
    evidence: [`planned for ${expected ?? 'no file'}`, `found ${found ?? 'no file'}`],
    remedies: [remedy`Run plan again to see the current state, then apply.`],
  });
}
