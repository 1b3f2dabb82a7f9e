/** Line by line on terminals that cannot move their cursor (TERM=dumb): no escape is ever written. */

import { createInterface } from 'node:readline';
import { onInterrupt, standardStreams, withTerminal } from '../terminal.js';
import type { Look } from '../text/look.js';
import { cancelled, type PlainIo, readLines, reply } from './io.js';

function readLine(message: string): Promise<string> {
  const { stdin, stdout } = standardStreams();
  return new Promise((resolve, reject) => {
    const reader = createInterface({ input: stdin, output: stdout, terminal: false });
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
    stdout.write(message);
  });
}

/** A line that is not echoed: read key by key, since only raw mode turns the echo off. */
function readHidden(message: string): Promise<string> {
  const { stdin, stdout } = standardStreams();
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (finish: () => void) => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdout.write('\n');
      finish();
    };
    const onData = (chunk: Buffer) => {
      for (const char of chunk.toString('utf8')) {
        if (char === '\r' || char === '\n') return end(() => resolve(text));
        if (char === '\u0003' || char === '\u0004') return end(() => reject(cancelled()));
        text = char === '\u007f' || char === '\b' ? text.slice(0, -1) : text + char;
      }
    };
    stdin.setRawMode(true);
    stdin.on('data', onData);
    stdout.write(message);
  });
}

/** The plain front end's input and output without a single escape. */
export function createDumbIo(look: Look): PlainIo {
  const { stdout } = standardStreams();
  return {
    look,
    say: (lines) => {
      for (const line of lines) stdout.write(`${line}\n`);
    },
    async ask(message, options = {}) {
      const standard = options.default ?? '';
      for (;;) {
        const typed = await withTerminal(() => readLine(`${message}${standard === '' ? '' : ` (${standard})`}: `));
        const answer = reply(typed.trim() === '' ? standard : typed);
        const wrong = answer.type === 'text' ? (options.check?.(answer.text) ?? null) : null;
        if (wrong === null) return answer;
        stdout.write(`${wrong}\n`);
      }
    },
    askSecret: async (message) => reply(await withTerminal(() => readHidden(`${message} (not shown): `))),
    readLines: (message, onLine) => withTerminal(() => readLines(message, onLine, false)),
  };
}
