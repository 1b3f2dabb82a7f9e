/** The pages that are not questions, line by line. Each tells where to go next. */

import { OWN_STORES, overruled } from '../../advice/overruled.js';
import { getAt } from '../../answers/draft.js';
import { irreversibleOf } from '../../core/change.js';
import { nodesOf } from '../flow/context.js';
import type { Wizard } from '../flow/controller.js';
import { failedTrials, leaveOutFailed, toNodes } from '../flow/leave-out.js';
import { missingFor, type TakeUp } from '../flow/missing.js';
import { reviewRows } from '../flow/review.js';
import { activeNodeNames, allReached, contextOf, currentPage, runKindOf } from '../flow/selectors.js';
import { formatExcluded, formatUnfinished, WELCOME } from '../messages.js';
import { renderAdvice } from '../text/render-advice.js';
import { renderError } from '../text/render-error.js';
import { renderFindings } from '../text/render-findings.js';
import { renderMeasurements } from '../text/render-measure.js';
import { renderPlan } from '../text/render-plan.js';
import { paint, symbols } from '../text/render-style.js';
import { clean, wrap, wrapRemedyWith, wrapWith } from '../text/width.js';
import type { WizardOptions } from '../wizard-port.js';
import { askMenu, askQuestion } from './ask.js';
import type { Command, PlainIo } from './io.js';
import { askReason } from './leave-out.js';
import { approve, watched } from './run.js';

export interface PlainPage {
  readonly io: PlainIo;
  readonly wizard: Wizard;
  readonly options: WizardOptions;
}

/** `leave`: the wizard is over; its result tells how. */
export type Turn = Command | 'next' | 'again' | 'leave';

/** Welcome: what will happen and that nothing is changed yet. */
export async function welcomePage({ io }: PlainPage): Promise<Turn> {
  io.say(WELCOME.flatMap((p) => ['', ...wrap(p, io.style.width)]));
  io.say(['', ...wrap('In any answer: :back goes back, :help explains, :save saves the answers, :quit saves and leaves.', io.style.width), '']);
  return askMenu(io, [{ id: 'next' as const, label: 'Begin' }]);
}

/** An unfinished run is offered before anything new. */
export async function unfinishedPage(page: PlainPage): Promise<Turn> {
  const { io, wizard } = page;
  const run = wizard.getState().unfinished;
  if (!run) return 'next';
  const when = run.since.slice(0, 16).replace('T', ' ');
  io.say(['', ...wrap(`${formatUnfinished(run, Date.now())} (${run.by}, ${when}) ${clean(run.detail)}`, io.style.width)]);
  for (;;) {
    const choice = await askMenu(io, [
      ...(run.here
        ? [
            {
              id: 'resume' as const,
              label:
                run.trialEndsAt === undefined ? 'Go on with it: what is left is shown before it is done' : 'Decide: keep it, put it back, or give it more time',
            },
          ]
        : []),
      { id: 'look' as const, label: 'Look at its journal' },
      ...(run.here ? [{ id: 'rollback' as const, label: 'Roll it back' }] : []),
      { id: 'next' as const, label: 'Begin afresh: everything is surveyed and asked again; its restore point stays the way back' },
    ]);
    if (choice === 'look') {
      io.say(run.journal.length === 0 ? ['Its journal is not on this machine.'] : run.journal.flatMap((l) => wrapWith('  ', clean(l), io.style.width)));
      continue;
    }
    if (choice !== 'resume' && choice !== 'rollback') return choice;
    return takenUp(page, choice);
  }
}

/** Passwords that the run had and that cannot be had now. */
async function askMissing({ io, wizard }: PlainPage, kind: TakeUp): Promise<Command | null> {
  for (;;) {
    const [name] = missingFor(wizard.getState(), kind);
    if (name === undefined) return null;
    const reply = await io.askSecret(`${name}, the password that this run had`);
    if (reply.type === 'command') return reply.command;
    if (reply.text === '') io.say(['This needs an answer; :back goes back.']);
    else wizard.giveSecret(name, reply.text);
  }
}

