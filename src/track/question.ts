/** Questions of a track's steps, as data: every front end knows how to ask their kinds, and none of them knows what is asked. */

import type { Draft } from '../answers/draft.js';
import type { Advice } from '../core/advice.js';
import type { ClusterFacts } from '../core/facts.js';

export type QuestionKind = 'text' | 'number' | 'select' | 'multiselect' | 'confirm' | 'secret' | 'list';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
  /** Why it cannot be chosen. */
  readonly disabled?: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

/** A list that is typed one item a line. */
export interface ListForm<T = unknown> {
  /** The items of a value of the answers file. */
  items(value: unknown): readonly T[];
  /** The value of some items; undefined = the key is absent. */
  value(items: readonly T[]): unknown;
  /** The line that `parse` reads back to the same item. */
  format(item: T): string;
  parse(line: string): Parsed<T>;
  /** Where one item stands in the answers file, and as what: its form is checked there. */
  entry(item: T): { readonly key: string; readonly value: unknown };
  /** What is wrong with all of them together; null when nothing is. */
  checkAll(items: readonly T[]): string | null;
  readonly example: string;
  /** Lines that can be added with a key. */
  readonly suggestions?: readonly string[];
}

/** What questions are made from. */
export interface AskInput {
  /** The answers so far; any of them may be missing. */
  readonly answers: Draft;
  /** Null before the survey. */
  readonly facts: ClusterFacts | null;
  /** Null before the survey. */
  readonly advice: Advice | null;
}

/** The questions that apply to the answers so far, in order: pure. What does not apply is not among them. */
export type Questions = (input: AskInput) => readonly Question[];

export interface Question {
  /** Path in the answers file: `needs.users`. Its form is checked by the schema of the file. */
  readonly key: string;
  readonly kind: QuestionKind;
  /** A few words for the review: `People in a busy hour`. */
  readonly label: string;
  readonly message: string;
  /** What to fill in, the syntax, an example, in plain words. */
  readonly help: string;
  readonly default?: unknown;
  /** May stay empty: then the key is absent. */
  readonly optional?: boolean;
  /** A run without a person cannot do without it: it is named where the answers lack it. */
  readonly required?: boolean;
  /** What no answer means, for the review. Default: `default`. */
  readonly absent?: string;
  /** Asked only from the review. */
  readonly advanced?: boolean;
  readonly choices?: readonly Choice[];
  /** Select: a last choice with this label lets another value be typed. */
  readonly other?: string;
  readonly list?: ListForm;
  /** Secret: the name it gets in `secrets`. */
  readonly secretName?: string;
  /** The entry of a list that begins with this question, such as `services.0`: another answer starts that entry over, none removes it. */
  readonly begins?: string;
  /** Keys that lose their meaning with this answer: they are removed with it. */
  readonly voids?: (value: unknown) => readonly string[];
  /** Text of a value of the file, as typed or chosen. Default: String. */
  readonly encode?: (value: unknown) => string;
  /** Value of the file for a typed or chosen text. Default: the text; for numbers the number. */
  readonly decode?: (text: string) => unknown;
  /** What is wrong besides the form, as a sentence; null when nothing is. */
  readonly validate?: (value: unknown) => string | null;
}
