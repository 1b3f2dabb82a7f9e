/** Shell completion from the command definitions: a table of words in a script for each shell (templates/completion). */

import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import { readPackageFile } from '../local/package-files.js';
import { TEMPLATES_DIR } from './package.js';

export const SHELLS = { bash: 'bash.sh', zsh: 'zsh.zsh', fish: 'fish.fish' } as const;

/** A word that may stand after a command. */
export interface CompletionRow {
  /** The command it belongs to, with spaces; empty for the first word. */
  readonly at: string;
  readonly word: string;
  readonly takes: '-' | 'file' | 'dir' | 'value';
  readonly text: string;
}

/** What an option's value is, by the name it has in the help. */
function takes(option: Option): CompletionRow['takes'] {
  const name = /[<[](\w+)[\]>]/.exec(option.flags)?.[1];
  if (name === undefined) return '-';
  if (name === 'dir') return 'dir';
  // An optional value may be absent, so the next word is not completed as one.
  return ['file', 'plan'].includes(name) ? 'file' : option.optional ? '-' : 'value';
}

/** A row of the table is one line, and `|` separates its fields. */
const plain = (text: string) => text.replaceAll(/[|\n]/g, ' ');

/** Every word of a command and of the commands below it. */
export function completionRows(command: Command, at = ''): readonly CompletionRow[] {
  const below = command.commands.filter((c) => c.name() !== 'help');
  return [
    ...below.map((c): CompletionRow => ({ at, word: c.name(), takes: '-', text: plain(c.description()) })),
    ...command.options.flatMap((o): readonly CompletionRow[] => (o.long ? [{ at, word: o.long, takes: takes(o), text: plain(o.description) }] : [])),
    { at, word: '--help', takes: '-', text: 'help' },
    ...command.registeredArguments.flatMap((a): readonly CompletionRow[] =>
      a.argChoices
        ? a.argChoices.map((c) => ({ at, word: c, takes: '-', text: plain(a.description) }))
        : a.name() === 'file'
          ? [{ at, word: '<file>', takes: 'file', text: plain(a.description) }]
          : [],
    ),
    ...below.flatMap((c) => completionRows(c, at === '' ? c.name() : `${at} ${c.name()}`)),
  ];
}

const line = (row: CompletionRow) => [row.at, row.word, row.takes, row.text].join('|');
/** fish(1): inside single quotes only the backslash and the quote itself are special. */
const fishQuoted = (text: string) => `  '${text.replaceAll(/[\\']/g, (c) => `\\${c}`)}'`;

/** The script of a shell. @throws WizardError `usage` for a shell without a script */
export function completionScript(shell: string, root: Command): string {
  if (!Object.hasOwn(SHELLS, shell)) {
    throw new WizardError('usage', `No completion for the shell "${shell}".`, { remedies: [remedy`Shells: ${Object.keys(SHELLS)}.`] });
  }
  const file = SHELLS[shell as keyof typeof SHELLS];
  const lines = completionRows(root).map(line);
  const rows = shell === 'fish' ? lines.map(fishQuoted).join(' \\\n') : lines.join('\n');
  return readPackageFile(join(TEMPLATES_DIR, 'completion', file))
    .toString('utf8')
    .replace('@ROWS@', () => rows);
}