/** Goes on with a run on record, or takes one back, once what it needs and cannot have is typed. */
export async function takenUp(page: PlainPage, kind: TakeUp): Promise<Turn> {
  const stopped = await askMissing(page, kind);
  if (stopped) return stopped;
  await watched(page, kind);
  return 'again';
}

/** Every node is tried; the result is printed as it comes. */
export async function connectPage(page: PlainPage): Promise<Turn> {
  const { io, wizard } = page;
  const s = symbols(io.style);
  const told = new Set<string>();
  const tell = () => {
    for (const [node, task] of Object.entries(wizard.getState().trials)) {
      if (task.state !== 'done' || told.has(node + task.stamp)) continue;
      told.add(node + task.stamp);
      io.say(wrapWith(`  ${task.value.ok ? s.done : s.failed} ${node}: `, `${task.value.ok ? '' : 'FAILED. '}${clean(task.value.detail)}`, io.style.width));
      if (task.value.error) io.say(task.value.error.remedies.flatMap((r) => wrapRemedyWith('    - ', clean(r), io.style.width)));
    }
  };
  for (const node of nodesOf(wizard.getState().draft))
    if (node.state === 'out') io.say(wrapWith(`  ${s.skipped} ${node.name}: `, clean(formatExcluded(node)), io.style.width));
  io.say(['', `Reaching ${activeNodeNames(wizard.getState()).length} nodes ${s.ellipsis}`]);
  const off = wizard.subscribe(tell);
  try {
    await wizard.work();
  } finally {
    off();
  }
  tell();
  if (allReached(wizard.getState())) return 'next';
  const without = failedTrials(wizard.getState());
  const choice = await askMenu(io, [
    { id: 'retry' as const, label: 'Try those that failed again' },
    { id: 'nodes' as const, label: 'Back to the nodes and the login' },
    ...(without.length > 0 ? [{ id: 'out' as const, label: `Leave ${without.join(', ')} out of this run (named in every report)` }] : []),
  ]);
  if (choice === 'out') return askReason(page, without, leaveOutFailed);
  if (choice === 'nodes') toNodes(wizard);
  else if (choice === 'retry') wizard.dispatch({ type: 'retry', what: 'trials' });
  else return choice;
  return 'again';
}

async function afterFailure(page: PlainPage, what: 'survey' | 'plan', error: unknown): Promise<Turn> {
  page.io.say(['', ...renderError(error, page.io.style)]);
  const choice = await askMenu(page.io, [
    { id: 'retry' as const, label: 'Try again' },
    { id: 'back' as const, label: 'Back' },
    { id: 'quit' as const, label: 'Save the answers and leave' },
  ]);
  if (choice !== 'retry') return choice;
  page.wizard.dispatch({ type: 'retry', what });
  return 'again';
}

/** The survey with its findings. */
export async function surveyPage(page: PlainPage): Promise<Turn> {
  const { io, wizard } = page;
  io.say(['', ...wrap('Looking at every node. Nothing is changed.', io.style.width)]);
  await wizard.work();
  const task = wizard.getState().survey;
  if (task.state === 'failed') return afterFailure(page, 'survey', task.error);
  if (task.state !== 'done') return 'again';
  io.say(['', ...renderFindings(task.value.findings, io.style)]);
  const [refusal] = task.value.refusals;
  if (!refusal) return 'next';
  for (const r of task.value.refusals) io.say(['', ...renderError(r, io.style)]);
  return afterFailure(page, 'survey', refusal);
}

/** What the mappings of one's own cost, a row each. */
export function sayOverruled({ io, wizard }: Pick<PlainPage, 'io' | 'wizard'>): void {
  const rows = overruled(contextOf(wizard.getState()));
  if (rows.length === 0) return;
  io.say(['', paint(io.style, 'strong', 'Yours instead'), ...rows.flatMap((r) => wrapWith('  ', `${r.definition}: ${r.words}`, io.style.width))]);
}

