/** Keys as data: one list gives the handlers their commands, the key bar its words and the help screen its text. */

import { displayWidth } from './text/width.js';

/** What has the keyboard: kinds of pages, inputs and overlays. */
export type KeyScreen =
  | 'welcome'
  | 'unfinished'
  | 'text'
  | 'secret'
  | 'select'
  | 'multiselect'
  | 'confirm'
  | 'list'
  | 'connect'
  | 'survey'
  | 'advice'
  | 'review'
  | 'plan'
  /** A plan in the middle of a run. */
  | 'asked'
  | 'run'
  | 'result'
  | 'sure'
  | 'name'
  | 'search'
  | 'checks'
  | 'overlay';

export type KeyCommand =
  | 'accept'
  | 'back'
  | 'help'
  | 'quit'
  | 'save'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'top'
  | 'bottom'
  | 'toggle'
  | 'yes'
  | 'no'
  | 'delete'
  | 'edit'
  | 'suggest'
  | 'done'
  | 'retry'
  | 'leave-out'
  | 'resume'
  | 'rollback'
  | 'approve'
  | 'by-stage'
  | 'decline'
  | 'nodes'
  | 'fold'
  | 'change'
  | 'all'
  | 'search'
  | 'next-match'
  | 'log'
  | 'keep'
  | 'revert'
  | 'more-time'
  | 'look'
  | 'checks'
  | 'close';

export interface Binding {
  readonly command: KeyCommand;
  /** Names as the decoder gives them; the first is shown. */
  readonly keys: readonly string[];
  /** A word or two for the key bar; empty = only in the help. */
  readonly label: string;
  readonly help: string;
  readonly screens: readonly KeyScreen[];
}

const TYPING: readonly KeyScreen[] = ['text', 'secret', 'list'];
const CHOOSING: readonly KeyScreen[] = ['select', 'multiselect', 'confirm'];
const PLANS: readonly KeyScreen[] = ['plan', 'asked'];
const READING: readonly KeyScreen[] = ['connect', 'survey', ...PLANS, 'result', 'overlay'];
const TABLES: readonly KeyScreen[] = ['advice', 'review'];
const PAGES: readonly KeyScreen[] = ['welcome', 'unfinished', ...CHOOSING, 'connect', 'survey', ...TABLES, 'plan'];

