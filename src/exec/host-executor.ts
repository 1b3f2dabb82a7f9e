/** The Executor over any transport: framing, becoming root, time limits, cancelling. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClusterNode } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import type { Secret } from '../core/secret.js';
import { deferred } from './deferred.js';
import type { Cmd, CmdResult, Executor, RunAs, RunOptions } from './executor.js';
import { type Frame, FrameReader, frame } from './frame.js';
import { signalCode } from './local.js';
import { shellArgv } from './shell.js';
import { END_SCRIPT, type Login, lastLines, needsPassword, readWho, sudoRefused, WHO_SCRIPT, wrap } from './sudo.js';
import type { Channel, Ended, Transport } from './transport.js';

const DEFAULT_TIMEOUT_MS = 60_000;
/** What the machine gets on top to end the command itself and tell us. */
const GRACE_MS = 8_000;
/** A single argument may be at most 128 KiB on Linux; quoting makes it longer. */
const MAX_SCRIPT_BYTES = 120_000;

export interface HostExecutorOptions {
  readonly node: ClusterNode;
  readonly transport: Transport;
  /** The password that sudo wants, when the answers name one. */
  readonly sudoPassword: Secret | null;
  readonly templatesDir: string;
}

/** Finds out who we are there and how root is reached. @throws WizardError `not-allowed`, `sudo-refused`, `link-lost`, `timeout` */
export async function hostExecutor(options: HostExecutorOptions): Promise<Executor> {
  const guest: Login = { user: '', uid: -1, home: '/', elevation: 'none' };
  const who = await new HostExecutor(options, guest).probe();
  const login = readWho(options.node.name, who.stdout, who.stderr, options.node.ssh.sudo);
  const executor = new HostExecutor(options, login);
  if (login.elevation === 'sudo-password') await executor.run({ argv: ['true'] }, { as: 'root', timeoutMs: 30_000 });
  return executor;
}

class HostExecutor implements Executor {
  readonly node: ClusterNode;
  readonly #options: HostExecutorOptions;
  readonly #login: Login;

  constructor(options: HostExecutorOptions, login: Login) {
    this.node = options.node;
    this.#options = options;
    this.#login = login;
  }

  /** Who is there? The one command that keeps the login's own HOME. */
  async probe(): Promise<CmdResult> {
    const framed = frame(['sh', '-c', WHO_SCRIPT], { stdin: false, shared: false });
    return this.#execute(`export LC_ALL=C; ${framed.script}`, framed, { argv: ['id'] }, 'login', { timeoutMs: 30_000 });
  }

  async run(cmd: Cmd, options: RunOptions = {}): Promise<CmdResult> {
    const as = options.as ?? 'login';
    const password = needsPassword(this.#login, as);
    const framed = frame(cmd.argv, { stdin: cmd.stdin !== undefined, shared: password });
    const script = wrap(this.#login, as, framed.script, { env: cmd.env ?? {}, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS });
    return this.#execute(script, framed, cmd, as, options);
  }

  async #execute(script: string, framed: Frame, cmd: Cmd, as: RunAs, options: RunOptions): Promise<CmdResult> {
    const { node } = this;
    if (Buffer.byteLength(script) > MAX_SCRIPT_BYTES)
      throw new Error(`arguments of ${Buffer.byteLength(script)} bytes: long data belongs on stdin (${describe(cmd)})`);
    if (options.signal?.aborted) throw cancelled(node.name, cmd);
    const started = performance.now();
    const channel = await this.#options.transport.start(script);
    const endThere = (pid: number): void => this.#endThere(pid, framed.begin, as);
    return new Run({
      node: node.name,
      login: this.#login,
      channel,
      framed,
      cmd,
      as,
      options,
      started,
      password: this.#options.sudoPassword,
      endThere,
    }).result();
  }

  /** Best effort: the machine's own `timeout` ends the command in any case. */
  #endThere(pid: number, mark: string, as: RunAs): void {
    void this.run({ argv: shellArgv(END_SCRIPT, 'end', [String(pid), mark]) }, { as: as === 'login' ? 'login' : 'root', timeoutMs: 10_000 }).catch(() => {});
  }

  async putFile(
    path: string,
    content: string | Buffer,
    attributes: { readonly mode: number; readonly owner?: string; readonly group?: string },
  ): Promise<void> {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content, 'utf8');
    const script = readFileSync(`${this.#options.templatesDir}/sh/put-file.sh`, 'utf8');
    const args = [
      path,
      attributes.mode.toString(8).padStart(4, '0'),
      attributes.owner ?? 'root',
      attributes.group ?? 'root',
      createHash('sha256').update(bytes).digest('hex'),
    ];
    const result = await this.run({ argv: shellArgv(script, 'put-file', args), stdin: bytes }, { as: 'root' });
    if (result.code === 0) return;
    throw new WizardError('change-failed', `${path} on ${this.node.name} was not written: ${lastLines(result.stderr).at(-1) ?? `exit code ${result.code}`}`, {
      nodes: [this.node.name],
      evidence: lastLines(result.stderr),
      remedies: [`Look at it there: ls -ld ${path.slice(0, path.lastIndexOf('/')) || '/'}; df ${path.slice(0, path.lastIndexOf('/')) || '/'}`],
    });
  }

  async close(): Promise<void> {
    await this.#options.transport.close();
  }
}

