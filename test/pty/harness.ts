/** Runs the wizard in a real pseudo-terminal and shows its screen as a terminal would. */

import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { FIXTURE_BUNDLE } from './setup.js';

export interface WizardProcess {
  /** The terminal's model, for pictures. */
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  /** The visible screen, a string a row, without trailing blanks. */
  screen(): readonly string[];
  /** The screen and what scrolled out above it. */
  history(): readonly string[];
  /** Every byte that was written. */
  raw(): string;
  /** The row of the cursor. */
  cursorLine(): string;
  /** The model has taken every byte, and a full-screen frame that is being redrawn is complete. */
  whole(): boolean;
  /** Sends keys as they are. */
  type(keys: string): void;
  /** Waits until a whole screen has the text. @throws with the screen when it does not appear */
  waitFor(text: string | RegExp, options?: WaitOptions): Promise<void>;
  /** Waits until something holds of a whole screen. @throws with the screen when it never does */
  until(holds: () => boolean, what: string, timeoutMs?: number): Promise<void>;
  /** Waits until nothing was written for a while: only for checks that nothing more happens. */
  settle(ms?: number): Promise<void>;
  resize(cols: number, rows: number): void;
  kill(signal: string): void;
  /** Takes the terminal away, as a connection that breaks does. */
  hangUp(): void;
  /** Waits for the end of the process and for the last of its output. @returns exit code and signal */
  exited(timeoutMs?: number): Promise<{ readonly exitCode: number; readonly signal: number | undefined }>;
  readonly pid: number;
}

export const KEY = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  enter: '\r',
  escape: '\u001b',
  ctrlC: '\u0003',
  ctrlD: '\u0004',
  ctrlZ: '\u001a',
  backspace: '\u007f',
  tab: '\t',
  pageDown: '\u001b[6~',
  pageUp: '\u001b[5~',
  space: ' ',
} as const;

const FIXTURE = fileURLToPath(new URL(FIXTURE_BUNDLE, new URL('../../', import.meta.url)));
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));

/** A limit for what never happens, not a pace: a busy machine may take long for what does. */
const LIMIT_MS = 60_000;

export interface WaitOptions {
  readonly timeoutMs?: number;
  /** In what scrolled out above the screen too. */
  readonly anywhere?: boolean;
  /** In everything that was ever drawn: for texts that the next frame may replace before anyone looks. */
  readonly ever?: boolean;
}

export interface SpawnOptions {
  readonly cols?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The environment of a child: ours without what would change what it draws. */
export function childEnv(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { CI: _ci, NO_COLOR: _no, FORCE_COLOR: _force, ACCESSIBLE: _accessible, VITEST: _vitest, NODE_ENV: _env, ...rest } = process.env;
  return {
    ...(Object.fromEntries(Object.entries(rest).filter(([, v]) => v !== undefined)) as Record<string, string>),
    NODE_ENV: 'production',
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    ...more,
  };
}

function lines(terminal: InstanceType<typeof xterm.Terminal>, from: number, to: number): readonly string[] {
  const buffer = terminal.buffer.active;
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => buffer.getLine(from + i)?.translateToString(true) ?? '');
}

/**
 * Reads what a process wrote last, however busy this machine is: the library gives it up 200 ms after the end of the process.
 * @returns what takes the terminal away, as a broken connection does
 */
function keepLastOutput(child: ReturnType<typeof spawn>): () => void {
  // The types lack both; the library's own `kill` leaves the terminal open.
  const { _socket: socket, destroy: takeAway } = child as unknown as { _socket: { destroy(error?: Error): unknown }; destroy(): void };
  const destroy = socket.destroy.bind(socket);
  let gone = false;
  socket.destroy = (error) => (error !== undefined || gone ? destroy(error) : setTimeout(destroy, 5000).unref());
  return () => {
    gone = true;
    takeAway.call(child);
  };
}

