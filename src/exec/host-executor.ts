/** The Executor over any transport: framing, becoming root, time limits, cancelling. */

import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { ClusterNode } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import { remedy, sh } from '../core/remedy.js';
import type { Secret } from '../core/secret.js';
import { readPackageFile } from '../local/package-files.js';
import type { Cmd, CmdResult, Executor, RunAs, RunOptions } from './executor.js';
import { type Frame, frame } from './frame.js';
import { cancelled, DEFAULT_TIMEOUT_MS, describe, Run } from './run.js';
import { anyShell, type Script, shellArgv } from './shell.js';
import { END_SCRIPT, isLogin, type Login, lastLines, needsPassword, PATH, readWho, WHO_SCRIPT, wrap } from './sudo.js';
import type { Channel, Transport } from './transport.js';
import { asWebUser } from './web-user.js';

/** A single argument may be at most 128 KiB on Linux. */
const MAX_LINE_BYTES = 120_000;

/** Ends a command on its machine: process id of its shell, its mark, as whom it runs. */
type EndThere = (pid: number, mark: string, as: RunAs) => void;

/** A command that waits for its channel can be stopped too: a channel that opens later is closed. */
function unlessStopped(starting: Promise<Channel>, signal: AbortSignal | undefined, error: () => WizardError): Promise<Channel> {
  if (signal === undefined) return starting;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(error());
      starting.then(
        (channel) => {
          channel.terminate();
          channel.destroy();
        },
        () => {},
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    starting.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

export interface HostExecutorOptions {
  readonly node: ClusterNode;
  readonly transport: Transport;
  /** The password that sudo wants, when the answers name one. */
  readonly sudoPassword: Secret | null;
  readonly templatesDir: string;
}

/** Finds out the user of the login and how it gets root privileges. @throws WizardError `not-allowed`, `sudo-refused`, `link-lost`, `timeout` */
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
  #asUserText: Script | undefined;

  constructor(options: HostExecutorOptions, login: Login) {
    this.node = options.node;
    this.#options = options;
    this.#login = login;
  }

  /** Asks for the user. The only command that keeps the HOME of the login. */
  async probe(): Promise<CmdResult> {
    const framed = frame(['sh', '-c', WHO_SCRIPT], { stdin: false, shared: false });
    return this.#execute(`export PATH=${PATH} LC_ALL=C\n${framed.script}`, framed, { argv: ['id'] }, 'login', { timeoutMs: 30_000 }, (pid, mark, as) =>
      this.#endThere(pid, mark, as),
    );
  }

  run(cmd: Cmd, options: RunOptions = {}): Promise<CmdResult> {
    return this.#run(cmd, options, (pid, mark, as) => this.#endThere(pid, mark, as));
  }

  async #run(cmd: Cmd, options: RunOptions, endThere: EndThere): Promise<CmdResult> {
    const as = options.as ?? 'login';
    if (typeof as === 'object') asWebUser(as.user, this.node.name);
    const password = needsPassword(this.#login, as);
    const framed = frame(cmd.argv, { stdin: cmd.stdin !== undefined, shared: password });
    const script = wrap(this.#login, as, framed.script, {
      env: cmd.env ?? {},
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      asUser: this.#asUser(),
    });
    return this.#execute(script, framed, cmd, as, options, endThere);
  }

  async #execute(script: string, framed: Frame, cmd: Cmd, as: RunAs, options: RunOptions, endThere: EndThere): Promise<CmdResult> {
    const { node } = this;
    const size = anyShell(script).length;
    if (size > MAX_LINE_BYTES) throw new Error(`a command line of ${size} bytes: long data belongs on stdin (${describe(cmd)})`);
    if (options.signal?.aborted) throw cancelled(node.name, cmd);
    const started = performance.now();
    const channel = await unlessStopped(this.#options.transport.start(script), options.signal, () => cancelled(node.name, cmd));
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
      endThere: (pid) => endThere(pid, framed.begin, as),
    }).result();
  }

  /** The one way to another user, read when it is first needed. */
  #asUser(): Script {
    this.#asUserText ??= readPackageFile(`${this.#options.templatesDir}/sh/as-user.sh`).toString('utf8');
    return this.#asUserText;
  }

  /** Best effort: the machine's own `timeout` ends the command in any case. What ends it is not ended in turn, or an unresponsive node would be asked forever. */
  #endThere(pid: number, mark: string, as: RunAs): void {
    const options = { as: isLogin(this.#login, as) ? 'login' : 'root', timeoutMs: 10_000 } as const;
    void this.#run({ argv: shellArgv(END_SCRIPT, 'end', [String(pid), mark]) }, options, () => {}).catch(() => {});
  }

  async putFile(
    path: string,
    content: string | Buffer,
    attributes: { readonly mode: number; readonly owner?: string; readonly group?: string },
  ): Promise<void> {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content, 'utf8');
    const script = readPackageFile(`${this.#options.templatesDir}/sh/put-file.sh`).toString('utf8');
    const args = [path, attributes.mode.toString(8).padStart(4, '0'), attributes.owner ?? 'root', attributes.group ?? 'root'];
    const sum = createHash('sha256').update(bytes).digest('hex');
    const result = await this.run({ argv: shellArgv(script, 'put-file', args), stdin: Buffer.concat([Buffer.from(`${sum}\n`), bytes]) }, { as: 'root' });
    if (result.code === 0) return;
    throw new WizardError('change-failed', `Cannot write ${path} on ${this.node.name}: ${lastLines(result.stderr).at(-1) ?? `exit code ${result.code}`}`, {
      nodes: [this.node.name],
      evidence: lastLines(result.stderr),
      remedies: [remedy`Check the folder on ${this.node.name}: ${sh`ls -ld ${dirname(path)}; df ${dirname(path)}`}`],
    });
  }

  async close(): Promise<void> {
    await this.#options.transport.close();
  }
}
