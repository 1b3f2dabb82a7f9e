/** The wizard line by line: the same flow as the full screen, nothing redrawn; the accessible front end. */

import { asWizardError, EXIT } from '../core/errors.js';
import type { WizardEvent } from '../core/events.js';
import { createWizard, type Wizard } from './flow/controller.js';
import { currentPage, currentSection, runKindOf, sections } from './flow/selectors.js';
import { stopRun } from './flow/stop.js';
import { formatInterrupted, formatNoResult, formatRunningTrial } from './messages.js';
import { createDumbIo } from './plain/dumb.js';
import { runGlobalCommand, saveAndReport } from './plain/global-commands.js';
import { createPlainIo, type PlainIo } from './plain/io.js';
import { SAY } from './plain/messages.js';
import {
  advicePage,
  connectPage,
  type PlainPage,
  planPage,
  questionPage,
  reviewPage,
  surveyPage,
  type Turn,
  unfinishedPage,
  welcomePage,
} from './plain/pages.js';
import { resultPage } from './plain/result.js';
import { watched } from './plain/run.js';
import { ignoreLostTerminal } from './plain/stdin.js';
import { createInterrupter, detectTerminal, leaveNow, onInterrupt, onTermination, streamStyle } from './terminal.js';
import { describeEvent } from './text/render-event.js';
import { paint } from './text/render-style.js';
import { wrap } from './text/width.js';
import type { WizardBackend, WizardOptions, WizardResult } from './wizard-port.js';

function heading(page: PlainPage, shown: { section: string }): void {
  const state = page.wizard.getState();
  const info = currentSection(state);
  if (info.id === shown.section || currentPage(state).kind === 'welcome') return;
  shown.section = info.id;
  const all = sections(state);
  const step = info.number === '' ? '' : `Step ${info.number} of the guide: `;
  page.io.say([
    '',
    ...wrap(`Part ${all.findIndex((s) => s.id === info.id) + 1} of ${all.length}. ${step}${info.title}`, page.io.style.width).map((l) =>
      paint(page.io.style, 'accent', l),
    ),
  ]);
}

async function runPage(page: PlainPage): Promise<Turn> {
  const { wizard } = page;
  if (wizard.getState().result !== null) return 'next';
  await watched(page, runKindOf(wizard.getState()));
  return 'again';
}

const PAGES = {
  welcome: welcomePage,
  unfinished: unfinishedPage,
  question: questionPage,
  connect: connectPage,
  survey: surveyPage,
  advice: advicePage,
  review: reviewPage,
  plan: planPage,
  run: runPage,
  result: resultPage,
} as const;

async function turn(page: PlainPage): Promise<'continue' | 'over' | 'quit'> {
  const { wizard, io } = page;
  const { kind } = currentPage(wizard.getState());
  const next = await PAGES[kind](page);
  if (next === 'next') wizard.dispatch({ type: 'next' });
  else if (next === 'back') {
    wizard.cancelWork();
    if (kind === 'welcome' || kind === 'result') io.say([SAY.cannotGoBack]);
    else wizard.dispatch({ type: 'back' });
  } else if (next === 'quit') return 'quit';
  else if (next === 'leave') return 'over';
  else await runGlobalCommand(page, kind, next);
  return 'continue';
}

interface Signals {
  stop(): void;
  /** Resolves with the exit code when a signal ends the session. */
  readonly ended: Promise<number>;
}

/** Listens to signals; `over` is aborted when one ends the session, so that no prompt keeps waiting. */
function listen(io: PlainIo, wizard: Wizard, over: AbortController): Signals {
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = (code) => {
      // The code comes first: the prompt reacts to the abort.
      resolve(code);
      over.abort();
    };
  });
  const offInterrupt = onInterrupt(() => {
    if (!wizard.getState().running) return end(EXIT.cancelled);
    const stage = wizard.interrupt();
    if (stage === 3) void leaveNow(EXIT.cancelled);
    else io.say(wrap(formatInterrupted(stage), io.style.width));
  });
  const offTermination = onTermination((code) => void stopRun(wizard).then(() => end(code)));
  return {
    ended,
    stop() {
      offInterrupt();
      offTermination();
    },
  };
}

async function loop(page: PlainPage): Promise<'over' | 'quit'> {
  const shown = { section: '' };
  await page.wizard.begin();
  for (;;) {
    heading(page, shown);
    const how = await turn(page);
    if (how !== 'continue') return how;
  }
}

/** @returns the exit code when the session was ended before its end, else null */
async function untilOver(page: PlainPage, signals: Signals): Promise<number | null> {
  const { wizard } = page;
  try {
    const how = await Promise.race([loop(page), signals.ended]);
    if (typeof how === 'number') return how;
    return how === 'quit' ? (wizard.getState().result?.exitCode ?? EXIT.cancelled) : null;
  } catch (thrown) {
    const error = asWizardError(thrown);
    if (error.code !== 'cancelled') throw thrown;
    return EXIT.cancelled;
  } finally {
    wizard.cancelWork();
  }
}

/** Runs the wizard line by line on this process's terminal. Never throws for anything the user does. */
export async function runPlainWizard(backend: WizardBackend, options: WizardOptions): Promise<WizardResult> {
  ignoreLostTerminal();
  const style = streamStyle('stdout');
  const over = new AbortController();
  const io = detectTerminal().term === 'dumb' ? createDumbIo(style, over.signal) : createPlainIo(style, over.signal);
  const onEvent = (event: WizardEvent) => {
    const line = describeEvent(event, style);
    if (line !== null) io.say([line]);
  };
  const wizard = createWizard({ backend, options, now: Date.now, interrupter: () => createInterrupter(), onEvent });
  const signals = listen(io, wizard, over);
  try {
    const exitCode = await untilOver({ io, wizard, options }, signals);
    // A trial is being ended: its result is the outcome.
    await stopRun(wizard);
    const { result, run } = wizard.getState();
    const done = exitCode === null && (result === null || result.exitCode === 0);
    if (result === null) io.say(['', formatNoResult(run)]);
    io.say(formatRunningTrial(result, Date.now()).flatMap((l) => wrap(l, style.width)));
    const saved = await saveAndReport({ io, wizard }, done ? null : (result?.resume ?? options.resumeCommand));
    return { exitCode: exitCode ?? result?.exitCode ?? EXIT.done, outcome: result?.outcome ?? 'unchanged', answersPath: saved };
  } finally {
    // Not before the answers are saved: a terminal that closes may send its signal twice.
    signals.stop();
  }
}
