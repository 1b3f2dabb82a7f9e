/** One command on one machine, from its start to its end, however it ends. */

import { WizardError } from '../core/errors.js';
import { shown } from '../core/names.js';
import { remedy, sh } from '../core/remedy.js';
import type { Secret } from '../core/secret.js';
import { deferred } from './deferred.js';
import type { Cmd, CmdResult, RunAs, RunOptions } from './executor.js';
import { type Frame, FrameReader } from './frame.js';
import { NOISE, OUTPUT, sizeText } from './limits.js';
import { signalCode } from './local.js';
import { type Login, lastLines, needsPassword, sudoRefused } from './sudo.js';
import type { Channel, Ended } from './transport.js';

export const DEFAULT_TIMEOUT_MS = 60_000;
/** Extra time in which the machine itself ends the command and reports that. */
const GRACE_MS = 8_000;

export interface RunContext {
  readonly node: string;
  readonly login: Login;
  readonly channel: Channel;
  readonly framed: Frame;
  readonly cmd: Cmd;
  readonly as: RunAs;
  readonly options: RunOptions;
  readonly started: number;
  readonly password: Secret | null;
  /** Ends the command on its machine, by the process id of its shell. */
  readonly endThere: (pid: number) => void;
}

/** Writes the input of a started command, reads its output, and reports how it ended. */
export class Run {
  readonly #context: RunContext;
  readonly #out: FrameReader;
  readonly #err: FrameReader;
  readonly #done = deferred<CmdResult>();
  readonly #timers: NodeJS.Timeout[] = [];
  #cancelled = false;
  #full = false;

  constructor(context: RunContext) {
    this.#context = context;
    const { onLine, maxBytes } = context.options;
    this.#out = new FrameReader(context.framed, { maxBytes, onLine: onLine && ((line) => onLine(line, 'stdout')), onBegin: () => this.#feed() });
    this.#err = new FrameReader(context.framed, { maxBytes, onLine: onLine && ((line) => onLine(line, 'stderr')) });
  }

  async result(): Promise<CmdResult> {
    const { channel, options } = this.#context;
    channel.onStdout((chunk) => this.#take(this.#out, chunk));
    channel.onStderr((chunk) => this.#take(this.#err, chunk));
    const timeoutMs = (options.timeoutMs ?? DEFAULT_TIMEOUT_MS) + GRACE_MS;
    this.#after(timeoutMs, () => this.#giveUp(timedOut(this.#context, false)));
    const onAbort = (): void => this.#abort();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    if (options.signal?.aborted) onAbort();
    this.#begin();
    channel.ended.then(
      (ended) => this.#ended(ended),
      (error: unknown) => this.#done.reject(error),
    );
    try {
      return await this.#done.promise;
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      for (const timer of this.#timers) clearTimeout(timer);
    }
  }

  /** The password is written first; the command's input only after the command has started. */
  #begin(): void {
    const { channel, framed, login, as, password } = this.#context;
    if (!needsPassword(login, as)) {
      this.#input(framed.key);
      return;
    }
    channel.write(`${password?.reveal() ?? ''}\n`);
    this.#after(30_000, () => {
      if (this.#out.state === 'before') this.#giveUp(sudoRefused(this.#context.node, login.user, this.#err.noise(), password?.name));
    });
  }

  #feed(): void {
    const { framed } = this.#context;
    if (framed.sync !== null) this.#input(framed.sync, framed.key);
  }

