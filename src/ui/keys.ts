/** Keys as data: one list defines the commands of the handlers, the labels of the key bar and the text of the help. */

import { displayWidth } from './text/width.js';

/** What receives the keys: kinds of pages, inputs and overlays. */
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
  | 'view-log'
  | 'checks'
  | 'close';

export interface Binding {
  readonly command: KeyCommand;
  /** Names of the decoder; the first is shown. */
  readonly keys: readonly string[];
  /** One to three words for the key bar; empty = only in the help. */
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

/** The first is shown for all of them; no key has this name. */
const FOLD_KEYS = ['1-9', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

export const BINDINGS: readonly Binding[] = [
  { command: 'accept', keys: ['enter'], label: 'ok', help: 'save this answer and go to the next question', screens: ['text', 'secret', ...CHOOSING] },
  { command: 'accept', keys: ['enter'], label: 'start', help: 'start', screens: ['welcome'] },
  { command: 'accept', keys: ['enter'], label: 'next', help: 'go to the next page', screens: ['connect', 'survey', 'advice'] },
  { command: 'accept', keys: ['enter'], label: 'add', help: 'add the typed entry; on an empty line: complete the list', screens: ['list'] },
  { command: 'accept', keys: ['enter'], label: 'change', help: 'change this answer', screens: ['review'] },
  { command: 'accept', keys: ['enter'], label: 'finish', help: 'end the wizard', screens: ['result'] },
  { command: 'accept', keys: ['enter'], label: 'find', help: 'go to the first match', screens: ['search'] },
  { command: 'accept', keys: ['enter'], label: 'run', help: 'run the plan if the name is correct', screens: ['name'] },
  { command: 'done', keys: ['p', 'right'], label: 'build plan', help: 'build the plan; nothing is changed yet', screens: ['review'] },
  { command: 'yes', keys: ['y'], label: 'yes', help: 'run the plan', screens: ['sure'] },
  { command: 'by-stage', keys: ['s'], label: 'stage by stage', help: 'run the plan and ask before each later stage', screens: ['sure'] },
  { command: 'no', keys: ['n', 'escape', 'enter'], label: 'no', help: 'do not run the plan', screens: ['sure'] },
  { command: 'approve', keys: ['a'], label: 'approve', help: 'approve this plan and run it (asks for confirmation)', screens: PLANS },
  {
    command: 'decline',
    keys: ['escape'],
    label: 'decline',
    help: 'do not run this plan; completed changes stay, and you can resume or roll them back',
    screens: ['asked'],
  },
  { command: 'done', keys: ['enter'], label: 'verify', help: 'verify every node; there is nothing to change', screens: ['plan'] },
  { command: 'keep', keys: ['k'], label: 'keep', help: 'keep the new mappings', screens: ['result'] },
  { command: 'revert', keys: ['u'], label: 'roll back', help: 'roll back to the previous mappings now', screens: ['result'] },
  { command: 'more-time', keys: ['m'], label: 'more time', help: 'restart the countdown of the trial', screens: ['result'] },
  {
    command: 'retry',
    keys: ['r'],
    label: 'try again',
    help: 'try again; completed changes are not repeated',
    screens: ['connect', 'survey', 'plan', 'result'],
  },
  { command: 'resume', keys: ['r', 'enter'], label: 'resume', help: 'resume the unfinished run', screens: ['unfinished'] },
  { command: 'view-log', keys: ['l'], label: 'view log', help: 'show the log of this run: completed and interrupted changes', screens: ['unfinished'] },
  {
    command: 'done',
    keys: ['n'],
    label: 'start over',
    help: 'survey the site and ask every question again; the restore point of that run stays',
    screens: ['unfinished'],
  },
  { command: 'rollback', keys: ['z'], label: 'roll back', help: 'roll back the changes of the run', screens: ['result', 'unfinished'] },
  {
    command: 'leave-out',
    keys: ['o'],
    label: 'exclude',
    help: 'exclude failed nodes, all or some, with a reason; every report lists them',
    screens: ['connect', 'result'],
  },
  { command: 'checks', keys: ['c'], label: 'checks', help: 'list the checks that did not pass, each with its cause and fix', screens: ['result'] },
  { command: 'accept', keys: ['enter'], label: 'open', help: 'show the cause, related results and what to try', screens: ['checks'] },
  { command: 'toggle', keys: ['space'], label: 'select', help: 'select or clear this choice', screens: ['multiselect'] },
  { command: 'yes', keys: ['y'], label: '', help: 'yes', screens: ['confirm'] },
  { command: 'no', keys: ['n'], label: '', help: 'no', screens: ['confirm'] },
  { command: 'nodes', keys: ['c'], label: 'edit nodes', help: 'edit the nodes and the login; no answer is lost', screens: ['connect'] },
  { command: 'change', keys: ['c'], label: 'change', help: 'choose the stores of this definition yourself', screens: ['advice'] },
  { command: 'up', keys: ['up'], label: '', help: 'move up', screens: [...CHOOSING, 'list', ...TABLES, 'checks', ...READING] },
  { command: 'up', keys: ['k'], label: '', help: 'move up', screens: ['select', 'multiselect', ...TABLES, 'checks', ...PLANS, 'overlay'] },
  { command: 'down', keys: ['down'], label: '', help: 'move down', screens: [...CHOOSING, 'list', ...TABLES, 'checks', ...READING] },
  { command: 'down', keys: ['j'], label: '', help: 'move down', screens: ['select', 'multiselect', ...TABLES, 'checks', ...PLANS, 'overlay'] },
  { command: 'page-down', keys: ['pagedown', 'space'], label: '', help: 'next screen', screens: [...TABLES, ...READING] },
  { command: 'page-up', keys: ['pageup'], label: '', help: 'previous screen', screens: [...TABLES, ...READING] },
  { command: 'top', keys: ['home', 'g'], label: '', help: 'go to the top', screens: [...TABLES, ...READING] },
  { command: 'bottom', keys: ['end', 'G'], label: '', help: 'go to the end', screens: [...TABLES, ...READING] },
  { command: 'edit', keys: ['ctrl+e'], label: 'edit', help: 'edit the selected entry', screens: ['list'] },
  { command: 'delete', keys: ['ctrl+d'], label: 'delete', help: 'delete the selected entry', screens: ['list'] },
  { command: 'suggest', keys: ['ctrl+n'], label: 'suggest', help: 'fill in the next known name', screens: ['list'] },
  { command: 'search', keys: ['/'], label: 'search', help: 'search this text', screens: [...PLANS, 'result', 'overlay'] },
  { command: 'next-match', keys: ['n'], label: '', help: 'go to the next match', screens: [...PLANS, 'result', 'overlay'] },
  { command: 'fold', keys: FOLD_KEYS, label: 'fold', help: 'collapse or expand the stage of that number', screens: PLANS },
  { command: 'all', keys: ['d'], label: 'detail', help: 'show more or less detail', screens: ['survey', ...PLANS, 'advice'] },
  { command: 'log', keys: ['l'], label: 'log', help: 'show the log so far', screens: ['survey', 'asked', 'run', 'result'] },
  { command: 'back', keys: ['escape'], label: 'back', help: 'go back; no answer is lost', screens: [...TYPING, 'name', 'search'] },
  {
    command: 'back',
    keys: ['escape', 'b', 'left'],
    label: 'back',
    help: 'go back; no answer is lost and no change is undone',
    screens: PAGES.filter((p) => p !== 'welcome' && p !== 'unfinished'),
  },
  { command: 'close', keys: ['escape', 'q', 'enter', '?', 'l', 'tab'], label: 'close', help: 'close this view', screens: ['overlay'] },
  { command: 'close', keys: ['escape', 'q', 'c'], label: 'close', help: 'close this view', screens: ['checks'] },
  { command: 'save', keys: ['s'], label: 'save', help: 'save the answers so far, without passwords', screens: ['review', 'plan', 'advice'] },
  { command: 'help', keys: ['?', 'tab'], label: 'help', help: 'show this help', screens: [...PAGES, 'asked', 'run', 'result'] },
  { command: 'help', keys: ['tab'], label: 'help', help: 'show this help', screens: TYPING },
  { command: 'quit', keys: ['q'], label: 'quit', help: 'save the answers and quit', screens: [...PAGES, 'result'] },
  { command: 'quit', keys: ['ctrl+c'], label: 'quit', help: 'save the answers and quit', screens: TYPING },
  {
    command: 'quit',
    keys: ['ctrl+c'],
    label: '',
    help: 'save the answers and quit',
    screens: [...PAGES, 'result', 'sure', 'name', 'search', 'checks', 'overlay'],
  },
  {
    command: 'quit',
    keys: ['ctrl+c'],
    label: 'stop',
    help: 'stop after the current change; press again to abort, a third time to quit at once',
    screens: ['asked', 'run'],
  },
];

/** The bindings that work now: those of the screen, without commands that do nothing at the moment. */
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

/** The name of a key for people: `Enter`, `Ctrl+C`, `a`. */
export function keyLabel(key: string, ascii: boolean): string {
  if (key.startsWith('ctrl+')) return `Ctrl+${key.slice(5).toUpperCase()}`;
  return (ascii ? ASCII_NAMES[key] : undefined) ?? NAMES[key] ?? key;
}

const MOVES: readonly KeyScreen[] = ['select', 'multiselect', 'checks', 'advice', 'review', ...PLANS, 'survey', 'connect', 'result', 'overlay'];

/** Parts of the key bar, most useful first, as many as fit; help and quit always stay. */
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
