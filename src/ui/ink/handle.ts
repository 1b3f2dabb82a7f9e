/** Keys, whatever is open: overlays first, then small questions at the foot, then the page, then what works everywhere. */

import { effects } from '../../core/change.js';
import { EXIT } from '../../core/errors.js';
import { getAt } from '../flow/draft.js';
import { parseMappingLine } from '../flow/lists.js';
import { reviewRows } from '../flow/review.js';
import { currentPage, type FlowState } from '../flow/state.js';
import { commandOf, type KeyCommand } from '../keys.js';
import { sortDefinitions } from '../text/render-advice.js';
import { leaveOutFailed } from '../flow/leave-out.js';
import { bodyLines, helpLines, logLines } from './body.js';
import type { Key } from './decode.js';
import { handleQuestion } from './handle-question.js';
import { textKey } from './inputs/text/keys.js';
import { reduceText, textOf } from './inputs/text/state.js';
import { layoutOf } from './layout.js';
import { keyScreen, openPlan, withoutCommands } from './now.js';
import { bodyLook, type Session } from './session.js';
import type { Message, UiState } from './ui-state.js';

const tell = (session: Session, text: string, tone: Message['tone'] = 'warn') => session.ui.set({ message: { text, tone } });

/** The lines of the page or overlay that is read now. */
function readLines(session: Session): readonly string[] {
  const flow = session.wizard.getState();
  const ui = session.ui.get();
  const look = bodyLook(session);
  if (ui.overlay === 'help') return helpLines(flow, ui, look);
  if (ui.overlay === 'log') return logLines(flow.run, look);
  return bodyLines(flow, ui, look, layoutOf(ui.size).compact);
}

function scrollTo(session: Session, to: number): void {
  const ui = session.ui.get();
  const { height } = layoutOf(ui.size);
  const scroll = Math.max(0, Math.min(to, readLines(session).length - height));
  session.ui.set(ui.overlay ? { overlayScroll: scroll } : { scroll });
}

function move(session: Session, command: KeyCommand): boolean {
  const ui = session.ui.get();
  const { height } = layoutOf(ui.size);
  const at = ui.overlay ? ui.overlayScroll : ui.scroll;
  const targets: Partial<Record<KeyCommand, number>> = { up: at - 1, down: at + 1, 'page-up': at - height + 1, 'page-down': at + height - 1, top: 0, bottom: Number.MAX_SAFE_INTEGER };
  const to = targets[command];
  if (to === undefined) return false;
  scrollTo(session, to);
  return true;
}

function moveRow(session: Session, command: KeyCommand, rows: number): boolean {
  const ui = session.ui.get();
  const page = Math.max(1, layoutOf(ui.size).height - 4);
  const targets: Partial<Record<KeyCommand, number>> = { up: ui.index - 1, down: ui.index + 1, 'page-up': ui.index - page, 'page-down': ui.index + page, top: 0, bottom: rows - 1 };
  const to = targets[command];
  if (to === undefined) return false;
  session.ui.set({ index: Math.max(0, Math.min(rows - 1, to)), message: null });
  return true;
}

function find(session: Session, from: number): void {
  const { search } = session.ui.get();
  if (search === '') return tell(session, 'Type what to search for after /.');
  const lines = readLines(session);
  const hits = lines.flatMap((l, i) => (l.toLowerCase().includes(search.toLowerCase()) ? [i] : []));
  const hit = hits.find((i) => i > from) ?? hits[0];
  if (hit === undefined) return tell(session, `"${search}" is not in this text.`);
  scrollTo(session, hit);
  tell(session, `"${search}": ${hits.indexOf(hit) + 1} of ${hits.length}`, 'dim');
}

function startApply(session: Session): void {
  const { wizard } = session;
  if (wizard.getState().asking) wizard.decide(true);
  else {
    void wizard.save();
    const { plan } = wizard.getState();
    void wizard.run(plan.state === 'done' && effects(plan.value).length === 0 ? 'verify' : 'apply');
  }
}

/** Keys while something small is typed or asked at the foot. */
function handleAsk(session: Session, ui: UiState, key: Key): void {
  const screen = keyScreen(session.wizard.getState(), ui);
  const command = commandOf(screen, key.name);
  if (ui.ask === 'sure') {
    if (command === 'yes' || command === 'no') session.ui.set({ ask: null });
    if (command === 'yes') startApply(session);
    return;
  }
  if (command === 'back') return session.ui.set({ ask: null, message: null });
  if (command === 'accept') return acceptAsk(session, ui);
  const action = textKey(key);
  if (action) session.ui.set({ line: reduceText(ui.line, action), message: null });
}

function acceptAsk(session: Session, ui: UiState): void {
  const text = ui.line.text.trim();
  if (ui.ask === 'search') {
    session.ui.set({ ask: null, search: text });
    return find(session, -1);
  }
  if (ui.ask === 'name') {
    const open = openPlan(session.wizard.getState());
    if (open && text === open.plan.cluster) {
      session.ui.set({ ask: null });
      return startApply(session);
    }
    return tell(session, `That is not the name. Type ${open?.plan.cluster ?? ''}, or Esc.`, 'bad');
  }
  acceptMapping(session, text);
}

function advised(flow: FlowState) {
  return flow.survey.state === 'done' ? sortDefinitions(flow.survey.value.advice.definitions) : [];
}

function acceptMapping(session: Session, text: string): void {
  const row = advised(session.wizard.getState())[session.ui.get().index];
  if (!row) return session.ui.set({ ask: null });
  const key = `mappings.definitions.${row.definition}`;
  if (text === '') session.wizard.dispatch({ type: 'set', key, value: undefined });
  else {
    const parsed = parseMappingLine(`${row.definition} = ${text}`);
    if (!parsed.ok) return tell(session, parsed.error, 'bad');
    session.wizard.dispatch({ type: 'set', key, value: parsed.value[1] });
  }
  session.ui.set({ ask: null, message: { text: text === '' ? `${row.definition}: as advised.` : `${row.definition}: ${text}. The plan will follow it.`, tone: 'good' } });
}