  /** Lines for the frame's own script, then the command's input, all of it. */
  #input(...lines: readonly string[]): void {
    const { channel, cmd } = this.#context;
    channel.write(`${lines.join('\n')}\n`);
    if (cmd.stdin !== undefined) channel.write(cmd.stdin);
    channel.end();
  }

  #take(reader: FrameReader, chunk: Buffer): void {
    // Output that arrives while the command is being stopped is dropped.
    if (this.#full) return;
    reader.push(chunk);
    if (reader.full !== null) {
      this.#full = true;
      this.#giveUp(tooMuch(this.#context, reader.full));
      return;
    }
    const { login, as, node, channel, password } = this.#context;
    if (this.#err.state === 'before' && needsPassword(login, as) && /try again/i.test(this.#err.noise()))
      this.#giveUp(sudoRefused(node, login.user, this.#err.noise(), password?.name));
    // Both marks seen: the command is over, even if a process it left behind still holds the channel open.
    if (this.#out.code === null || this.#err.code === null) return;
    this.#done.resolve(this.#result(this.#out.code));
    setTimeout(() => channel.destroy(), 2000).unref();
  }

  #ended(ended: Ended): void {
    const { options, started, node, cmd } = this.#context;
    const timeIsOver = performance.now() - started >= (options.timeoutMs ?? DEFAULT_TIMEOUT_MS) - 500;
    if (this.#cancelled) this.#done.reject(cancelled(node, cmd));
    else if (this.#out.code !== null) this.#done.resolve(this.#result(this.#out.code));
    else if (this.#out.state === 'before') this.#done.reject(notStarted(this.#context, `${this.#out.noise()}\n${this.#err.noise()}`, ended));
    else if (timeIsOver && (ended.code === 124 || ended.code === 137)) this.#done.reject(timedOut(this.#context, true));
    else this.#done.resolve(this.#result(ended.code ?? signalCode(ended.signal)));
  }

  #result(code: number): CmdResult {
    return { code, stdout: this.#out.text(), stderr: this.#err.text(), ms: Math.round(performance.now() - this.#context.started) };
  }

  #abort(): void {
    const { node, cmd } = this.#context;
    this.#cancelled = true;
    this.#end();
    this.#after(3000, () => this.#giveUp(cancelled(node, cmd)));
  }

  #giveUp(error: WizardError): void {
    this.#done.reject(error);
    this.#end();
    this.#context.channel.destroy();
  }

  #end(): void {
    const { channel, endThere } = this.#context;
    if (this.#out.pid === null) channel.terminate();
    else if (this.#out.code === null) endThere(this.#out.pid);
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms));
  }
}

/** The command never started: find out why. */
function notStarted(context: RunContext, noise: string, ended: Ended): WizardError {
  const { node, login, as, password } = context;
  const evidence = lastLines(noise);
  const raised = login.uid > 0 && as !== 'login';
  if (/user .* does not exist|no such user|unknown user|invalid user/i.test(noise) && typeof as === 'object') {
    return new WizardError('not-allowed', `The user ${as.user} does not exist on ${node}.`, { nodes: [node], evidence });
  }
  if (raised) return sudoRefused(node, login.user, noise, password?.name);
  return new WizardError(
    'not-allowed',
    `The login on ${node} cannot run commands: it ended with ${ended.code === null ? `signal ${shown(ended.signal, 20)}` : `exit code ${ended.code}`} before the command started.`,
    {
      nodes: [node],
      evidence,
      remedies: [
        remedy`Check that the account has a shell and no forced command, on ${node}: ${sh`getent passwd ${login.user || 'USER'}`}`,
        remedy`Check that ${node} has /bin/sh, printf and timeout (coreutils).`,
      ],
    },
  );
}

function timedOut(context: RunContext, endedThere: boolean): WizardError {
  const seconds = Math.round((context.options.timeoutMs ?? DEFAULT_TIMEOUT_MS) / 1000);
  const fate = endedThere ? 'it was stopped there' : 'it may still be running there';
  return new WizardError('timeout', `Timed out on ${context.node} after ${seconds} s; ${fate}: ${describe(context.cmd)}`, { nodes: [context.node] });
}

function tooMuch({ node, cmd, options }: RunContext, what: 'noise' | 'output'): WizardError {
  if (what === 'output') return outputLimit(node, describe(cmd), options.maxBytes ?? OUTPUT.any);
  return outputLimit(node, describe(cmd), NOISE.most, 'before the command started');
}

/** `bytes`: the limit that was passed. `where`: which output, when it is not the command's own. */
export function outputLimit(node: string, what: string, bytes: number, where?: string): WizardError {
  const place = where === undefined ? '' : ` ${where}`;
  return new WizardError('output-limit', `${node} printed more than ${sizeText(bytes)}${place}; the command was stopped: ${what}`, {
    nodes: [node],
    remedies: [
      remedy`Check the shell start-up files, PHP and system tools of ${node} for endless output, then run the same command again.`,
      remedy`If ${node} cannot be trusted, exclude it: set "state: out" for it in the answers.`,
    ],
  });
}

export function cancelled(node: string, cmd: Cmd): WizardError {
  return new WizardError('cancelled', `Cancelled on ${node}: ${describe(cmd)}`, { nodes: [node] });
}

/** A command in a few words: scripts by their name, PHP without its settings. */
export function describe(cmd: Cmd): string {
  const [name, flag, , title, ...rest] = cmd.argv;
  const words = name === 'sh' && flag === '-c' && title !== undefined ? [title, ...rest] : cmd.argv;
  const line = words
    .filter((word, at) => word !== '-d' && words[at - 1] !== '-d')
    .join(' ')
    .replaceAll(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}
