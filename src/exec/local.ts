/** The machine the wizard runs on, through zx. */

import { constants } from 'node:os';
import { quote, type Script } from './shell.js';
import type { Channel, Ended, Transport } from './transport.js';

/** What a child process sees of our environment: nothing that could hold a secret. */
const PASSED_ON = ['HOME', 'USER', 'LOGNAME'] as const;

/** A transport to this machine. `env` is the wizard's own environment; only HOME, USER and LOGNAME pass. */
export function localTransport(env: Readonly<Record<string, string | undefined>>): Transport {
  const childEnv: Record<string, string> = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value !== undefined) childEnv[name] = value;
  }
  return {
    start: (script) => startLocal(script, childEnv),
    close: async () => {},
  };
}

/** zx keeps a second copy of all output for its own result, without a limit; nothing here reads it. */
class KeepsNothing extends Array<never> {
  override push(): number {
    return 0;
  }
}

async function startLocal(script: Script, env: Record<string, string>): Promise<Channel> {
  const { $ } = await import('zx/core');
  // Everything is set here: zx would take its defaults from ZX_* variables and from bash. `halt` gives us the process before it runs.
  const shell = $({
    shell: '/bin/sh',
    prefix: '',
    postfix: '',
    quote,
    env,
    cwd: '/',
    verbose: false,
    quiet: true,
    nothrow: true,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    store: { stdout: new KeepsNothing(), stderr: new KeepsNothing(), stdall: new KeepsNothing() },
  });
  const running = shell`exec /bin/sh -c ${script}`;
  const child = running.child;
  const stdin = running.stdin;
  // A command that ends without reading its input closes the pipe; that is its business.
  stdin.on('error', () => {});
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child?.pid === undefined || child.exitCode !== null) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Already ended, or owned by root: sudo forwards the signal where it can.
    }
  };
  const ended: Promise<Ended> = running.then((out) => ({ code: out.exitCode, signal: out.signal ?? null }));
  return {
    onStdout: (listener) => void running.stdout.on('data', (chunk: Buffer | string) => listener(Buffer.from(chunk))),
    onStderr: (listener) => void running.stderr.on('data', (chunk: Buffer | string) => listener(Buffer.from(chunk))),
    write: (data) => void stdin.write(data),
    end: () => void stdin.end(),
    terminate: () => signalGroup('SIGTERM'),
    destroy: () => {
      signalGroup('SIGKILL');
      // Closed, not only left unread: what another user's process still writes ends it, and nothing is kept of it.
      running.stdout.destroy();
      running.stderr.destroy();
    },
    ended,
  };
}

/** 128 + the number of a signal, as in shells. */
export function signalCode(signal: string | null): number {
  const number = signal === null ? undefined : (constants.signals as Record<string, number | undefined>)[signal.startsWith('SIG') ? signal : `SIG${signal}`];
  return number === undefined ? 255 : 128 + number;
}
