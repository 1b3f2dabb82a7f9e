/** An executor that logs every command, and removes secrets from its lines before anybody sees them. */

import type { Redactor } from '../core/secret.js';
import type { Cmd, CmdResult, Executor, RunAs, RunOptions } from './executor.js';
import { describe } from './run.js';
import { lastLines } from './sudo.js';

export interface LogRecord {
  readonly node: string;
  readonly as: string;
  /** The command in a few words, secrets masked. */
  readonly command: string;
  /** Exit code; null when it ended without one. */
  readonly code: number | null;
  readonly ms: number;
  /** The last lines of stderr of a command that failed, or the error's message. */
  readonly trouble?: string;
}

/** Wraps an executor: `log` gets one record a command. */
export function logged(inner: Executor, redactor: Redactor, log: (record: LogRecord) => void): Executor {
  const note = async <T>(
    what: string,
    as: string,
    work: () => Promise<T>,
    judge: (result: T) => { readonly code: number; readonly trouble?: string },
  ): Promise<T> => {
    const started = performance.now();
    const record = (code: number | null, trouble: string | undefined): void =>
      log({
        node: inner.node.name,
        as,
        command: redactor.redact(what),
        code,
        ms: Math.round(performance.now() - started),
        ...(trouble === undefined ? {} : { trouble: redactor.redact(trouble) }),
      });
    try {
      const result = await work();
      const { code, trouble } = judge(result);
      record(code, trouble);
      return result;
    } catch (error) {
      record(null, error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
  const judgeRun = (result: CmdResult): { readonly code: number; readonly trouble?: string } =>
    result.code === 0 ? { code: 0 } : { code: result.code, trouble: lastLines(result.stderr).join('\n') };
  return {
    node: inner.node,
    run: (cmd: Cmd, options: RunOptions = {}) => {
      const { onLine } = options;
      const safe = onLine === undefined ? options : { ...options, onLine: (line: string, from: 'stdout' | 'stderr') => onLine(redactor.redact(line), from) };
      return note(describe(cmd), nameOf(options.as), () => inner.run(cmd, safe), judgeRun);
    },
    putFile: (path, content, attributes) =>
      note(
        `put ${path}`,
        'root',
        () => inner.putFile(path, content, attributes),
        () => ({ code: 0 }),
      ),
    close: () => inner.close(),
  };
}

function nameOf(as: RunAs | undefined): string {
  return typeof as === 'object' ? as.user : (as ?? 'login');
}
