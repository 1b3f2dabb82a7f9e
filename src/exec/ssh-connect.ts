/** Opens one SSH connection, through its jump hosts, with a separate error for each cause of failure. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, NodeSSH } from 'node-ssh';
import type { AnyAuthMethod, Client, ClientCallback, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import type { SshSettings } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import { quoted } from '../core/names.js';
import { type Remedy, remedy, sh } from '../core/remedy.js';
import { hostKeyCheck } from './hostkey.js';
import { type AskPassphrase, loginRefused, type ParseKey, planAuth } from './ssh-auth.js';
import { portOption, type SshTarget } from './ssh-target.js';

const TCP_TIMEOUT_MS = 10_000;
const READY_TIMEOUT_MS = 30_000;
/** What a server may take to open a session or a forwarded connection. ssh2 itself has no limit. */
const OPEN_TIMEOUT_MS = 30_000;

export interface ConnectDeps {
  readonly node: string;
  readonly hostKeys: SshSettings['hostKeys'];
  readonly askPassphrase: AskPassphrase;
  /** Receives a message for the log: a host key was added. */
  readonly notice: (message: string) => void;
  /** Stops connecting: nothing of the host is kept, and no password is sent. */
  readonly signal?: AbortSignal;
  /** Milliseconds; default `OPEN_TIMEOUT_MS`. For tests. */
  readonly openTimeoutMs?: number;
}

/** Waits for an answer of the server. @throws the error of `silent` when none arrives in time */
export async function unlessSilent<T>(answer: Promise<T>, silent: () => WizardError, ms: number = OPEN_TIMEOUT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(silent()), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Link {
  readonly client: Client;
  /** Closes the connection and those it passes through. */
  close(): void;
}

/** Waits between attempts when a server closes the connection immediately: sshd does so at random when many clients log in at once (MaxStartups). */
const PATIENCE_MS = [500, 1500, 3000] as const;

/** As `connectOnce`, with further attempts while the server is too busy. */
export async function connect(target: SshTarget, deps: ConnectDeps): Promise<Link> {
  for (const wait of PATIENCE_MS) {
    try {
      return await connectOnce(target, deps);
    } catch (error) {
      if (!(error instanceof WizardError && error.code === 'host-unreachable' && hungUp(error.cause))) throw error;
      await sleep(wait);
    }
  }
  return connectOnce(target, deps);
}

function hungUp(cause: unknown): boolean {
  return /lost before handshake|no response from server|ECONNRESET|EPIPE/i.test(
    `${(cause as Error | undefined)?.message} ${(cause as NodeJS.ErrnoException | undefined)?.code}`,
  );
}

/** One connection, keepalive on, with error listeners of its own. @throws WizardError `host-unreachable`, `host-key-*`, `login-refused` */
async function connectOnce(target: SshTarget, deps: ConnectDeps): Promise<Link> {
  const links: Client[] = [];
  const close = (): void => {
    for (const client of [...links].reverse()) {
      client.end();
      // A frozen server never confirms the end.
      setTimeout(() => client.destroy(), 2000).unref();
    }
  };
  try {
    let sock: Duplex | null = null;
    for (const hop of target.via) {
      links.push(await atJumpHost(hop, deps.node, async () => login(hop, sock ?? (await openSocket(hop, deps)), deps)));
      const next = target.via[links.length] ?? target;
      sock = await forward(links[links.length - 1] as Client, hop, next, deps);
    }
    const client = await login(target, sock ?? (await openSocket(target, deps)), deps);
    links.push(client);
    return { client, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Errors of a jump host name it as such. */
async function atJumpHost<T>(hop: SshTarget, node: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WizardError)) throw error;
    const { code, message, nodes, remedies, evidence, cause } = error;
    throw new WizardError(code, `Jump host ${hop.alias} for ${node}: ${message}`, { nodes, remedies, evidence, cause });
  }
}

async function openSocket(target: SshTarget, deps: ConnectDeps): Promise<Duplex> {
  if (target.proxyCommand !== null) return viaCommand(target.proxyCommand, deps.signal);
  return new Promise<Socket>((resolve, reject) => {
    const socket = createConnection({ host: target.host, port: target.port, noDelay: true, ...(deps.signal ? { signal: deps.signal } : {}) });
    const timer = setTimeout(() => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })), TCP_TIMEOUT_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeListener('error', fail);
      resolve(socket);
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(unreachable(target, deps, error));
    };
    socket.once('error', fail);
  });
}

