/** The one place that writes to standard output and standard error. A terminal only shows this text, whatever it contains. */

import { cleanOutput, cleanScreen } from '../core/clean.js';

export type OutputStream = 'stdout' | 'stderr';

/** Writes text: only line breaks and our own colours pass. */
export function writeText(stream: OutputStream, text: string): void {
  process[stream].write(cleanOutput(text));
}

/** Writes a line; a closed reader (EPIPE) is not a failure. */
export function writeLine(stream: OutputStream, line: string): void {
  writeText(stream, `${line}\n`);
}

/** Control sequences of our own. */
const CONTROLS = { showCursor: '\u001b[?25h', pasteOn: '\u001b[?2004h', pasteOff: '\u001b[?2004l', clearVisible: '\u001b[H\u001b[J' } as const;

/** Sends a control sequence to the terminal on standard output. */
export function control(what: keyof typeof CONTROLS): void {
  process.stdout.write(CONTROLS[what]);
}

/**
 * A stream for what draws by itself (Ink, readline, prompts): moves of the cursor and colours pass, all other sequences do not.
 * Text must be clean before it is handed to such a program: what it draws cannot be distinguished from what it was given.
 * @param given properties that hide those of the stream
 */
export function screenStream(stream: NodeJS.WriteStream, given: Readonly<Record<string, unknown>> = {}): NodeJS.WriteStream {
  const write = (chunk: string | Uint8Array, ...rest: readonly unknown[]) =>
    (stream.write as (text: string, ...more: readonly unknown[]) => boolean)(
      cleanScreen(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')),
      ...rest,
    );
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'write') return write;
      if (typeof name === 'string' && Object.hasOwn(given, name)) return given[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