interface RunContext {
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

/** One command from its start to its end, however it ends. */
class Run {
  readonly #context: RunContext;
  readonly #out: FrameReader;
  readonly #err: FrameReader;
  readonly #done = deferred<CmdResult>();
  readonly #timers: NodeJS.Timeout[] = [];
  #cancelled = false;

  constructor(context: RunContext) {
    this.#context = context;
    const { onLine } = context.options;
    this.#out = new FrameReader(context.framed, { onLine: onLine && ((line) => onLine(line, 'stdout')), onBegin: () => this.#feed() });
    this.#err = new FrameReader(context.framed, { onLine: onLine && ((line) => onLine(line, 'stderr')) });
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

  /** The password goes first; the command's own input only when the command is there to read it. */
  #begin(): void {
    const { channel, cmd, login, as, password } = this.#context;
    if (!needsPassword(login, as)) {
      if (cmd.stdin !== undefined) channel.write(cmd.stdin);
      channel.end();
      return;
    }
    channel.write(`${password?.reveal() ?? ''}\n`);
    this.#after(30_000, () => {
      if (this.#out.state === 'before') this.#giveUp(sudoRefused(this.#context.node, login.user, this.#err.noise()));
    });
    if (cmd.stdin === undefined) channel.end();
  }

  #feed(): void {
    const { channel, cmd, framed } = this.#context;
    if (framed.sync === null || cmd.stdin === undefined) return;
    channel.write(`${framed.sync}\n`);
    channel.write(cmd.stdin);
    channel.end();
  }

  #take(reader: FrameReader, chunk: Buffer): void {
    reader.push(chunk);
    const { login, as, node, channel } = this.#context;
    if (this.#err.state === 'before' && needsPassword(login, as) && /try again/i.test(this.#err.noise()))
      this.#giveUp(sudoRefused(node, login.user, this.#err.noise()));
    // Both marks seen: the command is over, even if a process it left behind still holds the channel open.
    if (this.#out.code === null || this.#err.code === null) return;
    this.#done.resolve(this.#told(this.#out.code));
    setTimeout(() => channel.destroy(), 2000).unref();
  }

  #ended(ended: Ended): void {
    const { options, started, node, cmd } = this.#context;
    if (this.#cancelled) return this.#done.reject(cancelled(node, cmd));
    if (this.#out.code !== null) return this.#done.resolve(this.#told(this.#out.code));
    if (this.#out.state === 'before') return this.#done.reject(notStarted(this.#context, `${this.#out.noise()}\n${this.#err.noise()}`, ended));
    const timeIsOver = performance.now() - started >= (options.timeoutMs ?? DEFAULT_TIMEOUT_MS) - 500;
    if (timeIsOver && (ended.code === 124 || ended.code === 137)) return this.#done.reject(timedOut(this.#context, true));
    this.#done.resolve(this.#told(ended.code ?? signalCode(ended.signal)));
  }

  #told(code: number): CmdResult {
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

/** The command was never begun: who stopped it? */
function notStarted(context: RunContext, noise: string, ended: Ended): WizardError {
  const { node, login, as } = context;
  const evidence = lastLines(noise);
  const raised = login.uid > 0 && as !== 'login';
  if (/user .* does not exist|no such user|unknown user|invalid user/i.test(noise) && typeof as === 'object') {
    return new WizardError('not-allowed', `There is no user ${as.user} on ${node}.`, { nodes: [node], evidence });
  }
  if (raised) return sudoRefused(node, login.user, noise);
  return new WizardError(
    'not-allowed',
    `The login on ${node} runs no command: it ended with ${ended.code ?? `signal ${ended.signal}`} before anything began.`,
    {
      nodes: [node],
      evidence,
      remedies: [
        `The account may have no shell, a forced command or a restricted one: getent passwd ${login.user || 'USER'} on ${node}.`,
        'It needs /bin/sh, printf and timeout (coreutils) there.',
      ],
    },
  );
}

function timedOut(context: RunContext, endedThere: boolean): WizardError {
  const seconds = Math.round((context.options.timeoutMs ?? DEFAULT_TIMEOUT_MS) / 1000);
  const fate = endedThere ? 'it was ended there' : 'whether it ended there is not known';
  return new WizardError('timeout', `No end on ${context.node} after ${seconds} s, ${fate}: ${describe(context.cmd)}`, { nodes: [context.node] });
}

function cancelled(node: string, cmd: Cmd): WizardError {
  return new WizardError('cancelled', `Cancelled on ${node}: ${describe(cmd)}`, { nodes: [node] });
}

/** A command in a few words: scripts by their name. */
export function describe(cmd: Cmd): string {
  const [name, flag, , title, ...rest] = cmd.argv;
  const words = name === 'sh' && flag === '-c' && title !== undefined ? [title, ...rest] : cmd.argv;
  const line = words.join(' ').replaceAll(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}
