/** Standard input as prompts need it: one that may end, or go away with its terminal, while a prompt waits. */

import { WizardError } from '../../core/errors.js';
import { standardStreams } from '../terminal.js';

/** What Ctrl+C means, and the end of the input. */
export const cancelled = () => new WizardError('cancelled', 'Cancelled.');

/** Makes a terminal that went away harmless: reading it and leaving raw mode both fail then. Call once at start. */
export function ignoreLostTerminal(): void {
  standardStreams().stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EIO') throw error;
  });
}

/** Standard input for readline, which would throw each of its errors again where nobody can catch them. */
export function stdinForReadline(): NodeJS.ReadStream {
  return new Proxy(standardStreams().stdin, {
    get(target, name) {
      if (name === 'on') return (event: string, listener: (...args: unknown[]) => void) => (event === 'error' ? target : target.on(event, listener));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * Runs one prompt. Its signal is aborted when the session is over or when standard input ends, closes or is given up on Ctrl+D.
 * @throws WizardError `cancelled` when there is nothing left to read from
 */
export async function whileOpen<T>(over: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { stdin } = standardStreams();
  if (over.aborted || stdin.destroyed || stdin.readableEnded) throw cancelled();
  const gone = new AbortController();
  const leave = () => gone.abort();
  let waiting = true;
  // On Ctrl+D readline closes and pauses its input, and inquirer never hears of it. It does the same after an answer, which
  // has settled the prompt by the next turn. It also pauses when it comes back from Ctrl+Z, but then raw mode is on again.
  const onPause = () =>
    setImmediate(() => {
      if (!waiting) return;
      if (stdin.isRaw) stdin.resume();
      else leave();
    });
  stdin.on('pause', onPause).on('end', leave).on('close', leave);
  try {
    return await body(AbortSignal.any([over, gone.signal]));
  } finally {
    waiting = false;
    stdin.off('pause', onPause).off('end', leave).off('close', leave);
  }
}
