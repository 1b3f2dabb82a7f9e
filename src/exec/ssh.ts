/** A node over SSH: one connection, few channels, a lost link is an unknown outcome and never a success. */

import pLimit from 'p-limit';
import type { Client, ClientChannel } from 'ssh2';
import { WizardError } from '../core/errors.js';
import { quoted } from '../core/names.js';
import { remedy } from '../core/remedy.js';
import { deferred } from './deferred.js';
import { anyShell, type Script } from './shell.js';
import { singleFlight } from './single-flight.js';
import { type ConnectDeps, connect, type Link, openSession, unlessSilent } from './ssh-connect.js';
import type { SshTarget } from './ssh-target.js';
import type { Channel, Ended, Transport } from './transport.js';

/** sshd's own default is ten sessions a connection. */
const MAX_CHANNELS = 8;

/** Connects at once; after a lost link the next command connects again. @throws WizardError `host-unreachable`, `host-key-*`, `login-refused` */
export async function sshTransport(target: SshTarget, deps: ConnectDeps): Promise<Transport> {
  const open = (): Promise<LiveLink> => watch(connect(target, deps), deps.node);
  const first = open();
  await first;
  const link = singleFlight(first, open, (one) => one.lost() !== null);
  const limit = pLimit(MAX_CHANNELS);
  const start = async (script: Script): Promise<Channel> => {
    const opened = deferred<Channel | 'full'>();
    void limit(async () => {
      try {
        const live = await link.current();
        const silent = (): WizardError => live.lose('the server opened no session in time');
        const channel = await unlessSilent(openChannel(live, anyShell(script)), silent, deps.openTimeoutMs);
        opened.resolve(channel);
        await channel.ended.catch(() => {});
      } catch (error) {
        // The server allows fewer sessions than we do: wait for one of ours to end.
        const full = error instanceof ChannelRefused && limit.activeCount > 1;
        if (full) limit.concurrency = Math.max(1, limit.activeCount - 1);
        if (full) opened.resolve('full');
        else opened.reject(error instanceof ChannelRefused ? error.explain(deps.node) : error);
      }
    });
    const channel = await opened.promise;
    return channel === 'full' ? start(script) : channel;
  };
  return {
    start,
    close: async () => (await link.close())?.close(),
  };
}

interface LiveLink {
  readonly node: string;
  readonly client: Client;
  /** Why it is gone; null while it lives. */
  lost(): WizardError | null;
  readonly gone: Promise<WizardError>;
  /** Gives up the connection and everything that runs over it. @returns the error for those who wait for it */
  lose(why: string): WizardError;
  close(): void;
}

async function watch(connecting: Promise<Link>, node: string): Promise<LiveLink> {
  const link = await connecting;
  let lost: WizardError | null = null;
  const gone = deferred<WizardError>();
  const lose = (why: string, cause?: unknown): WizardError => {
    lost ??= linkLost(node, why, cause);
    gone.resolve(lost);
    return lost;
  };
  const giveUp = (why: string): WizardError => {
    const error = lose(why);
    link.client.destroy();
    return error;
  };
  link.client.on('error', (error) => lose(quoted(error.message), error));
  link.client.on('close', () => lose('closed by the server'));
  return { node, client: link.client, lost: () => lost, gone: gone.promise, lose: giveUp, close: link.close };
}

function linkLost(node: string, why: string, cause?: unknown): WizardError {
  return new WizardError('link-lost', `Lost the connection to ${node} (${why}); the command may have completed there.`, {
    nodes: [node],
    cause,
    remedies: [remedy`When ${node} is reachable again, run the same command with --resume. It checks completed changes before it repeats any.`],
  });
}

class ChannelRefused extends Error {
  explain(node: string): WizardError {
    return new WizardError('not-allowed', `${node} rejected an SSH session: ${quoted(this.message)}.`, {
      nodes: [node],
      remedies: [remedy`Check the limit of sshd on ${node}: grep -i MaxSessions /etc/ssh/sshd_config`],
    });
  }
}

function openChannel(link: LiveLink, line: string): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const dead = link.lost();
    if (dead) return reject(dead);
    void link.gone.then(reject);
    try {
      openSession(link.client, line, (error, stream) => {
        if (error) reject(new ChannelRefused(error.message));
        else resolve(channelOf(stream, link));
      });
    } catch (error) {
      reject(link.lost() ?? error);
    }
  });
}

function channelOf(stream: ClientChannel, link: LiveLink): Channel {
  let exit: Ended = { code: null, signal: null };
  stream.on('error', () => {});
  stream.on('exit', (code: number | null, signal?: string) => {
    exit = { code, signal: signal ?? null };
  });
  let givenUp = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    stream.on('close', () => {
      // Neither code nor signal: the connection, or the server's end of it, went before the command ended.
      if (exit.code !== null || exit.signal !== null || givenUp) resolve(exit);
      else setTimeout(() => reject(link.lost() ?? linkLost(link.node, 'the session closed without an exit code')), 100);
    });
    void link.gone.then((lost) => (exit.code === null && exit.signal === null ? reject(lost) : resolve(exit)));
  });
  ended.catch(() => {});
  return {
    onStdout: (listener) => void stream.on('data', listener),
    onStderr: (listener) => void stream.stderr.on('data', listener),
    write: (data) => void stream.write(data),
    end: () => void stream.end(),
    terminate: () => {
      // Servers older than OpenSSH 7.9 do not know signals; the remote `timeout` ends the process in any case.
      try {
        stream.signal('TERM');
      } catch {
        // closed already
      }
    },
    destroy: () => {
      givenUp = true;
      stream.close();
      // A frozen peer never confirms the close: do not keep the slot for it.
      setTimeout(() => stream.emit('close'), 2000).unref();
    },
    ended,
  };
}