/** The first is what is shown for the others: no key is called so. */
const FOLD_KEYS = ['1-9', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

export const BINDINGS: readonly Binding[] = [
  { command: 'accept', keys: ['enter'], label: 'ok', help: 'take this answer and go on', screens: ['text', 'secret', ...CHOOSING] },
  { command: 'accept', keys: ['enter'], label: 'begin', help: 'begin', screens: ['welcome'] },
  { command: 'accept', keys: ['enter'], label: 'go on', help: 'go on', screens: ['connect', 'survey', 'advice'] },
  { command: 'accept', keys: ['enter'], label: 'add', help: 'add what is typed; on an empty line: the list is complete, go on', screens: ['list'] },
  { command: 'accept', keys: ['enter'], label: 'change', help: 'change this answer', screens: ['review'] },
  { command: 'accept', keys: ['enter'], label: 'leave', help: 'end the wizard', screens: ['result'] },
  { command: 'accept', keys: ['enter'], label: 'find', help: 'go to the first place that has it', screens: ['search'] },
  { command: 'accept', keys: ['enter'], label: 'run', help: 'run the plan, when the name is right', screens: ['name'] },
  { command: 'done', keys: ['p', 'right'], label: 'plan', help: 'all is right: work out the plan (nothing is changed yet)', screens: ['review'] },
  { command: 'yes', keys: ['y'], label: 'yes', help: 'run it', screens: ['sure'] },
  { command: 'by-stage', keys: ['s'], label: 'stage by stage', help: 'run it, and ask again before each later stage', screens: ['sure'] },
  { command: 'no', keys: ['n', 'escape', 'enter'], label: 'no', help: 'do not', screens: ['sure'] },
  { command: 'approve', keys: ['a'], label: 'approve', help: 'approve this very list and run it (asks once more)', screens: PLANS },
  {
    command: 'decline',
    keys: ['escape'],
    label: 'no',
    help: 'begin nothing of this list; what was done before it stays, for going on or taking back',
    screens: ['asked'],
  },
  { command: 'done', keys: ['enter'], label: 'prove it', help: 'nothing to change: prove it on every node', screens: ['plan'] },
  { command: 'keep', keys: ['k'], label: 'keep', help: 'keep the new mappings', screens: ['result'] },
  { command: 'revert', keys: ['u'], label: 'put back', help: 'put the old mappings back now', screens: ['result'] },
  { command: 'more-time', keys: ['m'], label: 'more time', help: 'give the trial its time once more', screens: ['result'] },
  { command: 'retry', keys: ['r'], label: 'try again', help: 'try again; nothing that is done is repeated', screens: ['connect', 'survey', 'plan', 'result'] },
  { command: 'resume', keys: ['r', 'enter'], label: 'go on', help: 'go on with the unfinished run', screens: ['unfinished'] },
  { command: 'look', keys: ['l'], label: 'look', help: 'read its journal: what it did, and what was under way', screens: ['unfinished'] },
  { command: 'done', keys: ['n'], label: 'afresh', help: 'ask and survey anew; the restore point of that run stays the way back', screens: ['unfinished'] },
  { command: 'rollback', keys: ['z'], label: 'roll back', help: 'put back what the run changed', screens: ['result', 'unfinished'] },
  {
    command: 'leave-out',
    keys: ['o'],
    label: 'leave out',
    help: 'leave nodes that failed out of this run, all or some, with a reason; every report names them',
    screens: ['connect', 'result'],
  },
  { command: 'checks', keys: ['c'], label: 'checks', help: 'the checks that do not hold, each with cause and remedy', screens: ['result'] },
  { command: 'accept', keys: ['enter'], label: 'open', help: 'cause, what was seen beside it, and what to try', screens: ['checks'] },
  { command: 'toggle', keys: ['space'], label: 'choose', help: 'choose or unchoose', screens: ['multiselect'] },
  { command: 'yes', keys: ['y'], label: '', help: 'yes', screens: ['confirm'] },
  { command: 'no', keys: ['n'], label: '', help: 'no', screens: ['confirm'] },
  { command: 'nodes', keys: ['c'], label: 'change', help: 'back to the nodes and the login; no answer is lost', screens: ['connect'] },
  { command: 'change', keys: ['c'], label: 'change', help: 'say yourself which stores serve this definition', screens: ['advice'] },
  { command: 'up', keys: ['up'], label: '', help: 'one up', screens: [...CHOOSING, 'list', ...TABLES, 'checks', ...READING] },
  { command: 'up', keys: ['k'], label: '', help: 'one up', screens: ['select', 'multiselect', ...TABLES, 'checks', ...PLANS, 'overlay'] },
  { command: 'down', keys: ['down'], label: '', help: 'one down', screens: [...CHOOSING, 'list', ...TABLES, 'checks', ...READING] },
  { command: 'down', keys: ['j'], label: '', help: 'one down', screens: ['select', 'multiselect', ...TABLES, 'checks', ...PLANS, 'overlay'] },
  { command: 'page-down', keys: ['pagedown', 'space'], label: '', help: 'a screen down', screens: [...TABLES, ...READING] },
  { command: 'page-up', keys: ['pageup'], label: '', help: 'a screen up', screens: [...TABLES, ...READING] },
  { command: 'top', keys: ['home', 'g'], label: '', help: 'to the beginning', screens: [...TABLES, ...READING] },
  { command: 'bottom', keys: ['end', 'G'], label: '', help: 'to the end', screens: [...TABLES, ...READING] },
  { command: 'edit', keys: ['ctrl+e'], label: 'edit', help: 'take the chosen entry back into the line to change it', screens: ['list'] },
  { command: 'delete', keys: ['ctrl+d'], label: 'delete', help: 'take the chosen entry out', screens: ['list'] },
  { command: 'suggest', keys: ['ctrl+n'], label: 'known', help: 'put the next known name into the line', screens: ['list'] },
  { command: 'search', keys: ['/'], label: 'search', help: 'search in this text', screens: [...PLANS, 'result', 'overlay'] },
  { command: 'next-match', keys: ['n'], label: '', help: 'the next place that has it', screens: [...PLANS, 'result', 'overlay'] },
  { command: 'fold', keys: FOLD_KEYS, label: 'fold', help: 'fold the stage of that number to its headline, or open it', screens: PLANS },
  { command: 'all', keys: ['d'], label: 'detail', help: 'more or less detail', screens: ['survey', ...PLANS, 'advice'] },
  { command: 'log', keys: ['l'], label: 'log', help: 'what was said and done so far', screens: ['survey', 'asked', 'run', 'result'] },
  { command: 'back', keys: ['escape'], label: 'back', help: 'back; no answer is lost', screens: [...TYPING, 'name', 'search'] },
  {
    command: 'back',
    keys: ['escape', 'b', 'left'],
    label: 'back',
    help: 'back; no answer is lost, nothing is undone',
    screens: PAGES.filter((p) => p !== 'welcome' && p !== 'unfinished'),
  },
  { command: 'close', keys: ['escape', 'q', 'enter', '?', 'l', 'tab'], label: 'close', help: 'close this', screens: ['overlay'] },
  { command: 'close', keys: ['escape', 'q', 'c'], label: 'close', help: 'close this', screens: ['checks'] },
  { command: 'save', keys: ['s'], label: 'save', help: 'save the answers given so far, without passwords', screens: ['review', 'plan', 'advice'] },
  { command: 'help', keys: ['?', 'tab'], label: 'help', help: 'this help', screens: [...PAGES, 'asked', 'run', 'result'] },
  { command: 'help', keys: ['tab'], label: 'help', help: 'this help', screens: TYPING },
  { command: 'quit', keys: ['q'], label: 'quit', help: 'save the answers and leave', screens: [...PAGES, 'result'] },
  { command: 'quit', keys: ['ctrl+c'], label: 'quit', help: 'save the answers and leave', screens: TYPING },
  {
    command: 'quit',
    keys: ['ctrl+c'],
    label: '',
    help: 'save the answers and leave',
    screens: [...PAGES, 'result', 'sure', 'name', 'search', 'checks', 'overlay'],
  },
  {
    command: 'quit',
    keys: ['ctrl+c'],
    label: 'stop',
    help: 'stop after the change that is under way; again: abort; a third time: leave',
    screens: ['asked', 'run'],
  },
];

/** The bindings that work now: those of the screen, without commands that have no use at the moment. */
export function bindingsOf(screen: KeyScreen, without: readonly KeyCommand[] = []): readonly Binding[] {
  return BINDINGS.filter((b) => b.screens.includes(screen) && !without.includes(b.command));
}

/** The command of a key, or null. */
export function commandOf(screen: KeyScreen, key: string, without: readonly KeyCommand[] = []): KeyCommand | null {
  return bindingsOf(screen, without).find((b) => b.keys.includes(key))?.command ?? null;
}

const NAMES: Readonly<Record<string, string>> = {
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  space: 'Space',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
};
const ASCII_NAMES: Readonly<Record<string, string>> = { up: 'Up', down: 'Down', left: 'Left', right: 'Right' };

/** A key as people call it: `Enter`, `Ctrl+C`, `a`. */
export function keyLabel(key: string, ascii: boolean): string {
  if (key.startsWith('ctrl+')) return `Ctrl+${key.slice(5).toUpperCase()}`;
  return (ascii ? ASCII_NAMES[key] : undefined) ?? NAMES[key] ?? key;
}

const MOVES: readonly KeyScreen[] = ['select', 'multiselect', 'checks', 'advice', 'review', ...PLANS, 'survey', 'connect', 'result', 'overlay'];

/** Parts of the key bar, most useful first, as many as fit; help and the way out are never pushed off. */
export function keyBar(
  screen: KeyScreen,
  width: number,
  ascii: boolean,
  without: readonly KeyCommand[] = [],
): readonly { readonly key: string; readonly label: string }[] {
  const shown = bindingsOf(screen, without).filter((b) => b.label !== '');
  const moves = MOVES.includes(screen) ? [{ key: ascii ? 'Up/Down' : '↑↓', label: 'move' }] : [];
  const part = (b: Binding) => ({ key: keyLabel(b.keys[0] ?? '', ascii), label: b.label });
  const last = shown.filter((b) => ['back', 'decline', 'help', 'quit', 'close'].includes(b.command)).map(part);
  const first = shown.filter((b) => !['back', 'decline', 'help', 'quit', 'close'].includes(b.command)).map(part);
  const size = (p: { readonly key: string; readonly label: string }) => displayWidth(p.key) + displayWidth(p.label) + 3;
  let room = width - last.reduce((sum, p) => sum + size(p), 0);
  const fitting = [...first, ...moves].filter((p) => {
    if (size(p) > room) return false;
    room -= size(p);
    return true;
  });
  return [...fitting, ...last];
}
