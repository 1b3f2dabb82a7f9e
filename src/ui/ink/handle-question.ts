/** Keys on a question: its input, then taking the answer. */

import { getAt } from '../../answers/draft.js';
import { checkAnswer, checkText, decodeText, encodeValue, type FlowQuestion, mayStayEmpty } from '../flow/question.js';
import { currentPage } from '../flow/selectors.js';
import { ANSWER_REQUIRED, PASSWORDS_DIFFER } from '../messages.js';
import { clean } from '../text/width.js';
import type { Key } from './decode.js';
import { confirmKey } from './inputs/confirm/keys.js';
import { listKey } from './inputs/list/keys.js';
import { addPasted, addTyped, type ListState, moveList, suggest, takeOut } from './inputs/list/state.js';
import { multiKey } from './inputs/multi-select/keys.js';
import { type MultiState, moveMulti, toggleMulti } from './inputs/multi-select/state.js';
import { selectKey } from './inputs/select/keys.js';
import { moveSelect, type SelectState, typeOther } from './inputs/select/state.js';
import { pasteNotice, textKey } from './inputs/text/keys.js';
import { reduceText, type TextState, textOf } from './inputs/text/state.js';
import { INPUT } from './messages.js';
import type { Session } from './session.js';
import type { Input } from './ui-state.js';

function take(session: Session, question: FlowQuestion, value: unknown): void {
  const wrong = checkAnswer(question, value);
  if (wrong !== null) {
    session.ui.set({ message: { text: wrong, tone: 'bad' } });
    return;
  }
  session.wizard.dispatch({ type: 'answer', question, value });
  session.wizard.dispatch({ type: 'next' });
}

function setInput(session: Session, input: Input, message: string | null = null): void {
  session.ui.set({ input, message: message === null ? null : { text: message, tone: 'warn' } });
}

/** What is wrong with a text while it is typed: only if typing more cannot make it valid. */
function typedMessage(question: FlowQuestion, text: string): string | null {
  return question.kind === 'number' && text.trim() !== '' ? checkText(question, text) : null;
}

function onText(session: Session, question: FlowQuestion, state: TextState, key: Key): boolean {
  if (key.name === 'enter') {
    take(session, question, decodeText(question, state.text));
    return true;
  }
  const action = textKey(key);
  if (!action) return false;
  const next = reduceText(state, action);
  setInput(session, { kind: 'text', state: next }, pasteNotice(key) ?? typedMessage(question, next.text));
  return true;
}

function onSecret(session: Session, question: FlowQuestion, input: Extract<Input, { kind: 'secret' }>, key: Key): boolean {
  if (key.name !== 'enter') {
    const action = textKey(key);
    if (!action) return false;
    setInput(session, { ...input, state: reduceText(input.state, action) }, pasteNotice(key));
    return true;
  }
  const { text } = input.state;
  if (input.first === null && text !== '') {
    setInput(session, { kind: 'secret', state: textOf(''), first: text }, INPUT.typeAgain);
    return true;
  }
  if (input.first !== null && input.first !== text) {
    setInput(session, { kind: 'secret', state: textOf(''), first: null }, PASSWORDS_DIFFER);
    return true;
  }
  if (text === '' && !mayStayEmpty(question, getAt(session.wizard.getState().draft, question.key))) {
    setInput(session, input, ANSWER_REQUIRED);
    return true;
  }
  // Removed from the screen's state at once; only the flow's Secret keeps it.
  setInput(session, { kind: 'secret', state: textOf(''), first: null });
  session.wizard.dispatch({ type: 'secret', question, text });
  session.wizard.dispatch({ type: 'next' });
  return true;
}

function onOther(session: Session, question: FlowQuestion, state: SelectState & { readonly other: TextState }, key: Key): boolean {
  if (key.name === 'enter') {
    take(session, question, decodeText(question, state.other.text));
    return true;
  }
  if (key.name === 'escape') {
    setInput(session, { kind: 'select', state: { ...state, other: null } });
    return true;
  }
  const action = textKey(key);
  if (!action) return false;
  setInput(session, { kind: 'select', state: { ...state, other: reduceText(state.other, action) } }, pasteNotice(key));
  return true;
}