function approve(session: Session): void {
  const open = openPlan(session.wizard.getState());
  if (!open) return;
  if (open.irreversible.length === 0) return session.ui.set({ ask: 'sure', message: null });
  session.ui.set({ ask: 'name', line: textOf(''), message: { text: `${open.irreversible.length} of these cannot be undone. Type ${open.plan.cluster} to run the plan.`, tone: 'bad' } });
}

type PageKeys = (session: Session, command: KeyCommand, flow: FlowState) => boolean;

const next: PageKeys = (session) => {
  session.wizard.dispatch({ type: 'next' });
  return true;
};

const PAGES: Partial<Record<string, PageKeys>> = {
  welcome: (session, command, flow) => command === 'accept' && next(session, command, flow),
  unfinished(session, command, flow) {
    if (command === 'resume') void session.wizard.run('resume');
    else if (command === 'rollback') void session.wizard.run('rollback');
    else return command === 'done' && next(session, command, flow);
    return true;
  },
  connect(session, command, flow) {
    if (command === 'leave-out') leaveOutFailed(session.wizard);
    if (command === 'retry' || command === 'leave-out') session.wizard.dispatch({ type: 'retry', what: 'trials' });
    else return command === 'accept' ? next(session, command, flow) : move(session, command);
    return true;
  },
  survey(session, command, flow) {
    if (command === 'retry') session.wizard.dispatch({ type: 'retry', what: 'survey' });
    else return command === 'accept' ? next(session, command, flow) : move(session, command);
    return true;
  },
  advice(session, command, flow) {
    const rows = advised(flow);
    if (command === 'accept') return next(session, command, flow);
    if (session.ui.get().detail) return move(session, command);
    if (command !== 'change') return moveRow(session, command, rows.length);
    const row = rows[session.ui.get().index];
    const own = row ? getAt(flow.draft, `mappings.definitions.${row.definition}`) : undefined;
    if (row) session.ui.set({ ask: 'mapping', line: textOf((Array.isArray(own) ? (own as string[]) : row.stores).join(', ')), message: null });
    return true;
  },
  review(session, command, flow) {
    const rows = reviewRows(flow);
    const row = rows[session.ui.get().index];
    if (command === 'accept' && row) session.wizard.dispatch({ type: 'goto', page: row.page, editing: true });
    else if (command === 'done') return next(session, command, flow);
    else return moveRow(session, command, rows.length);
    return true;
  },
  plan(session, command) {
    if (command === 'approve') approve(session);
    else if (command === 'done') startApply(session);
    else if (command === 'retry') session.wizard.dispatch({ type: 'retry', what: 'plan' });
    else return move(session, command);
    return true;
  },
  result(session, command) {
    const { wizard } = session;
    if (command === 'accept') session.leave(null);
    else if (command === 'keep' || command === 'revert') void wizard.endTrial(command === 'keep');
    else if (command === 'rollback') void wizard.run('rollback');
    else if (command === 'retry') {
      wizard.dispatch({ type: 'retry', what: 'plan' });
      wizard.dispatch({ type: 'goto', page: 'plan' });
    } else return move(session, command);
    return true;
  },
};

function back(session: Session, flow: FlowState): void {
  if (flow.asking) return session.wizard.decide(false);
  session.wizard.cancelWork();
  session.wizard.dispatch({ type: 'back' });
}

async function save(session: Session): Promise<void> {
  const path = await session.wizard.save();
  const { saved } = session.wizard.getState();
  if (path !== null) tell(session, `Saved in ${path}, without passwords.`, 'good');
  else if (saved && 'error' in saved) tell(session, `Not saved: ${saved.error}`, 'bad');
}

/** What works on every page. */
function everywhere(session: Session, command: KeyCommand, flow: FlowState): void {
  const ui = session.ui.get();
  switch (command) {
    case 'help':
    case 'log':
      return session.ui.set({ overlay: command, overlayScroll: 0 });
    case 'all':
      return session.ui.set({ detail: !ui.detail, scroll: 0 });
    case 'search':
      return session.ui.set({ ask: 'search', line: textOf(''), message: null });
    case 'next-match':
      return find(session, ui.scroll);
    case 'back':
      return back(session, flow);
    case 'save':
      return void save(session);
    case 'quit':
      return quit(session, flow);
    default:
      return;
  }
}

function quit(session: Session, flow: FlowState): void {
  if (flow.running) {
    if (session.wizard.interrupt() === 3) session.leaveNow();
    return;
  }
  session.leave(currentPage(flow).kind === 'result' ? null : EXIT.cancelled);
}

/** Gives one key to whatever is open. */
export function handleKey(session: Session, key: Key): void {
  const flow = session.wizard.getState();
  const ui = session.ui.get();
  if (key.name === 'ctrl+c') return quit(session, flow);
  if (key.name === 'ctrl+z') return session.suspend();
  if (ui.overlay) {
    const command = commandOf('overlay', key.name);
    if (command === 'close') return session.ui.set({ overlay: null });
    if (command) move(session, command);
    return;
  }
  if (ui.ask) return handleAsk(session, ui, key);
  if (!flow.asking && currentPage(flow).kind === 'question' && handleQuestion(session, key)) return;
  const command = commandOf(keyScreen(flow, ui), key.name, withoutCommands(flow));
  if (!command) return;
  const page = PAGES[flow.asking ? 'plan' : currentPage(flow).kind];
  if (!page?.(session, command, flow)) everywhere(session, command, flow);
}

