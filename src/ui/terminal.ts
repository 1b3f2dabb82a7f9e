/** The terminal: its abilities, the front end for them, and restoring it at the end. With hangup.ts the one file of src/ui that touches `process`. */

import { setMaxListeners } from 'node:events';
import { EXIT } from '../core/errors.js';
import { formatDumbTerminal, formatSmallWindow, PLAIN_REASONS } from './messages.js';
import { PLAIN_STYLE, type RenderStyle } from './text/render-style.js';
import { control, screenStream } from './writer.js';

export interface TerminalFacts {
  readonly stdinTty: boolean;
  readonly stdoutTty: boolean;
  readonly stderrTty: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly term: string;
  /** ACCESSIBLE or INK_SCREEN_READER asks for text that is never redrawn. */
  readonly accessible: boolean;
  /** Variables of a CI are set: Ink would then draw nothing before its end. */
  readonly ci: boolean;
}

export interface FrontendFlags {
  readonly answers?: boolean;
  readonly plain?: boolean;
  readonly screenReader?: boolean;
  readonly noInput?: boolean;
}

export interface FrontendChoice {
  readonly frontend: 'ink' | 'plain' | 'headless';
  /** One line: why it is not the full-screen wizard; null when it is, or when the choice was explicit. */
  readonly reason: string | null;
}

export const MIN_COLUMNS = 60;
export const MIN_ROWS = 15;

type Env = Readonly<Record<string, string | undefined>>;

function wantsAccessible(env: Env): boolean {
  const value = env['ACCESSIBLE'];
  return (value !== undefined && value !== '' && value !== '0' && value !== 'false') || env['INK_SCREEN_READER'] === 'true';
}

function inCi(env: Env): boolean {
  if (env['CI'] === '0' || env['CI'] === 'false') return false;
  return Object.keys(env).some((k) => k === 'CI' || k === 'CONTINUOUS_INTEGRATION' || k.startsWith('CI_'));
}

/** Colour and characters according to an environment. NO_COLOR wins over FORCE_COLOR. */
export function environmentStyle(env: Env, tty: boolean): { readonly colour: boolean; readonly unicode: boolean } {
  const term = env['TERM'] ?? '';
  const off = (env['NO_COLOR'] ?? '') !== '' || env['FORCE_COLOR'] === '0' || env['FORCE_COLOR'] === 'false' || term === 'dumb';
  const forced = (env['FORCE_COLOR'] ?? '') !== '';
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return { colour: !off && (tty || forced), unicode: /utf-?8/i.test(locale) && term !== 'linux' && term !== 'dumb' };
}

/** What this process's terminal can do. */
export function detectTerminal(env: Env = process.env): TerminalFacts {
  const { columns, rows } = terminalSize(env);
  return {
    stdinTty: process.stdin.isTTY === true,
    stdoutTty: process.stdout.isTTY === true,
    stderrTty: process.stderr.isTTY === true,
    columns,
    rows,
    ...environmentStyle(env, process.stdout.isTTY === true),
    term: env['TERM'] ?? '',
    accessible: wantsAccessible(env),
    ci: inCi(env),
  };
}

/** Columns and rows; COLUMNS and LINES where there is no terminal, else 80 × 24. */
export function terminalSize(env: Env = process.env): { readonly columns: number; readonly rows: number } {
  const from = (given: number | undefined, text: string | undefined, fallback: number) => {
    if (given !== undefined && given > 0) return given;
    const parsed = Number.parseInt(text ?? '', 10);
    return parsed > 0 ? parsed : fallback;
  };
  return {
    columns: from(process.stdout.columns ?? process.stderr.columns, env['COLUMNS'], 80),
    rows: from(process.stdout.rows ?? process.stderr.rows, env['LINES'], 24),
  };
}

/** The style of lines on a stream of this process. */
export function streamStyle(stream: 'stdout' | 'stderr', env: Env = process.env): RenderStyle {
  const tty = process[stream].isTTY === true;
  const { colour, unicode } = environmentStyle(env, tty);
  return {
    ...PLAIN_STYLE,
    width: tty ? Math.max(20, terminalSize(env).columns - 1) : Math.max(80, Number.parseInt(env['COLUMNS'] ?? '', 10) || 0),
    colour,
    ascii: !unicode,
  };
}

/** Which front end, and why. */
export function chooseFrontend(terminal: TerminalFacts, flags: FrontendFlags = {}): FrontendChoice {
  if (flags.answers === true || flags.noInput === true) return { frontend: 'headless', reason: null };
  if (!terminal.stdinTty) return { frontend: 'headless', reason: PLAIN_REASONS.notTerminal };
  if (flags.plain === true || flags.screenReader === true || terminal.accessible) return { frontend: 'plain', reason: null };
  const plain = (reason: string): FrontendChoice => ({ frontend: 'plain', reason });
  if (!terminal.stdoutTty) return plain(PLAIN_REASONS.output);
  if (terminal.term === 'dumb' || terminal.term === '') return plain(formatDumbTerminal(terminal.term));
  if (terminal.ci) return plain(PLAIN_REASONS.ci);
  if (terminal.columns < MIN_COLUMNS || terminal.rows < MIN_ROWS) return plain(formatSmallWindow(terminal.columns, terminal.rows, MIN_COLUMNS, MIN_ROWS));
  return { frontend: 'ink', reason: null };
}

type Cleanup = () => void | Promise<void>;
const cleanups = new Set<Cleanup>();

