/**
 * What people are advised to do and may paste as root. Only the tags below make such text, and they make every value in it harmless;
 * a template literal without a tag is no Remedy, so it does not compile.
 */

import { clean, textOf } from './clean.js';
import { typed } from './shell-words.js';

declare const SAFE_TO_PASTE: unique symbol;

/** A sentence, often with commands, whose values are harmless wherever it is pasted. One line unless its literal text has more. */
export type Remedy = string & { readonly [SAFE_TO_PASTE]: true };

/** A command line for people: literal words and values, each value one word. */
export class Command {
  readonly text: string;
  constructor(text: Remedy) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** A piece of a remedy, for the tags to put into another one as it is. */
export class Piece {
  readonly text: string;
  constructor(text: Remedy) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type Plain = string | number;
/** A list stands for its items: with commas in a sentence, as words in a command. */
export type Value = Plain | null | undefined | readonly Plain[] | Command | Piece;

/** Longest value in a sentence and in a command: names, and paths. */
const PROSE_MAX = 256;
const WORD_MAX = 1024;
const LIST_MAX = 100;

function listOf(items: readonly Plain[], one: (item: Plain) => string, between: string): string {
  const rest = items.length - LIST_MAX;
  return [...items.slice(0, LIST_MAX).map(one), ...(rest > 0 ? [`… (${rest} more)`] : [])].join(between);
}

function inSentence(value: Value): string {
  if (value instanceof Command || value instanceof Piece) return value.text;
  return Array.isArray(value) ? listOf(value, (item) => typed(item, PROSE_MAX), ', ') : typed(value, PROSE_MAX);
}

/** A word that begins with a hyphen would be an option: `./-x` is the same file, and no host or user. */
function inCommand(value: Value, before: string): string {
  if (value instanceof Command || value instanceof Piece) return value.text;
  const word = (item: unknown, begins: boolean): string => {
    if (textOf(item) === '') return begins ? "''" : '';
    const text = typed(item, WORD_MAX);
    return begins && text.startsWith('-') ? `./${text}` : text;
  };
  if (Array.isArray(value)) return listOf(value, (item) => word(item, true), ' ');
  return word(value, before === '' || /\s$/.test(before));
}

function filled(parts: TemplateStringsArray, values: readonly Value[], one: (value: Value, before: string) => string): Remedy {
  return parts.reduce((text, part, i) => text + one(values[i - 1] as Value, parts[i - 1] ?? '') + part) as Remedy;
}

/** A sentence. Values become single words; commands come from `sh`, sentences from `part`. */
export function remedy(parts: TemplateStringsArray, ...values: readonly Value[]): Remedy {
  return filled(parts, values, inSentence);
}

/** A command to stand in a sentence: every value one word, quoted where it must be. */
export function sh(parts: TemplateStringsArray, ...values: readonly Value[]): Command {
  return new Command(filled(parts, values, inCommand));
}

/** A command alone, as a remedy. */
export function pasteable(command: Command): Remedy {
  return command.text as Remedy;
}

/** A piece of a sentence, for what is only said under a condition. */
export function piece(parts: TemplateStringsArray, ...values: readonly Value[]): Piece {
  return new Piece(filled(parts, values, inSentence));
}

/** A remedy inside another one. */
export function part(text: Remedy): Piece {
  return new Piece(text);
}

/** Names with something else than commas between them. */
export function listed(items: readonly Plain[], between: ' and ' | ' or '): Piece {
  return new Piece(listOf(items, (item) => typed(item, PROSE_MAX), between) as Remedy);
}

const INSTEAD: Readonly<Record<string, string>> = { ';': ',', '<': '‹', '>': '›' };

/** A file of this package with values in it: a recipe of several lines. `fill` puts them in. */
export function recipe(fill: (values: Readonly<Record<string, string>>) => string, values: Readonly<Record<string, Value>>): Remedy {
  return fill(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, inSentence(value)]))) as Remedy;
}

const SENTENCE_MAX = 1024;
/** Another sentence (a reason, an error) as a remedy: characters that join or run commands are replaced. */
export function asRemedy(sentence: string): Remedy {
  return clean(sentence, SENTENCE_MAX).replace(/[;|&<>`\\!]|\$(?=[({'"[])/g, (found) => INSTEAD[found] ?? '_') as Remedy;
}

/** Remedies one after the other; empty ones are skipped. */
export function joined(texts: readonly (Remedy | Piece)[], between: ' ' | '; ' | ', ' | '. ' = ' '): Remedy {
  return texts
    .map(String)
    .filter((text) => text !== '')
    .join(between) as Remedy;
}

/** Commands that run one after the other, each only if the one before succeeded. */
export function allOf(commands: readonly Command[]): Command {
  return new Command(commands.map((c) => c.text).join(' && ') as Remedy);
}

/** Nothing to do. */
export const NOTHING = '' as Remedy;
