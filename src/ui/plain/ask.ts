/** One question, line by line: the text, the help, numbered choices, the answer. */

import { checkAnswer, checkText, decodeText, encodeValue, type FlowQuestion, mayStayEmpty } from '../flow/question.js';
import { PASSWORDS_DIFFER } from '../messages.js';
import { paint } from '../text/render-style.js';
import { wrap, wrapWith } from '../text/width.js';
import type { Command, PlainIo, Reply } from './io.js';
import { CHOICE, formatEntries, formatListHelp, formatNoChoice, formatNumberRange, formatUnavailable, MENU, PROMPT, SAY } from './messages.js';

export type Answer =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'secret'; readonly text: string }
  | { readonly type: 'command'; readonly command: Command };

type Choice = NonNullable<FlowQuestion['choices']>[number];

const value = (v: unknown): Answer => ({ type: 'value', value: v });

/** The question's text and help. */
export function introduce(io: PlainIo, question: FlowQuestion): void {
  io.say(['', ...wrap(question.message, io.style.width).map((l) => paint(io.style, 'strong', l)), ...wrapWith('  ', question.help, io.style.width)]);
}

/** The choices by number. `standard` is the value of the default; null: it is `other`. */
function choiceLines(io: PlainIo, choices: readonly Choice[], other: string | undefined, standard: string | null): readonly string[] {
  const lines = choices.flatMap((c, i) => [
    ...wrapWith(
      `  ${i + 1}. `,
      `${c.label}${c.value === standard ? CHOICE.standard : ''}${c.disabled === undefined ? '' : CHOICE.unavailable}`,
      io.style.width,
    ),
    ...((c.disabled ?? c.hint) ? wrapWith('     ', c.disabled ?? c.hint ?? '', io.style.width).map((l) => paint(io.style, 'dim', l)) : []),
  ]);
  return [
    ...lines,
    ...(other === undefined ? [] : wrapWith(`  ${choices.length + 1}. `, `${other}${standard === null ? CHOICE.standard : ''}`, io.style.width)),
    MENU.zero,
  ];
}

function pick(choices: readonly Choice[], text: string): Choice | undefined {
  return choices[Number(text) - 1] ?? choices.find((c) => c.value === text || c.label === text);
}

async function askSelect(io: PlainIo, question: FlowQuestion, current: unknown): Promise<Answer> {
  const choices = question.choices ?? [];
  const start = encodeValue(question, current ?? question.default);
  // A typed answer is none of the choices: Enter must keep it, not select the first choice.
  const own = question.other !== undefined && start !== '' && !choices.some((c) => c.value === start);
  const possible = choices.filter((c) => c.disabled === undefined);
  const standard = own ? null : ((possible.find((c) => c.value === start) ?? possible[0])?.value ?? '');
  io.say(choiceLines(io, choices, question.other, standard));
  const check = (text: string) => {
    if (text === '0' || (question.other !== undefined && text === String(choices.length + 1))) return null;
    const chosen = pick(choices, text);
    if (!chosen) return formatNumberRange(0, choices.length + (question.other === undefined ? 0 : 1));
    return chosen.disabled === undefined ? checkText(question, chosen.value) : formatUnavailable(chosen.disabled);
  };
  const standardAt = choices.findIndex((c) => c.value === standard);
  const number = own ? choices.length : Math.max(0, standardAt);
  const reply = await io.ask(PROMPT.number, { default: String(number + 1), check });
  if (reply.type === 'command') return reply;
  if (reply.text === '0') return { type: 'command', command: 'back' };
  const chosen = pick(choices, reply.text);
  return chosen ? value(decodeText(question, chosen.value)) : askText(io, question, current);
}

async function askMany(io: PlainIo, question: FlowQuestion, current: unknown): Promise<Answer> {
  const choices = question.choices ?? [];
  const now = Array.isArray(current) ? (current as readonly string[]) : [];
  io.say(
    choiceLines(
      io,
      choices.map((c) => (now.includes(c.value) ? { ...c, label: `${c.label}${CHOICE.chosen}` } : c)),
      undefined,
      '',
    ),
  );
  const parts = (text: string) => text.split(/[\s,]+/).filter((p) => p !== '');
  const check = (text: string) => {
    if (text === '0' || text === 'none') return null;
    const wrong = parts(text).find((p) => !pick(choices, p));
    return wrong === undefined ? null : formatNoChoice(wrong);
  };
  const reply = await io.ask(PROMPT.numbers, {
    default: now.length === 0 ? 'none' : now.map((n) => choices.findIndex((c) => c.value === n) + 1).join(','),
    check,
  });
  if (reply.type === 'command') return reply;
  if (reply.text === '0') return { type: 'command', command: 'back' };
  if (reply.text === 'none' || reply.text === '') return value(undefined);
  return value(parts(reply.text).map((p) => pick(choices, p)?.value ?? ''));
}

