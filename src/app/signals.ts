/** Signals of an unattended run: the first one stops it between two changes, the second one immediately. */

import { EXIT } from '../core/errors.js';

const CODES = { SIGINT: EXIT.cancelled, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hangup } as const;

export interface Signals {
  readonly signal: AbortSignal;
  /** The exit code that the signal stands for, if one came. */
  exitCode(): number | null;
  stop(): void;
}

/** Listens until `stop`. */
export function watchSignals(report: (message: string) => void): Signals {
  const controller = new AbortController();
  let code: number | null = null;
  const listeners = Object.entries(CODES).map(([name, exitCode]) => {
    const listener = () => {
      if (code !== null) process.exit(code);
      code = exitCode;
      report('Stopping after the current change. Press again to stop immediately.');
      controller.abort();
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return {
    signal: controller.signal,
    exitCode: () => code,
    stop: () => {
      for (const off of listeners) off();
    },
  };
}
