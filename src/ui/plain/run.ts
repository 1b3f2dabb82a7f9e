/** Runs line by line: approving a plan, and what a run asks on its way. */

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
import { formatIrreversiblePrompt, formatTrialNote, formatWrongName, MENU, PROMPT } from './messages.js';

/** Who asks, and whom. */
interface Asker {
  readonly io: PlainIo;
  readonly wizard: Wizard;
  readonly options?: WizardOptions;
}

/** A plan to approve, and the choices offered. */
export interface Approval {
  readonly plan: Plan;
  readonly irreversible: readonly string[];
  readonly trialSeconds: number;
  /** The choice that declines. */
  readonly no: string;
  readonly yes?: string;
  /** Stage by stage is offered. */
  readonly stages: boolean;
  /** Quitting is offered. */
  readonly leave: boolean;
}

/** True when the plan schedules the automatic rollback that makes it a trial. */
const isOnTrial = (plan: Plan) => plan.stages.some((s) => s.changes.some((c) => c.kind === 'trial-arm'));

/** Asks for approval of a plan. Irreversible changes need the cluster's name. */
export async function approve(
  io: PlainIo,
  { plan, irreversible, trialSeconds, no, yes = MENU.approve, stages, leave }: Approval,
): Promise<Command | 'next' | 'by-stage'> {
  const choice = await askMenu(io, [
    { id: 'back' as const, label: no },
    { id: 'next' as const, label: `${yes}${trialSeconds > 0 && isOnTrial(plan) ? formatTrialNote(trialSeconds) : ''}` },
    ...(stages && shownStages(plan).length > 1 ? [{ id: 'by-stage' as const, label: MENU.byStage }] : []),
    ...(leave ? [{ id: 'quit' as const, label: MENU.saveQuitUnchanged }] : []),
  ]);
  if ((choice !== 'next' && choice !== 'by-stage') || irreversible.length === 0) return choice;
  io.say(wrap(formatIrreversiblePrompt(irreversible.length, plan.cluster), io.style.width));
  const reply = await io.ask(PROMPT.name, { check: (t) => (t.trim() === plan.cluster ? null : formatWrongName(plan.cluster)) });
  return reply.type === 'command' ? reply.command : choice;
}

/** A run, with what it asks on the way. */
export async function watched(page: Asker, kind: RunKind, byStage = false): Promise<void> {
  const { wizard } = page;
  let seen: unknown = null;
  let open = new AbortController();
  let asked: Promise<void> = Promise.resolve();
  // A prompt has the terminal in raw mode and handles Ctrl+Z itself.
  const offSuspend = refuseSuspend(() => page.io.say(wrap(NO_SUSPEND, page.io.style.width)));
  const off = wizard.subscribe(() => {
    const { asking } = wizard.getState();
    if (asking === seen) return;
    seen = asking;
    // Decided by a signal: a prompt that still waits would take the next answer.
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

/** Asks for approval of a plan in the middle of a run. */
async function askedAgain(page: Asker): Promise<void> {
  const { io, wizard } = page;
  const { asking, runKind } = wizard.getState();
  if (!asking) return;
  io.say(['', ...wrap(formatAsked(asking, runKind), io.style.width), ...renderPlan(asking.plan, io.style, { detail: 'full' }), '']);
  const asApproved = asking.situation === 'as-approved';
  // A rollback runs as a whole, and without a trial.
  const back = runKind === 'rollback';
  const no = asApproved ? MENU.stopHere : MENU.decline;
  const yes = asApproved ? { yes: MENU.runNextStage } : {};
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