async function askText(io: PlainIo, question: FlowQuestion, current: unknown): Promise<Answer> {
  const shown = encodeValue(question, current ?? question.default);
  // A hyphen deletes an optional answer: empty means "as shown".
  const clear = question.optional === true && shown !== '';
  const text = (typed: string) => (clear && typed.trim() === '-' ? '' : typed);
  const reply = await io.ask(clear ? PROMPT.clearable : question.optional === true ? PROMPT.optional : PROMPT.answer, {
    default: shown,
    check: (t) => checkText(question, text(t)),
  });
  return reply.type === 'command' ? reply : value(decodeText(question, text(reply.text)));
}

async function askYesNo(io: PlainIo, question: FlowQuestion, current: unknown): Promise<Answer> {
  const yes = (current ?? question.default) === true;
  const check = (text: string) => (/^(y|yes|n|no|1|2|0)$/i.test(text.trim()) ? null : SAY.yesOrNo);
  const reply: Reply = await io.ask(PROMPT.yesNo, { default: yes ? 'yes' : 'no', check });
  if (reply.type === 'command') return reply;
  return value(/^y/i.test(reply.text.trim()));
}

async function askSecret(io: PlainIo, question: FlowQuestion, current: unknown): Promise<Answer> {
  for (;;) {
    const reply = await io.askSecret(current === undefined ? PROMPT.password : PROMPT.passwordKeep);
    if (reply.type === 'command') return reply;
    if (reply.text === '' && !mayStayEmpty(question, current)) {
      io.say([SAY.answerRequired]);
      continue;
    }
    if (reply.text !== '') {
      const again = await io.askSecret(PROMPT.again);
      if (again.type === 'command') return again;
      if (again.text !== reply.text) {
        io.say([PASSWORDS_DIFFER]);
        continue;
      }
    }
    return { type: 'secret', text: reply.text };
  }
}

async function askList(io: PlainIo, question: FlowQuestion, current: unknown): Promise<Answer> {
  const format = question.list;
  if (!format) throw new Error(`question ${question.key} is a list without a format`);
  let entries = [...format.toEntries(current ?? question.default)];
  for (;;) {
    const numbered = entries.flatMap((e, i) => wrapWith(`  ${i + 1}. `, e, io.style.width));
    io.say([
      ...(entries.length === 0 ? [SAY.emptyList] : numbered),
      ...wrapWith('  ', formatListHelp(format.example), io.style.width),
      ...(format.suggestions && format.suggestions.length > 0 ? wrapWith(SAY.known, format.suggestions.slice(0, 12).join(', '), io.style.width) : []),
    ]);
    const command = await io.readLines('+', (line) => {
      const out = /^-\s*(\d+)$/.exec(line.trim());
      if (out) {
        entries = entries.filter((_, i) => i !== Number(out[1]) - 1);
        io.say([formatEntries(entries.length)]);
        return 'more';
      }
      const wrong = format.check(line);
      if (wrong === null) entries = [...entries, format.normalize(line)];
      io.say(wrong === null ? wrapWith(`  ${entries.length}. `, format.normalize(line), io.style.width) : wrapWith(SAY.rejected, wrong, io.style.width));
      return 'more';
    });
    if (command) return { type: 'command', command };
    const list = format.fromEntries(entries);
    const wrong = format.checkAll(entries) ?? checkAnswer(question, list);
    if (wrong === null) return value(list);
    io.say(wrapWith('  ', wrong, io.style.width).map((l) => paint(io.style, 'bad', l)));
  }
}

/** Asks one question. */
export function askQuestion(io: PlainIo, question: FlowQuestion, current: unknown): Promise<Answer> {
  introduce(io, question);
  switch (question.kind) {
    case 'select':
      return askSelect(io, question, current);
    case 'multiselect':
      return askMany(io, question, current);
    case 'confirm':
      return askYesNo(io, question, current);
    case 'secret':
      return askSecret(io, question, current);
    case 'list':
      return askList(io, question, current);
    case 'text':
    case 'number':
      return askText(io, question, current);
  }
}

/** A numbered menu of things to do. @returns the id chosen, or a command */
export async function askMenu<T extends string>(io: PlainIo, items: readonly { readonly id: T; readonly label: string }[]): Promise<T | Command> {
  io.say(items.flatMap((item, i) => wrapWith(`  ${i + 1}. `, item.label, io.style.width)));
  const reply = await io.ask(PROMPT.number, { default: '1', check: (t) => (items[Number(t) - 1] ? null : formatNumberRange(1, items.length)) });
  return reply.type === 'command' ? reply.command : (items[Number(reply.text) - 1]?.id as T);
}
