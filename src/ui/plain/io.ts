/** Lines out and lines in: inquirer for single answers, readline for lists that are pasted. Nothing printed is ever redrawn. */

import { createInterface } from 'node:readline';
import { input, password } from '@inquirer/prompts';
import { standardStreams, withTerminal } from '../terminal.js';
import type { RenderStyle } from '../text/render-style.js';
import { clean } from '../text/width.js';
import { writeLine } from '../writer.js';
import { cancelled, stdinForReadline, whileOpen } from './stdin.js';

/** What a person does instead of answering. */
export type Command = 'back' | 'help' | 'quit' | 'save';
export type Reply = { readonly type: 'text'; readonly text: string } | { readonly type: 'command'; readonly command: Command };

export interface PlainIo {
  readonly style: RenderStyle;
  /** The same, its prompts given up when this is aborted too. */
  until(over: AbortSignal): PlainIo;
  say(lines: readonly string[]): void;
  /** One line. `check` is asked before it is taken. @throws WizardError `cancelled` on Ctrl+C */
  ask(message: string, options?: { readonly default?: string; readonly check?: (text: string) => string | null }): Promise<Reply>;
  askSecret(message: string): Promise<Reply>;
  /** Lines until an empty one; each is handed over as it comes. */
  readLines(prompt: string, onLine: (line: string) => 'more' | 'end' | Command): Promise<Command | null>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  ':back': 'back',
  ':b': 'back',
  ':help': 'help',
  ':h': 'help',
  ':?': 'help',
  ':quit': 'quit',
  ':q': 'quit',
  ':save': 'save',
  ':s': 'save',
};

/** `:back` and the like. */
export function commandOf(text: string): Command | null {
  return COMMANDS[text.trim().toLowerCase()] ?? null;
}

type Context = NonNullable<Parameters<typeof input>[1]>;

async function prompt<T>(over: AbortSignal, body: (context: Context) => Promise<T>): Promise<T> {
  try {
    return await withTerminal(() => whileOpen(over, (signal) => body({ signal, input: stdinForReadline(), output: standardStreams().stdout })));
  } catch (thrown) {
    // Ctrl+C, or the signal: a session that is over, a terminal that went away.
    if (thrown instanceof Error && (thrown.name === 'ExitPromptError' || thrown.name === 'AbortPromptError')) throw cancelled();
    throw thrown;
  }
}

/** Prints lines. A line break inside one of them makes no line of its own. */
export function say(lines: readonly string[]): void {
  for (const line of lines) writeLine('stdout', line.replaceAll('\n', ' '));
}

/** A typed line as a reply. */
export const reply = (text: string): Reply => {
  const command = commandOf(text);
  return command ? { type: 'command', command } : { type: 'text', text };
};

/** Lines until an empty one, through readline: a pasted block comes as its lines. */
export function readLines(
  message: string,
  onLine: (line: string) => 'more' | 'end' | Command,
  options: { readonly signal: AbortSignal; readonly terminal: boolean },
): Promise<Command | null> {
  const { stdout } = standardStreams();
  return new Promise((resolve, reject) => {
    const reader = createInterface({ input: stdinForReadline(), output: stdout, prompt: `${clean(message)} `, ...options });
    let ended = false;
    const end = (finish: () => void) => {
      ended = true;
      reader.close();
      finish();
    };
    reader.on('line', (line) => {
      // A pasted block may continue to arrive after the empty line that ended the list.
      if (ended) return;
      const next = line.trim() === '' ? 'end' : (commandOf(line) ?? onLine(line.replaceAll(/\u001b\[20[01]~/g, '')));
      if (next === 'more') reader.prompt();
      else end(() => resolve(next === 'end' ? null : next));
    });
    reader.on('SIGINT', () => end(() => reject(cancelled())));
    reader.on('close', () => {
      if (!ended) reject(cancelled());
    });
    reader.prompt();
  });
}

/** The plain front end's input and output on this process's terminal; every prompt is given up when `over` is aborted. */
export function createPlainIo(style: RenderStyle, over: AbortSignal): PlainIo {
  return {
    style,
    until: (also) => createPlainIo(style, AbortSignal.any([over, also])),
    say,
    async ask(message, options = {}) {
      const check = (text: string) => {
        const wrong = commandOf(text) ? null : options.check?.(text);
        return wrong === null || wrong === undefined ? true : clean(wrong);
      };
      return reply(
        await prompt(over, (context) =>
          input(
            {
              message: clean(message),
              validate: check,
              ...(options.default === undefined || options.default === '' ? {} : { default: clean(options.default) }),
            },
            context,
          ),
        ),
      );
    },
    askSecret: async (message) => reply(await prompt(over, (context) => password({ message: clean(message), mask: '*', toggleMask: false }, context))),
    readLines: (message, onLine) => withTerminal(() => whileOpen(over, (signal) => readLines(message, onLine, { signal, terminal: true }))),
  };
}
