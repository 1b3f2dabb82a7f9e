/** Lines out and lines in: inquirer for single answers, readline for lists that are pasted. Nothing printed is ever redrawn. */

import { createInterface } from 'node:readline';
import { input, password } from '@inquirer/prompts';
import { WizardError } from '../../core/errors.js';
import { standardStreams, withTerminal } from '../terminal.js';
import type { Look } from '../text/look.js';

/** What a person does instead of answering. */
export type Command = 'back' | 'help' | 'quit' | 'save';
export type Reply = { readonly type: 'text'; readonly text: string } | { readonly type: 'command'; readonly command: Command };

export interface PlainIo {
  readonly look: Look;
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

/** What Ctrl+C means. */
export const cancelled = () => new WizardError('cancelled', 'Cancelled.');

async function prompt<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await withTerminal(body);
  } catch (thrown) {
    // Ctrl+C, or a terminal that went away: inquirer tells both by this name.
    if (thrown instanceof Error && (thrown.name === 'ExitPromptError' || thrown.name === 'AbortPromptError')) throw cancelled();
    throw thrown;
  }
}

/** A typed line as a reply. */
export const reply = (text: string): Reply => {
  const command = commandOf(text);
  return command ? { type: 'command', command } : { type: 'text', text };
};

/** Lines until an empty one, through readline: a pasted block comes as its lines. */
export function readLines(message: string, onLine: (line: string) => 'more' | 'end' | Command, terminal = true): Promise<Command | null> {
  const { stdin, stdout } = standardStreams();
  return new Promise((resolve, reject) => {
    const reader = createInterface({ input: stdin, output: stdout, terminal, prompt: `${message} ` });
    let ended = false;
    const end = (finish: () => void) => {
      ended = true;
      reader.close();
      finish();
    };
    reader.on('line', (line) => {
      // A pasted block goes on arriving after the empty line that ended the list.
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

/** The plain front end's input and output on this process's terminal. */
export function createPlainIo(look: Look): PlainIo {
  const { stdout } = standardStreams();
  return {
    look,
    say: (lines) => {
      for (const line of lines) stdout.write(`${line}\n`);
    },
    async ask(message, options = {}) {
      const check = (text: string) => (commandOf(text) ? true : (options.check?.(text) ?? true));
      return reply(
        await prompt(() =>
          input({ message, validate: check, ...(options.default === undefined || options.default === '' ? {} : { default: options.default }) }),
        ),
      );
    },
    askSecret: async (message) => reply(await prompt(() => password({ message, mask: '*', toggleMask: false }))),
    readLines: (message, onLine) => withTerminal(() => readLines(message, onLine)),
  };
}
