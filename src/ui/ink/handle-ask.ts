/** Keys while a line is typed or a question asked at the foot of a page. */

import { OWN_STORES, ownStoresKey } from '../../advice/overruled.js';
import { getAt } from '../../answers/draft.js';
import type { DefinitionAdvice } from '../../core/advice.js';
import { checkNamed, checkReason, excludeAndReplan, excludeFailed, namedNodes } from '../flow/exclude.js';
import { missingFor, type TakeUp } from '../flow/missing.js';
import { allQuestions } from '../flow/pages.js';
import { contextOf, currentPage, runKindOf } from '../flow/selectors.js';
import type { FlowState } from '../flow/state.js';
import { commandOf } from '../keys.js';
import { sortDefinitions } from '../text/render-advice.js';
import type { Key } from './decode.js';
import { find, showMessage } from './handle-reading.js';
import { textKey } from './inputs/text/keys.js';
import { reduceText, textOf } from './inputs/text/state.js';
import { formatIrreversiblePrompt, formatMappingSet, formatWrongName } from './messages.js';
import { keyScreen, openPlan, withoutAsked } from './now.js';
import type { Session } from './session.js';
import type { UiState } from './ui-state.js';

/** Runs what was approved; a plan without effects is verified. */
export function startApply(session: Session, byStage = false): void {
  const { wizard } = session;
  // In the middle of a run, the earlier choice stays until it is made again.
  if (wizard.getState().asking) wizard.decide(true, ...(byStage ? [true] : []));
  // One run at a time: a signal may have decided the question meanwhile.
  else if (!wizard.getState().running) {
    void wizard.save();
    void wizard.run(runKindOf(wizard.getState()), byStage);
  }
}

/** Resumes a run on record or rolls it back; passwords that cannot be read are asked for first. */
export function takeUp(session: Session, kind: TakeUp): void {
  const [missing] = missingFor(session.wizard.getState(), kind);
  if (missing === undefined) {
    session.ui.set({ ask: null, message: null });
    void session.wizard.run(kind);
    return;
  }
  session.ui.set({ ask: 'password', askFor: { name: missing, purpose: kind }, line: textOf(''), message: null });
}

/** Keys while a line is typed or a question asked at the foot. */
export function handleAsk(session: Session, ui: UiState, key: Key): void {
  const flow = session.wizard.getState();
  const command = commandOf(keyScreen(flow, ui), key.name, withoutAsked(flow));
  if (ui.ask === 'sure') {
    if (command === 'no') session.ui.set({ ask: null });
    if (command === 'yes' || command === 'by-stage') sure(session, command === 'by-stage');
    return;
  }
  if (command === 'back') {
    session.ui.set({ ask: null, message: null });
    return;
  }
  if (command === 'accept') {
    acceptAsk(session, ui);
    return;
  }
  const action = textKey(key);
  if (action) session.ui.set({ line: reduceText(ui.line, action), message: null });
}

function acceptAsk(session: Session, ui: UiState): void {
  const text = ui.line.text.trim();
  if (ui.ask === 'search') {
    session.ui.set({ ask: null, search: text });
    find(session, -1);
    return;
  }
  if (ui.ask === 'password') {
    // Untrimmed: spaces belong to a password.
    if (ui.askFor && ui.line.text !== '') session.wizard.giveSecret(ui.askFor.name, ui.line.text);
    session.ui.set({ line: textOf('') });
    if (ui.askFor) takeUp(session, ui.askFor.purpose);
    return;
  }
  if (ui.ask === 'name') {
    const open = openPlan(session.wizard.getState());
    if (open && text === open.plan.cluster) {
      session.ui.set({ ask: null });
      startApply(session, ui.byStage);
      return;
    }
    showMessage(session, formatWrongName(open?.plan.cluster ?? ''), 'bad');
    return;
  }
  if (ui.ask === 'which') {
    const wrong = checkNamed(text, ui.leaving);
    if (wrong !== null) showMessage(session, wrong, 'bad');
    else session.ui.set({ ask: 'reason', leaving: namedNodes(text, ui.leaving), line: textOf(''), message: null });
    return;
  }
  if (ui.ask === 'reason') {
    acceptReason(session, ui, text);
    return;
  }
  acceptMapping(session, text);
}

/** Excludes the nodes in question, with the typed reason. */
function acceptReason(session: Session, ui: UiState, text: string): void {
  const wrong = checkReason(text);
  if (wrong !== null) {
    showMessage(session, wrong, 'bad');
    return;
  }
  session.ui.set({ ask: null, message: null });
  const leave = currentPage(session.wizard.getState()).kind === 'result' ? excludeAndReplan : excludeFailed;
  leave(session.wizard, ui.leaving, text);
}

/** The rows of the advice. */
export function advised(flow: FlowState): readonly DefinitionAdvice[] {
  return flow.survey.state === 'done' ? sortDefinitions(flow.survey.value.advice.definitions) : [];
}

function acceptMapping(session: Session, text: string): void {
  const row = advised(session.wizard.getState())[session.ui.get().index];
  if (!row) {
    session.ui.set({ ask: null });
    return;
  }
  const key = ownStoresKey(row.definition);
  if (text === '') session.wizard.dispatch({ type: 'set', key, value: undefined });
  else {
    // As among the mappings, where the same is typed as a line.
    const list = allQuestions(contextOf(session.wizard.getState())).find((q) => q.key === OWN_STORES)?.list;
    const line = `${row.definition} = ${text}`;
    const wrong = list?.check(line) ?? null;
    if (wrong !== null) {
      showMessage(session, wrong, 'bad');
      return;
    }
    session.wizard.dispatch({ type: 'set', key, value: getAt(list?.fromEntries([line]), row.definition) });
  }
  session.ui.set({
    ask: null,
    message: { text: formatMappingSet(row.definition, text), tone: 'good' },
  });
}

/** Asks for confirmation: yes, no, or stage by stage. */
export function approve(session: Session): void {
  if (openPlan(session.wizard.getState())) session.ui.set({ ask: 'sure', message: null });
}

/** Runs the plan; changes that cannot be undone also need the cluster's name. */
function sure(session: Session, byStage: boolean): void {
  const open = openPlan(session.wizard.getState());
  if (!open || open.irreversible.length === 0) {
    session.ui.set({ ask: null });
    startApply(session, byStage);
    return;
  }
  session.ui.set({
    ask: 'name',
    byStage,
    line: textOf(''),
    message: { text: formatIrreversiblePrompt(open.irreversible.length, open.plan.cluster), tone: 'bad' },
  });
}
