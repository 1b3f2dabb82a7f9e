/** Line by line on terminals that cannot move their cursor (TERM=dumb): no escape is ever written. */

import { createInterface } from 'node:readline';
import { onInterrupt, standardStreams, withTerminal } from '../terminal.js';
import type { RenderStyle } from '../text/render-style.js';
import { clean } from '../text/width.js';
import { writeText } from '../writer.js';
import { type PlainIo, readLines, reply, say } from './io.js';
import { PROMPT } from './messages.js';
import { cancelled, stdinForReadline, whileOpen } from './stdin.js';

function readLine(message: string, signal: AbortSignal): Promise<string> {
  const { stdout } = standardStreams();
  return new Promise((resolve, reject) => {
    const reader = createInterface({ input: stdinForReadline(), output: stdout, terminal: false, signal });
    let done = false;
    const end = (finish: () => void) => {
      if (done) return;
      done = true;
      off();
      reader.close();
      finish();
    };
    const off = onInterrupt(() => end(() => reject(cancelled())));
    reader.on('line', (line) => end(() => resolve(line)));
    reader.on('close', () => end(() => reject(cancelled())));
    writeText('stdout', clean(message));
  });
}

/** A line that is not echoed: read key by key, since only raw mode turns the echo off. */
function readHidden(message: string, signal: AbortSignal): Promise<string> {
  const { stdin } = standardStreams();
  return new Promise((resolve, reject) => {
    let text = '';
    const giveUp = () => end(() => reject(cancelled()));
    const end = (finish: () => void) => {
      signal.removeEventListener('abort', giveUp);
      stdin.off('data', onData);
      stdin.setRawMode(false);
      writeText('stdout', '\n');
      finish();
    };
    const onData = (chunk: Buffer) => {
      for (const char of chunk.toString('utf8')) {
        if (char === '\r' || char === '\n') return end(() => resolve(text));
        if (char === '\u0003' || char === '\u0004') return giveUp();
        text = char === '\u007f' || char === '\b' ? text.slice(0, -1) : text + char;
      }
    };
    signal.addEventListener('abort', giveUp);
    stdin.setRawMode(true);
    stdin.on('data', onData);
    writeText('stdout', clean(message));
  });
}

/** The plain front end's input and output without a single escape; every prompt ends when `over` is aborted. */
export function createDumbIo(style: RenderStyle, over: AbortSignal): PlainIo {
  const prompt = <T>(body: (signal: AbortSignal) => Promise<T>) => withTerminal(() => whileOpen(over, body));
  return {
    style,
    until: (also) => createDumbIo(style, AbortSignal.any([over, also])),
    say,
    async ask(message, options = {}) {
      const standard = options.default ?? '';
      for (;;) {
        const typed = await prompt((signal) => readLine(`${message}${standard === '' ? '' : ` (${standard})`}: `, signal));
        const answer = reply(typed.trim() === '' ? standard : typed);
        const wrong = answer.type === 'text' ? (options.check?.(answer.text) ?? null) : null;
        if (wrong === null) return answer;
        say([wrong]);
      }
    },
    askSecret: async (message) => reply(await prompt((signal) => readHidden(`${message} ${PROMPT.notShown}: `, signal))),
    readLines: (message, onLine) => prompt((signal) => readLines(message, onLine, { signal, terminal: false })),
  };
}
