/** Questions as the flow asks them: how an answer is typed, checked and shown, whatever the question is about. */

import { type Draft, getAt } from '../../answers/draft.js';
import { clean } from '../../core/clean.js';
import type { Question } from '../../track/question.js';
import { type ListFormat, listFormat } from './list-entries.js';
import { validateAt } from './validate.js';

export interface FlowQuestion extends Omit<Question, 'list'> {
  /** Where it stands: the id of a step, or `site` or `nodes`. */
  readonly section: string;
  readonly list?: ListFormat;
}

/** A step's or the site's question as the flow asks it. */
export function flowQuestion(question: Question, section: string, answers: Draft): FlowQuestion {
  const { list, ...rest } = question;
  return { ...rest, section, ...(list === undefined ? {} : { list: listFormat(list, getAt(answers, question.key)) }) };
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
