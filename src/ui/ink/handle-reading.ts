/** Moving through text and tables, and searching. */

import type { KeyCommand } from '../keys.js';
import { failedCells } from '../text/render-cell.js';
import { shownStages } from '../text/render-plan.js';
import { bodyLines, overlayLines } from './body.js';
import { layoutOf } from './layout.js';
import { formatMatch, formatNotFound, SEARCH_EMPTY } from './messages.js';
import { openPlan } from './now.js';
import { lastStart } from './parts/ScrollText.js';
import { bodyStyle, type Session } from './session.js';
import type { Message } from './ui-state.js';

/** Shows a message above the keys. */
export const showMessage = (session: Session, text: string, tone: Message['tone'] = 'warn') => session.ui.set({ message: { text, tone } });

/** The lines of the page or overlay that is read now. */
function readLines(session: Session): readonly string[] {
  const flow = session.wizard.getState();
  const ui = session.ui.get();
  const style = bodyStyle(session);
  if (ui.overlay) return overlayLines(flow, ui, style);
  return bodyLines(flow, ui, style, layoutOf(ui.size).compact);
}

function scrollTo(session: Session, to: number): void {
  const ui = session.ui.get();
  const { height } = layoutOf(ui.size);
  const scroll = Math.max(0, Math.min(to, lastStart(readLines(session).length, height)));
  session.ui.set(ui.overlay ? { overlayScroll: scroll } : { scroll });
}

/** Scrolls text. @returns false for other commands */
export function move(session: Session, command: KeyCommand): boolean {
  const ui = session.ui.get();
  const { height } = layoutOf(ui.size);
  const at = ui.overlay ? ui.overlayScroll : ui.scroll;
  const targets: Partial<Record<KeyCommand, number>> = {
    up: at - 1,
    down: at + 1,
    'page-up': at - height + 1,
    'page-down': at + height - 1,
    top: 0,
    bottom: Number.MAX_SAFE_INTEGER,
  };
  const to = targets[command];
  if (to === undefined) return false;
  scrollTo(session, to);
  return true;
}

/** Keys in the list of checks that did not pass. @returns false when a text is open, which is scrolled */
export function moveChecks(session: Session, command: KeyCommand | null): boolean {
  const { overlay, cell, size } = session.ui.get();
  if (overlay !== 'checks' || cell.open) return false;
  const count = failedCells(session.wizard.getState().run.checks).length;
  if (command === 'accept') session.ui.set({ cell: { ...cell, open: true }, overlayScroll: 0 });
  if (command !== 'up' && command !== 'down') return command !== 'close';
  const index = Math.max(0, Math.min(count - 1, cell.index + (command === 'up' ? -1 : 1)));
  session.ui.set({ cell: { index, open: false }, overlayScroll: Math.max(0, index - layoutOf(size).height + 2) });
  return true;
}

/** Collapses a stage of the plan or expands it, its headline visible. */
export function fold(session: Session, stage: number): void {
  const open = openPlan(session.wizard.getState());
  if (!open || stage > shownStages(open.plan).length) return;
  const folded = new Set(session.ui.get().folded);
  if (!folded.delete(stage)) folded.add(stage);
  session.ui.set({ folded, message: null });
  const headline = readLines(session).findIndex((line) => line.includes(`Stage ${stage} of `));
  scrollTo(session, Math.max(0, headline));
}

/** Moves between the rows of a table. @returns false for other commands */
export function moveRow(session: Session, command: KeyCommand, rows: number): boolean {
  const ui = session.ui.get();
  const page = Math.max(1, layoutOf(ui.size).height - 4);
  const targets: Partial<Record<KeyCommand, number>> = {
    up: ui.index - 1,
    down: ui.index + 1,
    'page-up': ui.index - page,
    'page-down': ui.index + page,
    top: 0,
    bottom: rows - 1,
  };
  const to = targets[command];
  if (to === undefined) return false;
  session.ui.set({ index: Math.max(0, Math.min(rows - 1, to)), message: null });
  return true;
}

/** Goes to the next line after `from` that matches the search. */
export function find(session: Session, from: number): void {
  const { search } = session.ui.get();
  if (search === '') {
    showMessage(session, SEARCH_EMPTY);
    return;
  }
  const lines = readLines(session);
  const hits = lines.flatMap((l, i) => (l.toLowerCase().includes(search.toLowerCase()) ? [i] : []));
  const hit = hits.find((i) => i > from) ?? hits[0];
  if (hit === undefined) {
    showMessage(session, formatNotFound(search));
    return;
  }
  scrollTo(session, hit);
  showMessage(session, formatMatch(search, hits.indexOf(hit) + 1, hits.length), 'dim');
}