/** Starts a command in a terminal. */
export function spawnWizard(command: readonly string[], options: SpawnOptions = {}): WizardProcess {
  const { cols = 80, rows = 24 } = options;
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 5000, allowProposedApi: true });
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cols,
    rows,
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: childEnv(options.env),
    name: options.env?.['TERM'] ?? 'xterm-256color',
  });
  let raw = '';
  let last = Date.now();
  let exit: { readonly exitCode: number; readonly signal: number | undefined } | null = null;
  let unread = 0;
  child.onData((data) => {
    raw += data;
    last = Date.now();
    unread += 1;
    // The model takes what is written later, piece by piece.
    terminal.write(data, () => {
      unread -= 1;
    });
  });
  child.onExit(({ exitCode, signal }) => {
    exit = { exitCode, signal };
  });
  const hangUp = keepLastOutput(child);
  // What a terminal answers to queries goes back to the program, as in life.
  terminal.onData((data) => child.write(data));
  const screen = () => lines(terminal, terminal.buffer.active.baseY, terminal.buffer.active.baseY + terminal.rows);
  const history = () => lines(terminal, 0, terminal.buffer.active.baseY + terminal.rows);
  const row = (at: number) => lines(terminal, at, at + 1)[0] ?? '';
  const cursorAt = () => terminal.buffer.active.baseY + terminal.buffer.active.cursorY;
  /** A full screen hides the cursor, and leaves it below the keys when its frame is complete. */
  const fullScreen = () => raw.lastIndexOf('\u001b[?25l') > raw.lastIndexOf('\u001b[?25h');
  const self: WizardProcess = {
    pid: child.pid,
    terminal,
    screen,
    history,
    raw: () => raw,
    cursorLine: () => row(cursorAt()),
    whole: () => unread === 0 && (!fullScreen() || (terminal.buffer.active.cursorX === 0 && row(cursorAt() - 1).trim() !== '')),
    type: (keys) => child.write(keys),
    waitFor(text, wait = {}) {
      const has = () => {
        const shown = wait.ever ? stripVTControlCharacters(raw) : (wait.anywhere ? history() : screen()).join('\n');
        return typeof text === 'string' ? shown.includes(text) : text.test(shown);
      };
      return self.until(has, `"${String(text)}"`, wait.timeoutMs);
    },
    async until(holds, what, timeoutMs = LIMIT_MS) {
      const end = Date.now() + timeoutMs;
      while (!self.whole() || !holds()) {
        if (Date.now() > end || (exit !== null && unread === 0 && Date.now() - last > 500 && !holds()))
          throw new Error(`${what} did not appear. ${exit ? `It ended with ${exit.exitCode}.` : ''} The screen:\n${screen().join('\n')}`);
        await sleep(20);
      }
    },
    async settle(ms = 150) {
      const from = Date.now();
      while (unread > 0 || Date.now() - Math.max(last, from) < ms) await sleep(20);
    },
    resize(newCols, newRows) {
      terminal.resize(newCols, newRows);
      child.resize(newCols, newRows);
    },
    kill: (signal) => child.kill(signal),
    hangUp,
    async exited(timeoutMs = LIMIT_MS) {
      const end = Date.now() + timeoutMs;
      while (exit === null || unread > 0) {
        if (Date.now() > end) throw new Error(`It did not end. The screen:\n${screen().join('\n')}`);
        await sleep(20);
      }
      return exit;
    },
  };
  return self;
}

/** The command line of the wizard with a backend of fixtures; what is shell syntax in it is quoted. */
export function fixtureCommand(mode: 'ink' | 'plain', fake: object, initial: boolean): readonly string[] {
  return [process.execPath, FIXTURE, mode, `'${JSON.stringify(fake)}'`, initial ? 'initial' : 'fresh'];
}

/** The wizard with a backend of fixtures: `mode` ink or plain, `fake` as JSON. */
export function spawnFixture(mode: 'ink' | 'plain', fake: object = {}, options: SpawnOptions & { readonly initial?: boolean } = {}): WizardProcess {
  return spawnWizard([process.execPath, FIXTURE, mode, JSON.stringify(fake), options.initial ? 'initial' : 'fresh'], options);
}
