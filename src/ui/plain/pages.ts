/** The pages that are not questions, line by line. Each returns where to go next. */

import { OWN_STORES, overruled } from '../../advice/overruled.js';
import { getAt } from '../../answers/draft.js';
import { irreversibleOf } from '../../core/change.js';
import { count } from '../../core/count.js';
import { nodesOf } from '../flow/context.js';
import type { Wizard } from '../flow/controller.js';
import { excludeFailed, failedTrials, toNodes } from '../flow/exclude.js';
import { missingFor, type TakeUp } from '../flow/missing.js';
import { titlesOf } from '../flow/pages.js';
import { reviewRows } from '../flow/review.js';
import { activeNodeNames, allReached, contextOf, currentPage, runKindOf } from '../flow/selectors.js';
import { formatExcluded, formatUnfinished, formatWelcome, NO_LOG_HERE } from '../messages.js';
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
import { COMMANDS_HELP, formatExclude, formatMissingPassword, formatNumberRange, MENU, PROMPT, SAY } from './messages.js';
import { approve, watched } from './run.js';

export interface PlainPage {
  readonly io: PlainIo;
  readonly wizard: Wizard;
  readonly options: WizardOptions;
}

/** `leave`: the wizard ends with its result. */
export type Turn = Command | 'next' | 'again' | 'leave';

/** Welcome: what will happen and that nothing is changed yet. */
export async function welcomePage({ io, wizard }: PlainPage): Promise<Turn> {
  io.say(formatWelcome(titlesOf(contextOf(wizard.getState())), false).flatMap((p) => ['', ...wrap(p, io.style.width)]));
  io.say(['', ...wrap(COMMANDS_HELP, io.style.width), '']);
  return askMenu(io, [{ id: 'next' as const, label: MENU.start }]);
}

/** An unfinished run is offered before anything new. */
export async function unfinishedPage(page: PlainPage): Promise<Turn> {
  const { io, wizard } = page;
  const run = wizard.getState().unfinished;
  if (!run) return 'next';
  const when = run.since.slice(0, 16).replace('T', ' ');
  io.say(['', ...wrap(`${formatUnfinished(run, Date.now())} (${run.by}, ${when} UTC) ${clean(run.detail)}`, io.style.width)]);
  for (;;) {
    const choice = await askMenu(io, [
      ...(run.here
        ? [
            {
              id: 'resume' as const,
              label: run.trialEndsAt === undefined ? MENU.resume : MENU.decide,
            },
          ]
        : []),
      { id: 'view-log' as const, label: MENU.viewLog },
      ...(run.here ? [{ id: 'rollback' as const, label: MENU.rollback }] : []),
      { id: 'next' as const, label: MENU.startOver },
    ]);
    if (choice === 'view-log') {
      io.say(run.journal.length === 0 ? [NO_LOG_HERE] : run.journal.flatMap((l) => wrapWith('  ', clean(l), io.style.width)));
      continue;
    }
    if (choice !== 'resume' && choice !== 'rollback') return choice;
    return takenUp(page, choice);
  }
}

/** Asks for the passwords of the run that cannot be read now. */
async function askMissing({ io, wizard }: PlainPage, kind: TakeUp): Promise<Command | null> {
  for (;;) {
    const [name] = missingFor(wizard.getState(), kind);
    if (name === undefined) return null;
    const reply = await io.askSecret(formatMissingPassword(name));
    if (reply.type === 'command') return reply.command;
    if (reply.text === '') io.say([SAY.answerRequired]);
    else wizard.giveSecret(name, reply.text);
  }
}

/** Resumes a run on record or rolls it back, after asking for the passwords that cannot be read. */
export async function takenUp(page: PlainPage, kind: TakeUp): Promise<Turn> {
  const stopped = await askMissing(page, kind);
  if (stopped) return stopped;
  await watched(page, kind);
  return 'again';
}

/** Every node is tested; results are printed as they come. */
export async function connectPage(page: PlainPage): Promise<Turn> {
  const { io, wizard } = page;
  const s = symbols(io.style);
  const reported = new Set<string>();
  const report = () => {
    for (const [node, task] of Object.entries(wizard.getState().trials)) {
      if (task.state !== 'done' || reported.has(node + task.stamp)) continue;
      reported.add(node + task.stamp);
      io.say(wrapWith(`  ${task.value.ok ? s.done : s.failed} ${node}: `, `${task.value.ok ? '' : 'FAILED. '}${clean(task.value.detail)}`, io.style.width));
      if (task.value.error) io.say(task.value.error.remedies.flatMap((r) => wrapRemedyWith('    - ', clean(r), io.style.width)));
    }
  };
  for (const node of nodesOf(wizard.getState().draft))
    if (node.state === 'out') io.say(wrapWith(`  ${s.skipped} ${node.name}: `, clean(formatExcluded(node)), io.style.width));
  io.say(['', `Connecting to ${count(activeNodeNames(wizard.getState()).length, 'node')}${s.ellipsis}`]);
  const off = wizard.subscribe(report);
  try {
    await wizard.work();
  } finally {
    off();
  }
  report();
  if (allReached(wizard.getState())) return 'next';
  const without = failedTrials(wizard.getState());
  const choice = await askMenu(io, [
    { id: 'retry' as const, label: MENU.retryNodes },
    { id: 'nodes' as const, label: MENU.editNodes },
    ...(without.length > 0 ? [{ id: 'out' as const, label: formatExclude(without, false) }] : []),
  ]);
  if (choice === 'out') return askReason(page, without, excludeFailed);
  if (choice === 'nodes') toNodes(wizard);
  else if (choice === 'retry') wizard.dispatch({ type: 'retry', what: 'trials' });
  else return choice;
  return 'again';
}

