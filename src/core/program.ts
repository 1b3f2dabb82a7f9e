/** How this program is called in the commands that it prints: such a command must work where it is pasted, and must not look for the program in the current folder. */

import type { Command, Remedy } from './remedy.js';

export const PROGRAM = 'moodle-cluster-wizard';

let call: () => string = () => PROGRAM;

/** Sets how the program is called; asked for at the first use, shell-safe. */
export function setProgramCall(find: () => string): void {
  let found: string | undefined;
  call = () => {
    found ??= find();
    return found;
  };
}

/** A command line of this program. */
export function ownCommand(words: Command): Remedy {
  return `${call()} ${words.text}` as Remedy;
}

/** The bare name in the place of a command: followed by a command or an option, and no part of a path. */
const BARE = new RegExp(
  `(?<![\\w./-])${PROGRAM}(?= (?:--?[a-z]|(?:wizard|plan|apply|verify|advise|status|backups|rollback|repair|purge|unlock|confirm|revert|answers|completion|explain)\\b))`,
  'g',
);

/** A text with its commands of this program as `ownCommand` writes them. */
export function withOwnCall<T extends string>(text: T): T {
  return (text.includes(PROGRAM) ? text.replace(BARE, () => call()) : text) as T;
}
