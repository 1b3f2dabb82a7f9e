/** What a transport to a machine must do: start a script, stream its output, report how it ended. */

import type { Script } from './shell.js';

export interface Ended {
  /** Exit code, or null when there is none: killed, or the connection is lost. */
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Channel {
  onStdout(listener: (chunk: Buffer) => void): void;
  onStderr(listener: (chunk: Buffer) => void): void;
  write(data: string | Buffer): void;
  /** End of standard input. */
  end(): void;
  /** Asks the process to end, politely first. */
  terminate(): void;
  /** Gives the channel up at once. */
  destroy(): void;
  /** Settles when the process and its output are over. @throws WizardError `link-lost` */
  readonly ended: Promise<Ended>;
}

export interface Transport {
  /** Starts POSIX sh source as the login user. @throws WizardError `link-lost`, `host-unreachable` */
  start(script: Script): Promise<Channel>;
  close(): Promise<void>;
}