/** An earlier answer that is none of the choices: it can be kept or changed. */
function ownText(session: Session, question: FlowQuestion): string {
  const text = encodeValue(question, getAt(session.wizard.getState().draft, question.key));
  return (question.choices ?? []).some((c) => c.value === text) ? '' : text;
}

function onSelect(session: Session, question: FlowQuestion, state: SelectState, key: Key): boolean {
  if (state.other) return onOther(session, question, { ...state, other: state.other }, key);
  const choices = question.choices ?? [];
  const count = choices.length + (question.other === undefined ? 0 : 1);
  const command = selectKey(key, count);
  if (!command) return false;
  const at = (index: number) => {
    const disabled = choices[index]?.disabled;
    setInput(session, { kind: 'select', state: { index, other: null } }, disabled === undefined ? null : INPUT.unavailable);
  };
  if (command.type === 'move') at(moveSelect(state, command.by, count).index);
  else if (command.type === 'jump') at(command.to);
  else {
    const choice = choices[state.index];
    if (!choice) setInput(session, { kind: 'select', state: typeOther(state, ownText(session, question)) });
    else if (choice.disabled !== undefined) at(state.index);
    else take(session, question, decodeText(question, choice.value));
  }
  return true;
}

function onMulti(session: Session, question: FlowQuestion, state: MultiState, key: Key): boolean {
  const choices = question.choices ?? [];
  const command = multiKey(key);
  if (!command) return false;
  if (command.type === 'move') setInput(session, { kind: 'multiselect', state: moveMulti(state, command.by, choices.length) });
  else if (command.type === 'toggle') setInput(session, { kind: 'multiselect', state: toggleMulti(state, choices[state.index]?.value ?? '') });
  else take(session, question, state.chosen.length === 0 ? undefined : state.chosen);
  return true;
}

function onConfirm(session: Session, question: FlowQuestion, yes: boolean, key: Key): boolean {
  const command = confirmKey(key);
  if (!command) return false;
  if (command === 'accept') take(session, question, yes);
  else setInput(session, { kind: 'confirm', state: { yes: command === 'toggle' ? !yes : command === 'yes' } });
  return true;
}

function acceptList(session: Session, question: FlowQuestion, state: ListState): void {
  const format = question.list;
  if (!format) return;
  if (state.input.text.trim() !== '') {
    setList(session, addTyped(state, format));
    return;
  }
  const wrong = format.checkAll(state.entries);
  if (wrong !== null) {
    setList(session, { ...state, message: wrong });
    return;
  }
  take(session, question, format.fromEntries(state.entries));
}

function setList(session: Session, state: ListState): void {
  session.ui.set({
    input: { kind: 'list', state },
    message: state.message === null ? null : { text: clean(state.message), tone: /^\d+ added\.$/.test(state.message) ? 'good' : 'bad' },
  });
}

function onList(session: Session, question: FlowQuestion, state: ListState, key: Key): boolean {
  const format = question.list;
  const command = listKey(key, state.index < state.entries.length);
  if (!format || !command) return false;
  switch (command.type) {
    case 'accept':
      acceptList(session, question, state);
      break;
    case 'move':
      setList(session, { ...moveList(state, command.by), message: null });
      break;
    case 'paste':
      setList(session, addPasted(state, command.text, format));
      break;
    case 'edit':
    case 'delete':
      setList(session, takeOut(state, command.type === 'edit'));
      break;
    case 'suggest':
      setList(session, suggest(state, format.suggestions ?? []));
      break;
    case 'text':
      // Typing always goes to the input line, wherever the pointer is.
      setList(session, { ...state, index: state.entries.length, input: reduceText(state.input, command.action), message: null });
  }
  return true;
}

/** Gives a key to the question that is open. @returns false when it is not for its input */
export function handleQuestion(session: Session, key: Key): boolean {
  const { question } = currentPage(session.wizard.getState());
  const { input } = session.ui.get();
  if (!question) return false;
  switch (input.kind) {
    case 'text':
      return onText(session, question, input.state, key);
    case 'secret':
      return onSecret(session, question, input, key);
    case 'select':
      return onSelect(session, question, input.state, key);
    case 'multiselect':
      return onMulti(session, question, input.state, key);
    case 'confirm':
      return onConfirm(session, question, input.state.yes, key);
    case 'list':
      return onList(session, question, input.state, key);
    case 'none':
      return false;
  }
}