async function afterFailure(page: PlainPage, what: 'survey' | 'plan', error: unknown): Promise<Turn> {
  page.io.say(['', ...renderError(error, page.io.style)]);
  const choice = await askMenu(page.io, [
    { id: 'retry' as const, label: MENU.tryAgain },
    { id: 'back' as const, label: MENU.back },
    { id: 'quit' as const, label: MENU.saveQuit },
  ]);
  if (choice !== 'retry') return choice;
  page.wizard.dispatch({ type: 'retry', what });
  return 'again';
}

/** The survey with its findings. */
export async function surveyPage(page: PlainPage): Promise<Turn> {
  const { io, wizard } = page;
  io.say(['', ...wrap(SAY.surveying, io.style.width)]);
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
  // Nodes are tested meanwhile; the page `connect` shows the results.
  void wizard.work();
  const answer = await askQuestion(io, question, getAt(wizard.getState().draft, question.key));
  if (answer.type === 'command') return answer.command;
  wizard.dispatch(answer.type === 'secret' ? { type: 'secret', question, text: answer.text } : { type: 'answer', question, value: answer.value });
  if (question.key === OWN_STORES) sayOverruled({ io, wizard });
  return 'next';
}

/** The recommendations as a table; a later question, the mappings, changes them. */
export async function advicePage({ io, wizard }: PlainPage): Promise<Turn> {
  const task = wizard.getState().survey;
  if (task.state !== 'done') return 'next';
  const bars = renderMeasurements(task.value.facts.measured, io.style);
  io.say(['', ...(bars.length === 0 ? [] : [...bars, '']), paint(io.style, 'strong', SAY.recommendations), ...renderAdvice(task.value.advice, io.style)]);
  sayOverruled({ io, wizard });
  for (;;) {
    const choice = await askMenu(io, [
      { id: 'next' as const, label: MENU.next },
      { id: 'all' as const, label: MENU.allDefinitions },
      { id: 'back' as const, label: MENU.back },
    ]);
    if (choice !== 'all') return choice;
    io.say(['', ...renderAdvice(task.value.advice, io.style, true)]);
  }
}

/** Every answer, each of which can be changed. */
export async function reviewPage({ io, wizard }: PlainPage): Promise<Turn> {
  const rows = reviewRows(wizard.getState());
  let section = '';
  io.say(['', paint(io.style, 'strong', SAY.review)]);
  rows.forEach((row, i) => {
    if (row.section !== section) io.say([row.section]);
    section = row.section;
    io.say(wrapWith(`${String(i + 1).padStart(4)}. `, `${row.label}: ${row.value}`, io.style.width));
  });
  io.say(wrap(SAY.reviewHelp, io.style.width));
  const reply = await io.ask(PROMPT.numberOrEmpty, {
    check: (t) => (t.trim() === '' || rows[Number(t) - 1] ? null : formatNumberRange(1, rows.length, true)),
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
  io.say(['', SAY.planning]);
  await wizard.work();
  const task = wizard.getState().plan;
  if (task.state === 'failed') return afterFailure(page, 'plan', task.error);
  if (task.state !== 'done') return 'again';
  io.say(['', ...renderPlan(task.value, io.style, { detail: 'full', words: options.screenReader === true }), '']);
  await wizard.save();
  if (runKindOf(wizard.getState()) === 'verify') {
    const choice = await askMenu(io, [
      { id: 'next' as const, label: MENU.verify },
      { id: 'back' as const, label: MENU.backToReview },
      { id: 'leave' as const, label: MENU.quit },
    ]);
    return choice;
  }
  const turn = await approve(io, {
    plan: task.value,
    irreversible: irreversibleOf(task.value),
    trialSeconds: options.trialSeconds,
    no: MENU.declinePlan,
    stages: true,
    leave: true,
  });
  if (turn !== 'by-stage') return turn;
  await watched(page, 'apply', true);
  return 'again';
}
