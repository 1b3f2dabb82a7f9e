/** Keys, in order: overlays, then the line at the foot, then the page, then keys that work everywhere. */

import { ownStoresKey } from '../../advice/overruled.js';
import { getAt } from '../../answers/draft.js';
import { EXIT } from '../../core/errors.js';
import { excludableNodes, failedTrials, toNodes } from '../flow/exclude.js';
import { reviewRows } from '../flow/review.js';
import { currentPage } from '../flow/selectors.js';
import type { FlowState } from '../flow/state.js';
import { commandOf, type KeyCommand } from '../keys.js';
import { formatSaved, NO_SUSPEND } from '../messages.js';
import type { Key } from './decode.js';
import { advised, approve, handleAsk, startApply, takeUp } from './handle-ask.js';
import { handleQuestion } from './handle-question.js';
import { find, fold, move, moveChecks, moveRow, showMessage } from './handle-reading.js';
import { textOf } from './inputs/text/state.js';
import { keyScreen, withoutCommands } from './now.js';
import type { Session } from './session.js';

type PageKeys = (session: Session, command: KeyCommand, flow: FlowState, key: Key) => boolean;

const next = (session: Session): true => {
  session.wizard.dispatch({ type: 'next' });
  return true;
};

/** Asks which, where there are several, and why. The nodes are those of this moment: what fails while the reason is typed is not excluded unseen. */
function askLeaving(session: Session, leaving: readonly string[]): void {
  const several = leaving.length > 1;
  session.ui.set({ ask: several ? 'which' : 'reason', leaving, line: textOf(several ? leaving.join(' ') : ''), message: null });
}

const PAGES: Partial<Record<string, PageKeys>> = {
  welcome: (session, command) => command === 'accept' && next(session),
  unfinished(session, command) {
    if (command === 'resume' || command === 'rollback') takeUp(session, command);
    else if (command === 'view-log') session.ui.set({ overlay: 'journal', overlayScroll: 0 });
    else return command === 'done' && next(session);
    return true;
  },
  connect(session, command, flow) {
    if (command === 'leave-out') askLeaving(session, failedTrials(flow));
    else if (command === 'nodes') toNodes(session.wizard);
    else if (command === 'retry') session.wizard.dispatch({ type: 'retry', what: 'trials' });
    else return command === 'accept' ? next(session) : move(session, command);
    return true;
  },
  survey(session, command) {
    if (command === 'retry') session.wizard.dispatch({ type: 'retry', what: 'survey' });
    else return command === 'accept' ? next(session) : move(session, command);
    return true;
  },
  advice(session, command, flow) {
    const rows = advised(flow);
    if (command === 'accept') return next(session);
    if (session.ui.get().detail) return move(session, command);
    if (command !== 'change') return moveRow(session, command, rows.length);
    const row = rows[session.ui.get().index];
    const own = row ? getAt(flow.draft, ownStoresKey(row.definition)) : undefined;
    if (row) session.ui.set({ ask: 'mapping', line: textOf((Array.isArray(own) ? (own as string[]) : row.stores).join(', ')), message: null });
    return true;
  },
  review(session, command, flow) {
    const rows = reviewRows(flow);
    const row = rows[session.ui.get().index];
    if (command === 'accept' && row) session.wizard.dispatch({ type: 'goto', page: row.page, editing: true });
    else if (command === 'done') return next(session);
    else return moveRow(session, command, rows.length);
    return true;
  },
  plan(session, command, _flow, key) {
    if (command === 'approve') approve(session);
    else if (command === 'fold') fold(session, Number(key.name));
    else if (command === 'done') startApply(session);
    else if (command === 'decline') session.wizard.decide(false);
    else if (command === 'retry') session.wizard.dispatch({ type: 'retry', what: 'plan' });
    else return move(session, command);
    return true;
  },
  result(session, command, flow) {
    const { wizard } = session;
    if (command === 'accept') session.leave(null);
    else if (command === 'checks') session.ui.set({ overlay: 'checks', overlayScroll: 0, cell: { index: 0, open: false } });
    else if (command === 'keep' || command === 'revert' || command === 'more-time') void wizard.endTrial(command === 'more-time' ? 'more' : command);
    else if (command === 'rollback') takeUp(session, 'rollback');
    else if (command === 'leave-out') askLeaving(session, excludableNodes(flow));
    // After a rollback, trying again repeats the rollback.
    else if (command === 'retry' && flow.runKind === 'rollback') takeUp(session, 'rollback');
    else if (command === 'retry') {
      wizard.dispatch({ type: 'retry', what: 'plan' });
      wizard.dispatch({ type: 'goto', page: 'plan' });
    } else return move(session, command);
    return true;
  },
};

function back(session: Session): void {
  session.wizard.cancelWork();
  session.wizard.dispatch({ type: 'back' });
}

async function save(session: Session): Promise<void> {
  const saved = await session.wizard.save();
  showMessage(session, formatSaved(saved), 'error' in saved ? 'bad' : 'good');
}

/** Keys that work on every page. */
function everywhere(session: Session, command: KeyCommand, flow: FlowState): void {
  const ui = session.ui.get();
  switch (command) {
    case 'help':
    case 'log':
      session.ui.set({ overlay: command, overlayScroll: 0 });
      return;
    case 'all':
      session.ui.set({ detail: !ui.detail, scroll: 0 });
      return;
    case 'search':
      session.ui.set({ ask: 'search', line: textOf(''), message: null });
      return;
    case 'next-match':
      find(session, ui.scroll);
      return;
    case 'back':
      back(session);
      return;
    case 'save':
      return void save(session);
    case 'quit':
      quit(session, flow);
      return;
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

/** Gives one key to what is open. */
export function handleKey(session: Session, key: Key): void {
  const flow = session.wizard.getState();
  const ui = session.ui.get();
  if (key.name === 'ctrl+c') {
    quit(session, flow);
    return;
  }
  if (key.name === 'ctrl+z') {
    if (flow.running) showMessage(session, NO_SUSPEND);
    else session.suspend();
    return;
  }
  if (ui.overlay) {
    const command = commandOf(keyScreen(flow, ui), key.name);
    if (moveChecks(session, command)) return;
    if (command === 'close') {
      // An open check closes to the list of checks.
      const back = ui.overlay === 'checks' && ui.cell.open;
      session.ui.set(back ? { cell: { ...ui.cell, open: false }, overlayScroll: 0 } : { overlay: null });
      return;
    }
    if (command) move(session, command);
    return;
  }
  if (ui.ask) {
    handleAsk(session, ui, key);
    return;
  }
  if (!flow.asking && currentPage(flow).kind === 'question' && handleQuestion(session, key)) return;
  const command = commandOf(keyScreen(flow, ui), key.name, withoutCommands(flow));
  if (!command) return;
  const page = PAGES[flow.asking ? 'plan' : currentPage(flow).kind];
  if (!page?.(session, command, flow, key)) everywhere(session, command, flow);
}