/** One question. */
export async function questionPage({ io, wizard }: PlainPage): Promise<Turn> {
  const { question } = currentPage(wizard.getState());
  if (!question) return 'next';
  // Nodes are tried meanwhile; what came of it is told on the page for it.
  void wizard.work();
  const answer = await askQuestion(io, question, getAt(wizard.getState().draft, question.key));
  if (answer.type === 'command') return answer.command;
  wizard.dispatch(answer.type === 'secret' ? { type: 'secret', question, text: answer.text } : { type: 'answer', question, value: answer.value });
  if (question.key === OWN_STORES) sayOverruled({ io, wizard });
  return 'next';
}

/** The advice as a table; it is changed further on, among the mappings. */
export async function advicePage({ io, wizard }: PlainPage): Promise<Turn> {
  const task = wizard.getState().survey;
  if (task.state !== 'done') return 'next';
  const bars = renderMeasurements(task.value.facts.measured, io.style);
  io.say(['', ...(bars.length === 0 ? [] : [...bars, '']), paint(io.style, 'strong', 'Advice'), ...renderAdvice(task.value.advice, io.style)]);
  sayOverruled({ io, wizard });
  for (;;) {
    const choice = await askMenu(io, [
      { id: 'next' as const, label: 'Go on' },
      { id: 'all' as const, label: 'Show every definition with its reason' },
      { id: 'back' as const, label: 'Back' },
    ]);
    if (choice !== 'all') return choice;
    io.say(['', ...renderAdvice(task.value.advice, io.style, true)]);
  }
}

/** Every answer, each of which can be changed. */
export async function reviewPage({ io, wizard }: PlainPage): Promise<Turn> {
  const rows = reviewRows(wizard.getState());
  let section = '';
  io.say(['', paint(io.style, 'strong', 'Review')]);
  rows.forEach((row, i) => {
    if (row.section !== section) io.say([row.section]);
    section = row.section;
    io.say(wrapWith(`${String(i + 1).padStart(4)}. `, `${row.label}: ${row.value}`, io.style.width));
  });
  io.say(wrap('A number changes that answer. Empty goes on to the plan; nothing is changed before you approve it.', io.style.width));
  const reply = await io.ask('Number, or empty', {
    check: (t) => (t.trim() === '' || rows[Number(t) - 1] ? null : `Type a number from 1 to ${rows.length}, or nothing.`),
  });
  if (reply.type === 'command') return reply.command;
  const row = rows[Number(reply.text) - 1];
  if (!row) return 'next';
  wizard.dispatch({ type: 'goto', page: row.page, editing: true });
  return 'again';
}

/** The plan, and its approval. */
export async function planPage(page: PlainPage): Promise<Turn> {
  const { io, wizard, options } = page;
  io.say(['', 'Working out the plan. Nothing is changed.']);
  await wizard.work();
  const task = wizard.getState().plan;
  if (task.state === 'failed') return afterFailure(page, 'plan', task.error);
  if (task.state !== 'done') return 'again';
  io.say(['', ...renderPlan(task.value, io.style, { detail: 'full', words: options.screenReader === true }), '']);
  await wizard.save();
  if (runKindOf(wizard.getState()) === 'verify') {
    const choice = await askMenu(io, [
      { id: 'next' as const, label: 'Prove it on every node' },
      { id: 'back' as const, label: 'Back to the review' },
      { id: 'leave' as const, label: 'Leave' },
    ]);
    return choice;
  }
  const turn = await approve(io, {
    plan: task.value,
    irreversible: irreversibleOf(task.value),
    trialSeconds: options.trialSeconds,
    no: 'Back to the review: change nothing',
    stages: true,
    leave: true,
  });
  if (turn !== 'by-stage') return turn;
  await watched(page, 'apply', true);
  return 'again';
}
