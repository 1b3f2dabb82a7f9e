/** The one port through which every machine is touched (rule S2). */

import type { ClusterNode } from '../core/cluster.js';

/** A command as data. `argv[0]` is looked up on a fixed PATH; nothing is ever pasted into a shell unquoted. */
export interface Cmd {
  readonly argv: readonly string[];
  /** Added to a minimal environment (PATH, LC_ALL=C, HOME). Never secrets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Payload for standard input; the place for secrets. */
  readonly stdin?: string | Buffer;
}

/** As whom: `root` (through sudo where the login is not root), the `login` user, or another user by name. */
export type RunAs = 'root' | 'login' | { readonly user: string };

export interface RunOptions {
  /** Default: `login`. */
  readonly as?: RunAs;
  /** Milliseconds; default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Most bytes of stdout, and of stderr; a command that prints more is stopped there. Default and usual values: `OUTPUT` of limits.ts. */
  readonly maxBytes?: number;
  /** This command waits for others on other hosts, or they for it: it is let through at once, however many hosts are worked on. */
  readonly together?: boolean;
  /** Each line of stdout or stderr as it comes, already redacted. */
  readonly onLine?: (line: string, from: 'stdout' | 'stderr') => void;
}

export interface CmdResult {
  /** Exit code; a process killed by a signal gives 128 + signal number. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/**
 * One node's hands. `run` resolves for every exit code and throws WizardError only when the outcome is not an exit code:
 * `link-lost`, `timeout`, `output-limit`, `cancelled`, `sudo-refused`, `not-allowed` (no such user, no shell), and what opening throws when the link
 * had been lost before and cannot be made again (then nothing was started).
 */
export interface Executor {
  readonly node: ClusterNode;
  run(cmd: Cmd, options?: RunOptions): Promise<CmdResult>;
  /**
   * Writes a file that root owns on a path that no one else can write to: temporary in the same folder, fsync, mode, owner, rename.
   * @throws WizardError `change-failed`
   */
  putFile(path: string, content: string | Buffer, attributes: { readonly mode: number; readonly owner?: string; readonly group?: string }): Promise<void>;
  close(): Promise<void>;
}

/** Opens executors; one connection a node. @throws WizardError `host-unreachable`, `host-key-*`, `login-refused`, `sudo-refused`, `not-allowed` */
export type OpenExecutor = (node: ClusterNode) => Promise<Executor>;
