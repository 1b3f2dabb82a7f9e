/** The full-screen wizard: mounts Ink once, handles every exit, restores the terminal. */

import { render } from 'ink';
import { EXIT } from '../../core/errors.js';
import { createWizard, type Wizard } from '../flow/controller.js';
import { stopRun } from '../flow/stop.js';
import { onTerminalLost } from '../hangup.js';
import { formatFarewell, formatNoResult, formatRunningTrial } from '../messages.js';
import {
  clearVisible,
  createInterrupter,
  detectTerminal,
  leaveNow,
  onCleanup,
  onInterrupt,
  onResize,
  onTermination,
  rawFromTheStart,
  stdoutForInk,
  streamStyle,
  suspend,
  terminalSize,
  withTerminal,
} from '../terminal.js';
import { renderChecks } from '../text/render-checks.js';
import { renderError } from '../text/render-error.js';
import { wrap } from '../text/width.js';
import type { WizardBackend, WizardOptions, WizardResult } from '../wizard-port.js';
import { control, writeLine } from '../writer.js';
import { App } from './App.js';
import type { Session } from './session.js';
import { createUiStore, initialUi, type UiStore } from './ui-state.js';

/** By then a change of state is on the screen: Ink draws at most 30 times a second. */
const REDRAW_MS = 60;

/** How it ended: an exit code, or null for the one of the result. */
type Ending = number | null;

/** Ctrl+Z: the frame is taken away first, so that the shell's lines and ours do not mix, and drawn again on return. */
function suspendScreen(ui: UiStore): void {
  ui.set({ ended: true });
  setTimeout(() => {
    control('pasteOff');
    suspend(() => {
      control('pasteOn');
      ui.set({ ended: false, size: terminalSize() });
    });
  }, REDRAW_MS);
}

function createSession(wizard: Wizard, options: WizardOptions, end: (ending: Ending) => void): Session {
  const { colour, unicode } = detectTerminal();
  const ui = createUiStore(initialUi(wizard.getState(), terminalSize()));
  return {
    wizard,
    options,
    ui,
    style: { colour, ascii: !unicode },
    rows: new Map(),
    leave: end,
    leaveNow: () => void leaveNow(EXIT.cancelled),
    suspend: () => suspendScreen(ui),
  };
}

/** Listens to signals and the window. @returns a function that stops it */
function listen(session: Session, end: (ending: Ending) => void): () => void {
  const { wizard } = session;
  const offs = [
    onResize((size) => {
      if (size.columns < session.ui.get().size.columns) clearVisible();
      session.ui.set({ size });
    }),
    // Cooked mode only: in raw mode Ctrl+C is a key.
    onInterrupt(() => {
      if (!wizard.getState().running) return end(EXIT.cancelled);
      if (wizard.interrupt() === 3) void leaveNow(EXIT.cancelled);
    }),
    onTermination((code) => void stopRun(wizard).then(() => end(code))),
    // Without it nothing would keep the process until the signal comes, and the answers would be lost.
    onTerminalLost(() => void stopRun(wizard).then(() => end(EXIT.hangup))),
  ];
  return () => {
    for (const off of offs) off();
  };
}

async function mount(wizard: Wizard, options: WizardOptions): Promise<Ending> {
  let end: (ending: Ending) => void = () => {};
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  const session = createSession(wizard, options, (e) => end(e));
  rawFromTheStart();
  control('pasteOn');
  const ink = render(<App session={session} />, { stdout: stdoutForInk(), exitOnCtrlC: false, patchConsole: true, maxFps: 30 });
  const unmount = () => {
    // The last frame is removed: lines after it report what matters.
    session.ui.set({ ended: true });
    ink.unmount();
    control('pasteOff');
  };
  const off = onCleanup(unmount);
  const unlisten = listen(session, (e) => end(e));
  void wizard.begin();
  try {
    return await ended;
  } finally {
    unlisten();
    session.ui.set({ ended: true });
    // React draws the empty frame in between; unmounting would draw the full one once more.
    await new Promise((resolve) => setTimeout(resolve, 0));
    off();
    unmount();
  }
}

/** What stays on the terminal after the full screen: the outcome, and how to resume. */
async function sayGoodbye(wizard: Wizard, options: WizardOptions, ending: Ending): Promise<string | null> {
  const style = streamStyle('stdout');
  const { result, run } = wizard.getState();
  const saved = await wizard.save();
  const well = ending === null && (result === null || result.exitCode === 0);
  const lines = [
    ...(result?.error
      ? renderError(result.error, style, result.log === undefined ? {} : { log: result.log })
      : result
        ? wrap(result.message, style.width)
        : [formatNoResult(run)]),
    ...(run.checks.length === 0 ? [] : ['', ...renderChecks(run.checks, style), '']),
    ...(result?.restorePoint === undefined ? [] : [`Restore point: ${result.restorePoint}`]),
    ...formatRunningTrial(result, Date.now()),
    ...formatFarewell(saved, well ? null : (result?.resume ?? options.resumeCommand)),
  ];
  for (const line of lines) writeLine('stdout', line);
  return 'how' in saved && saved.how === 'written' ? saved.path : null;
}

/** Runs the wizard on the full screen of this process's terminal. */
export async function runInkWizard(backend: WizardBackend, options: WizardOptions): Promise<WizardResult> {
  const wizard = createWizard({ backend, options, now: Date.now, interrupter: () => createInterrupter() });
  // A terminal that closes may send its signal late or twice: it must not end the process before the answers are saved.
  const off = onTermination(() => {});
  try {
    const ending = await withTerminal(() => mount(wizard, options));
    wizard.cancelWork();
    // A trial is being ended: its result is the outcome.
    await stopRun(wizard);
    const answersPath = await sayGoodbye(wizard, options, ending);
    const { result } = wizard.getState();
    return { exitCode: ending ?? result?.exitCode ?? EXIT.done, outcome: result?.outcome ?? 'unchanged', answersPath };
  } finally {
    off();
  }
}