const PASSED_TO_PROXY = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TERM', 'SSH_AUTH_SOCK', 'XDG_RUNTIME_DIR'];

/** The environment of a ProxyCommand: agent and home, but no secret that the answers read from the environment. */
export function proxyEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(PASSED_TO_PROXY.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** The command of ProxyCommand, as OpenSSH runs it: its input and output are the connection. It has a session of its own, so it reaches no terminal. */
function viaCommand(proxyCommand: string, signal: AbortSignal | undefined): Duplex {
  const child = spawn('/bin/sh', ['-c', `exec ${proxyCommand}`], { env: proxyEnvironment(process.env), stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const duplex = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.on('error', (error) => duplex.destroy(error));
  duplex.on('close', () => endGroup(child));
  signal?.addEventListener('abort', () => duplex.destroy(), { once: true });
  return duplex;
}

/** Ends a detached child and what it has started. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // Its process group has already ended.
  }
}

function forward(client: Client, hop: SshTarget, next: SshTarget, deps: ConnectDeps): Promise<Duplex> {
  const opened = new Promise<Duplex>((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, next.host, next.port, (error, stream) => {
      if (!error) return resolve(stream);
      reject(
        new WizardError(
          'host-unreachable',
          `Cannot reach ${deps.node}: the jump host ${hop.host} cannot connect to ${next.host}:${next.port} (${quoted(error.message)}).`,
          {
            nodes: [deps.node],
            cause: error,
            remedies: [
              remedy`Test the connection: ${sh`ssh -W ${next.host}:${next.port} ${hop.user}@${hop.alias}`}`,
              remedy`Check AllowTcpForwarding in the sshd configuration of ${hop.host}.`,
            ],
          },
        ),
      );
    });
  });
  const silent = (): WizardError =>
    new WizardError(
      'host-unreachable',
      `Cannot reach ${deps.node}: the jump host ${hop.host} did not open a connection to ${next.host}:${next.port} in time.`,
      {
        nodes: [deps.node],
        remedies: [remedy`Test the connection: ${sh`ssh -W ${next.host}:${next.port} ${hop.user}@${hop.alias}`}`],
      },
    );
  return unlessSilent(opened, silent, deps.openTimeoutMs);
}

async function login(target: SshTarget, sock: Duplex, deps: ConnectDeps): Promise<Client> {
  const { NodeSSH } = await import('node-ssh');
  const ssh2 = (await import('ssh2')).default;
  const parseKey: ParseKey = (text, passphrase) => parsed(ssh2.utils.parseKey(text, passphrase));
  const [check, auth] = await Promise.all([hostKeyCheck(deps.node, target, deps.hostKeys), planAuth(deps.node, target, parseKey, deps.askPassphrase)]).catch(
    (error: unknown) => {
      sock.destroy();
      throw error;
    },
  );
  const attempts = [...auth.attempts];
  let methods: readonly string[] = [];
  const config: ConnectConfig = {
    sock,
    username: target.user,
    algorithms: { serverHostKey: check.algorithms as ServerHostKeyAlgorithm[] },
    hostVerifier: (blob: Buffer) => check.verify(blob),
    authHandler: (left, _partial, next) => {
      if (left !== null) methods = left;
      const attempt = methods.length > 0 && !methods.includes('publickey') ? undefined : attempts.shift();
      // Typed as if only objects were allowed; `false` is how the list ends.
      (next as (method: AnyAuthMethod | false) => void)((attempt as AnyAuthMethod | undefined) ?? false);
    },
    keepaliveInterval: 10_000,
    keepaliveCountMax: 3,
    readyTimeout: READY_TIMEOUT_MS,
  };
  const ssh = new NodeSSH();
  const client = await ready(ssh, config).catch((error: unknown) => {
    sock.destroy();
    if (/no matching host key/i.test((error as Error).message)) throw check.otherTypes(error);
    throw check.refusal() ?? (isAuthError(error) ? loginRefused(deps.node, target, auth, methods, error) : unreachable(target, deps, error));
  });
  if (deps.signal?.aborted) {
    client.destroy();
    throw new WizardError('cancelled', `Connecting to ${deps.node} was cancelled.`, { nodes: [deps.node] });
  }
  const added = await check.keep();
  if (added !== null) deps.notice(added);
  return client;
}

/** node-ssh drops its error listener when the connection is ready: ours is there before, so a reset is never an uncaught exception. */
async function ready(ssh: NodeSSH, config: ConnectConfig): Promise<Client> {
  // Its types do not know exactOptionalPropertyTypes.
  const connecting = ssh.connect(config as Config);
  const client = ssh.connection;
  client?.setMaxListeners(64);
  client?.on('error', () => {});
  await connecting;
  if (!client) throw new Error('the connection was closed immediately');
  return client;
}

function parsed(key: unknown): ReturnType<ParseKey> {
  if (!(key instanceof Error)) return { state: 'ok' };
  return /encrypted/i.test(key.message) ? { state: 'encrypted' } : { state: 'bad', reason: key.message };
}

function isAuthError(error: unknown): boolean {
  return (error as { level?: string }).level === 'client-authentication';
}

/** Opens a session channel of a connection. */
export function openSession(client: Client, line: string, callback: ClientCallback): void {
  client.exec(line, callback);
}

const WHY: Readonly<Record<string, (target: SshTarget) => { readonly why: string; readonly remedy: Remedy }>> = {
  ENOTFOUND: (t) => ({
    why: `unknown host name "${t.host}"`,
    remedy: remedy`Correct "host" in the answers, or check the name: ${sh`getent hosts ${t.host}`}`,
  }),
  EAI_AGAIN: (t) => ({
    why: `cannot resolve "${t.host}" (no answer from DNS)`,
    remedy: remedy`Correct "host" in the answers, or check the name service: ${sh`getent hosts ${t.host}`}`,
  }),
  ECONNREFUSED: (t) => ({
    why: `connection refused: nothing listens on port ${t.port}`,
    remedy: remedy`Check sshd there: systemctl status ssh sshd. Check the port: ${sh`ssh -G ${t.alias}`} | grep ^port`,
  }),
  ETIMEDOUT: (t) => ({
    why: `no response from ${t.host} port ${t.port} within ${TCP_TIMEOUT_MS / 1000} s (host down, or blocked by a firewall)`,
    remedy: remedy`Check: ${sh`ping ${t.host}; nc -vz ${t.host} ${t.port}`}`,
  }),
  EHOSTUNREACH: (t) => ({ why: `no route to ${t.host}`, remedy: remedy`Check: ${sh`ip route get ${t.host}`}` }),
  ENETUNREACH: (t) => ({ why: `no network to ${t.host}`, remedy: remedy`Check: ${sh`ip route get ${t.host}`}` }),
};

function unreachable(target: SshTarget, deps: ConnectDeps, error: unknown): WizardError {
  const { code, message } = error as { code?: string; message?: string };
  const known = WHY[code ?? '']?.(target);
  return new WizardError(
    'host-unreachable',
    `Cannot reach ${deps.node} (${target.host}:${target.port}): ${known?.why ?? sshProblem(message ?? String(error))}.`,
    {
      nodes: [deps.node],
      cause: error,
      remedies: [...(known ? [known.remedy] : []), remedy`Test the connection: ${sh`ssh -v${portOption(target)} ${target.user}@${target.alias} true`}`],
    },
  );
}

function sshProblem(message: string): string {
  if (/timed out while waiting for handshake/i.test(message)) return `it accepted the connection but did not start SSH within ${READY_TIMEOUT_MS / 1000} s`;
  if (/no response from server|lost before handshake/i.test(message))
    return 'it closed the connection during the SSH handshake (too many connections, or not an SSH server)';
  if (/no matching/i.test(message)) return `no common algorithm with its SSH server (${quoted(message)})`;
  return quoted(message);
}