/** Registers what must be done however the process ends. @returns a function that removes it */
export function onCleanup(cleanup: Cleanup): () => void {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/** Runs every registered cleanup once, newest first; a failing one never stops the others. */
export async function runCleanups(): Promise<void> {
  const list = [...cleanups].reverse();
  cleanups.clear();
  for (const cleanup of list) {
    try {
      await cleanup();
    } catch {
      // The process ends anyway: the other cleanups matter more than this error.
    }
  }
}

/**
 * Lends the terminal to an Ink mount or an inquirer prompt and reclaims it afterwards: without ref and resume before each,
 * the second of two in one process ends at once without an answer.
 */
export async function withTerminal<T>(body: () => Promise<T>): Promise<T> {
  const { stdin } = process;
  stdin.ref();
  stdin.resume();
  const restore = () => {
    if (!stdin.isTTY || !stdin.isRaw) return;
    // Still raw: the last user of the terminal did not restore it, and may have hidden the cursor.
    stdin.setRawMode(false);
    if (process.stdout.isTTY) control('showCursor');
  };
  const off = onCleanup(restore);
  try {
    return await body();
  } finally {
    off();
    restore();
    stdin.pause();
    stdin.unref();
  }
}

/** Makes a closed pipe harmless on both streams. Call once at start. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // EPIPE: the reader is gone. EIO: the terminal is gone.
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
}

/** Stops this process as Ctrl+Z does, with the terminal in order; `onResume` runs when it is brought back. */
export function suspend(onResume: () => void): void {
  const { stdin } = process;
  const wasRaw = stdin.isTTY && stdin.isRaw;
  if (wasRaw) stdin.setRawMode(false);
  control('showCursor');
  process.once('SIGCONT', () => {
    if (wasRaw) stdin.setRawMode(true);
    onResume();
  });
  process.kill(process.pid, 'SIGTSTP');
}

/** Keeps Ctrl+Z in cooked mode from stopping the process, and calls back. @returns a function that ends that */
export function refuseSuspend(listener: () => void): () => void {
  process.on('SIGTSTP', listener);
  return () => process.off('SIGTSTP', listener);
}

/** Calls back with the new size whenever the window changes. @returns a function that stops it */
export function onResize(listener: (size: { readonly columns: number; readonly rows: number }) => void): () => void {
  const handler = () => listener(terminalSize());
  process.stdout.on('resize', handler);
  return () => process.stdout.off('resize', handler);
}

/** Listens to SIGINT (Ctrl+C in cooked mode). @returns a function that stops it */
export function onInterrupt(listener: () => void): () => void {
  process.on('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

/** Listens to the signals that end a session; `exitCode` is what each stands for. @returns a function that stops it */
export function onTermination(listener: (exitCode: number) => void): () => void {
  const hup = () => listener(EXIT.hangup);
  const term = () => listener(EXIT.terminated);
  process.on('SIGHUP', hup);
  process.on('SIGTERM', term);
  return () => {
    process.off('SIGHUP', hup);
    process.off('SIGTERM', term);
  };
}

/** Ends the process at once, the terminal in order: the third Ctrl+C. */
export async function leaveNow(exitCode: number): Promise<never> {
  await runCleanups();
  process.exit(exitCode);
}

/** This process's streams, for what must be given them: prompts and line editing. */
export function standardStreams(): { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream } {
  return { stdin: process.stdin, stdout: screenStream(process.stdout) };
}

const TALL = 10_000;

/**
 * Standard output as Ink is to see it: never full, never resized. Ink wipes the scrollback when a frame is as tall as the window,
 * also for a moment after the window shrank; our frames keep within the window, and resizes are ours to follow.
 */
export function stdoutForInk(): NodeJS.WriteStream {
  const { stdout } = process;
  const listen = (name: 'on' | 'off') => (event: string, listener: (...args: unknown[]) => void) =>
    event === 'resize' ? stdout : stdout[name](event, listener);
  return screenStream(stdout, { rows: TALL, on: listen('on'), off: listen('off') });
}

/** Turns the echo off before anything is drawn: a key pressed in between would be echoed into the first frame. */
export function rawFromTheStart(): void {
  if (process.stdin.isTTY) process.stdin.setRawMode(true);
}

/** Clears what can be seen and nothing above it: lines that were reflowed by a narrower window cannot be erased one by one. */
export function clearVisible(): void {
  control('clearVisible');
}

/** The two ends of an interrupted run, fed by keys and by signals alike (craft 2.6). */
export interface Interrupter {
  /** Stop after the current change. */
  readonly gentle: AbortSignal;
  /** Abort now; what was under way is unknown. */
  readonly now: AbortSignal;
  /** One Ctrl+C. @returns which stage it was: 1 gentle, 2 now, 3 leave the process */
  interrupt(): 1 | 2 | 3;
}

/** Counts Ctrl+C: the second must come within three seconds of the first, else it counts as a first again. */
export function createInterrupter(now: () => number = Date.now): Interrupter {
  const gentle = new AbortController();
  const hard = new AbortController();
  setMaxListeners(0, gentle.signal, hard.signal);
  let last = 0;
  return {
    gentle: gentle.signal,
    now: hard.signal,
    interrupt() {
      const at = now();
      const again = gentle.signal.aborted && at - last <= 3000;
      last = at;
      if (hard.signal.aborted) return 3;
      if (!again) {
        gentle.abort();
        return 1;
      }
      hard.abort();
      return 2;
    },
  };
}
