/** Runs line by line: a plan is asked for, and whatever a run asks on its way. */

import type { Plan } from '../../core/change.js';
import type { Wizard } from '../flow/controller.js';
import type { RunKind } from '../flow/state.js';
import { formatAsked, NO_SUSPEND } from '../messages.js';
import { refuseSuspend } from '../terminal.js';
import { renderPlan, shownStages } from '../text/render-plan.js';
import { wrap } from '../text/width.js';
import type { WizardOptions } from '../wizard-port.js';
import { askMenu } from './ask.js';
import { runGlobalCommand } from './global-commands.js';
import type { Command, PlainIo } from './io.js';

/** Who asks, and whom. */
interface Asker {
  readonly io: PlainIo;
  readonly wizard: Wizard;
  readonly options?: WizardOptions;
}

/** What is put before a person, and in which words a No is said. */
export interface Approval {
  readonly plan: Plan;
  readonly irreversible: readonly string[];
  readonly trialSeconds: number;
  /** Where a No leads to. */
  readonly no: string;
  readonly yes?: string;
  /** Going stage by stage may be chosen. */
  readonly stages: boolean;
  /** The wizard may be left instead. */
  readonly leave: boolean;
}

/** True when the plan schedules the automatic rollback that makes it a trial. */
const isOnTrial = (plan: Plan) => plan.stages.some((s) => s.changes.some((c) => c.kind === 'trial-arm'));

/** Asks for a plan. Irreversible changes need the cluster's name. */
export async function approve(
  io: PlainIo,
  { plan, irreversible, trialSeconds, no, yes = 'Approve and run it', stages, leave }: Approval,
): Promise<Command | 'next' | 'by-stage'> {
  const choice = await askMenu(io, [
    { id: 'back' as const, label: no },
    { id: 'next' as const, label: `${yes}${trialSeconds > 0 && isOnTrial(plan) ? ` (the mappings then stand on trial for ${trialSeconds} s)` : ''}` },
    ...(stages && shownStages(plan).length > 1 ? [{ id: 'by-stage' as const, label: 'Approve it stage by stage: asked again before each later one' }] : []),
    ...(leave ? [{ id: 'quit' as const, label: 'Save the answers and leave: change nothing' }] : []),
  ]);
  if ((choice !== 'next' && choice !== 'by-stage') || irreversible.length === 0) return choice;
  io.say(wrap(`${irreversible.length} of these changes cannot be undone. Type the name of the cluster (${plan.cluster}) to go on.`, io.style.width));
  const reply = await io.ask('Name', { check: (t) => (t.trim() === plan.cluster ? null : `Type ${plan.cluster}, or :back.`) });
  return reply.type === 'command' ? reply.command : choice;
}

/** A run, with what it asks on the way. */
export async function watched(page: Asker, kind: RunKind, byStage = false): Promise<void> {
  const { wizard } = page;
  let seen: unknown = null;
  let open = new AbortController();
  let asked: Promise<void> = Promise.resolve();
  // A prompt has the terminal in raw mode and sees to Ctrl+Z itself.
  const offSuspend = refuseSuspend(() => page.io.say(wrap(NO_SUSPEND, page.io.style.width)));
  const off = wizard.subscribe(() => {
    const { asking } = wizard.getState();
    if (asking === seen) return;
    seen = asking;
    // Decided by a signal: what still waits for an answer would take the next one's.
    open.abort();
    if (!asking) return;
    open = new AbortController();
    asked = askedAgain({ ...page, io: page.io.until(open.signal) }).catch(() => {
      if (wizard.getState().asking === asking) wizard.decide(false);
    });
  });
  try {
    await wizard.run(kind, byStage);
    await asked;
  } finally {
    off();
    offSuspend();
  }
}

/** A plan that is asked for in the middle of a run. */
async function askedAgain(page: Asker): Promise<void> {
  const { io, wizard } = page;
  const { asking, runKind } = wizard.getState();
  if (!asking) return;
  io.say(['', ...wrap(formatAsked(asking, runKind), io.style.width), ...renderPlan(asking.plan, io.style, { detail: 'full' }), '']);
  const asApproved = asking.situation === 'as-approved';
  // What is taken back is taken back in one go, and nothing of it is on trial.
  const back = runKind === 'rollback';
  const no = asApproved ? 'Stop here: what was done stays, and can be gone on with or taken back' : 'No: begin nothing of it';
  const yes = asApproved ? { yes: 'Go on with it' } : {};
  for (;;) {
    const turn = await approve(io, {
      ...asking,
      ...yes,
      no,
      trialSeconds: back ? 0 : (page.options?.trialSeconds ?? 0),
      stages: !asApproved && !back,
      leave: false,
    });
    if (turn === 'next' || turn === 'by-stage') return wizard.decide(true, ...(turn === 'by-stage' ? [true] : []));
    // Neither is a No: the run waits.
    if (await runGlobalCommand(page, 'plan', turn)) continue;
    return wizard.decide(false);
  }
}
