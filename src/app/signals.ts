/** Signals of a run without a person: the first asks for a stop between two changes, the next ends at once. */

import { EXIT } from '../core/errors.js';

const CODES = { SIGINT: EXIT.cancelled, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hangup } as const;

export interface Signals {
  readonly signal: AbortSignal;
  /** The exit code that the signal stands for, if one came. */
  exitCode(): number | null;
  stop(): void;
}

/** Listens until `stop`. */
export function watchSignals(say: (message: string) => void): Signals {
  const controller = new AbortController();
  let code: number | null = null;
  const listeners = Object.entries(CODES).map(([name, exitCode]) => {
    const listener = () => {
      if (code !== null) process.exit(code);
      code = exitCode;
      say('Stopping after the change that is under way. Once more: stop at once.');
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
