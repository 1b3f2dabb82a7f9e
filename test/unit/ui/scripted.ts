/** A terminal of the plain front end on which lines are typed; an empty one takes the default. */

import { type PlainIo, reply } from '../../../src/ui/plain/io.js';
import { PLAIN_STYLE } from '../../../src/ui/text/render-style.js';

export interface Scripted {
  readonly io: PlainIo;
  readonly said: string[];
  /** The words of every prompt. */
  readonly asked: string[];
}

export function scripted(typed: readonly string[]): Scripted {
  const left = [...typed];
  const said: string[] = [];
  const asked: string[] = [];
  const next = (message: string, standard: string) => {
    asked.push(message);
    const line = left.shift();
    if (line === undefined) throw new Error(`more was asked than is typed: ${message}`);
    return Promise.resolve(reply(line === '' ? standard : line));
  };
  const io: PlainIo = {
    style: PLAIN_STYLE,
    until: () => io,
    say: (lines) => void said.push(...lines),
    ask: (message, options = {}) => next(message, options.default ?? ''),
    askSecret: (message) => next(message, ''),
    readLines: () => Promise.resolve(null),
  };
  return { io, said, asked };
}
