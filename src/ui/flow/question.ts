/** Questions as the flow knows them: the contract's `Question` plus how its answer is typed, shown and kept. */

import { clean } from '../../core/clean.js';
import type { Question } from '../../track/step.js';
import { validateAt } from './validate.js';

export const SECTIONS = ['site', 'nodes', 'needs', 'services', 'modules', 'stores', 'mappings', 'run'] as const;
export type SectionId = (typeof SECTIONS)[number];

export interface SectionInfo {
  readonly id: SectionId;
  /** The guide's number; empty where the guide has none. */
  readonly number: string;
  readonly short: string;
  readonly title: string;
  /** The title where 60 columns must hold it beside the cluster's name. */
  readonly brief: string;
  /** What comes after it, for the header. */
  readonly next: string;
}

export const SECTION_INFO: readonly SectionInfo[] = [
  { id: 'site', number: '', short: 'Site', title: 'Your Moodle site', brief: 'Your Moodle site', next: 'the nodes of the cluster' },
  { id: 'nodes', number: '', short: 'Nodes', title: 'The nodes of the cluster', brief: 'The nodes', next: 'what this site needs' },
  { id: 'needs', number: '1', short: 'Needs', title: 'Determine your specific need for caches', brief: 'Need for caches', next: 'the cache services' },
  { id: 'services', number: '2', short: 'Services', title: 'Configure the cache services', brief: 'Cache services', next: 'PHP modules' },
  { id: 'modules', number: '3', short: 'Modules', title: 'Install the cache support on the servers', brief: 'Cache support', next: 'store instances' },
  { id: 'stores', number: '4', short: 'Stores', title: 'Create the store instances', brief: 'Store instances', next: 'mappings' },
  { id: 'mappings', number: '5', short: 'Mappings', title: 'Map the definitions to the stores', brief: 'Mappings', next: 'a review; nothing is changed yet' },
  { id: 'run', number: '', short: 'Run', title: 'Review, approve, apply, prove', brief: 'Review and run', next: '' },
];

/** What stands for a section in headers. */
export function sectionInfo(id: SectionId): SectionInfo {
  const info = SECTION_INFO.find((s) => s.id === id);
  if (!info) throw new Error(`no section ${id}`);
  return info;
}

/** How a list is typed, one entry a line. */
export interface ListFormat {
  /** Entries of a value of the answers file. */
  readonly toEntries: (value: unknown) => readonly string[];
  /** The value of entries that have passed `check`; undefined = nothing kept. */
  readonly fromEntries: (entries: readonly string[]) => unknown;
  /** What is wrong with one entry; null when nothing is. */
  readonly check: (entry: string) => string | null;
  /** An entry as it is kept: guessed parts filled in. */
  readonly normalize: (entry: string) => string;
  /** What is wrong with all of them together. */
  readonly checkAll: (entries: readonly string[]) => string | null;
  readonly example: string;
  /** Entries that can be added with a key: hosts of ~/.ssh/config. */
  readonly suggestions?: readonly string[];
}

export interface FlowQuestion extends Question {
  readonly section: SectionId;
  /** A few words for the review: `People in a busy hour`. */
  readonly label: string;
  /** May be left empty: then the key is absent. */
  readonly optional?: boolean;
  /** What it means when there is no answer, in the review. Default: `default`. */
  readonly absent?: string;
  /** Asked only from the review. */
  readonly advanced?: boolean;
  /** Select: a last choice with this label lets another value be typed. */
  readonly other?: string;
  readonly list?: ListFormat;
  /** Secret: the name it gets in `secrets`. */
  readonly secretName?: string;
  /** Text of a value of the file, as typed or chosen. Default: String. */
  readonly encode?: (value: unknown) => string;
  /** Value of the file for a typed or chosen text. Default: the text; for numbers the number. */
  readonly decode?: (text: string) => unknown;
}

/** The value of a typed text. */
export function decodeText(question: FlowQuestion, text: string): unknown {
  // Some keyboards and pastes send a letter and its accent apart, which no pattern takes for a letter.
  const trimmed = text.trim().normalize('NFC');
  if (question.decode) return question.decode(trimmed);
  if (trimmed === '' && question.optional === true) return undefined;
  if (question.kind === 'number') return /^\d+$/.test(trimmed.replaceAll(/[ ',._]/g, '')) ? Number(trimmed.replaceAll(/[ ',._]/g, '')) : Number.NaN;
  return trimmed;
}

/** The text that stands for a value in an input. */
export function encodeValue(question: FlowQuestion, value: unknown): string {
  if (value === undefined || value === null) return '';
  return question.encode ? question.encode(value) : String(value);
}

/** What is wrong with a value for this question; null when nothing is. */
export function checkAnswer(question: FlowQuestion, value: unknown): string | null {
  if (value === undefined) return question.optional === true ? null : 'This needs an answer.';
  if (value === '') return question.optional === true ? null : 'This needs an answer.';
  if (question.kind === 'number' && Number.isNaN(value)) return 'Type a whole number.';
  return question.validate?.(value) ?? validateAt(question.key, value);
}

/** A question whose words may come from facts: safe to print, its values as they are. */
export function printable(question: FlowQuestion): FlowQuestion {
  const { message, help, label, absent, other, choices } = question;
  return {
    ...question,
    message: clean(message),
    help: clean(help),
    label: clean(label),
    ...(absent === undefined ? {} : { absent: clean(absent) }),
    ...(other === undefined ? {} : { other: clean(other) }),
    ...(choices === undefined
      ? {}
      : {
          choices: choices.map((c) => ({
            ...c,
            label: clean(c.label),
            ...(c.hint === undefined ? {} : { hint: clean(c.hint) }),
            ...(c.disabled === undefined ? {} : { disabled: clean(c.disabled) }),
          })),
        }),
  };
}

/** The same for text as it is being typed. */
export function checkText(question: FlowQuestion, text: string): string | null {
  return checkAnswer(question, decodeText(question, text));
}

/** True when nothing need be typed: it is optional, or a secret that was given before (typed, or named by the answers file). */
export function mayStayEmpty(question: FlowQuestion, current: unknown): boolean {
  return question.optional === true || (question.kind === 'secret' && current !== undefined);
}

/** The answer in words, for the review. */
export const showAnswer = (question: FlowQuestion, value: unknown): string => clean(answerWords(question, value));

function answerWords(question: FlowQuestion, value: unknown): string {
  if (value === undefined) return question.absent ?? (question.optional === true || question.advanced === true ? 'default' : 'not answered yet');
  if (question.kind === 'secret') return 'given, hidden';
  if (question.list) {
    const entries = question.list.toEntries(value);
    return entries.length === 0 ? 'none' : entries.join('; ');
  }
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  const text = encodeValue(question, value);
  const choice = question.choices?.find((c) => c.value === text);
  return choice ? choice.label : typeof value === 'boolean' ? (value ? 'yes' : 'no') : text;
}
