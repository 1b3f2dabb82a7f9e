/** What step 4 asks: which store instances there are to be. */

import type { StoreAnswer } from '../../src/answers/schema.js';
import { servicesOf, storesOf } from '../../src/caches/drafted.js';
import type { AskInput, ListForm, Parsed, Question } from '../../src/track/question.js';
import { settingProblem } from './lib/setting-problem.js';
import { formatStore, parseStoreLine } from './lib/store-lines.js';

/** A store of a line whose settings are those of its plugin, each explained where it does not fit (guide 4.2). */
function parse(line: string): Parsed<StoreAnswer> {
  const parsed = parseStoreLine(line);
  const wrong = parsed.ok ? settingProblem(parsed.value) : null;
  return wrong === null ? parsed : { ok: false, error: wrong };
}

/** Stores typed one a line. */
export const STORE_LIST: ListForm<StoreAnswer> = {
  items: (value) => (Array.isArray(value) ? (value as StoreAnswer[]) : []),
  value: (stores) => stores,
  format: formatStore,
  parse,
  entry: (store) => ({ key: 'stores.0', value: store }),
  checkAll(stores) {
    const names = stores.map((s) => s.name);
    const double = names.find((n, i) => names.indexOf(n) !== i);
    return double === undefined ? null : `Two stores are called ${double}.`;
  },
  example: 'redis1 redis service=redis1 prefix=campus_',
};

/** Step 4: store instances. */
export function storeQuestions(input: AskInput): readonly Question[] {
  const stores = storesOf(input.answers);
  const first: Question = {
    key: 'stores',
    kind: 'select',
    label: 'Stores',
    message: 'Which cache stores should be configured?',
    help: 'A store is a named cache location in Moodle ("store instance"). "As recommended" adopts stores on the same server and adds missing ones. The plan explains every field.',
    default: 'auto',
    choices: [
      { value: 'auto', label: 'as recommended', hint: 'nothing is renamed or deleted' },
      { value: 'list', label: 'list them', hint: 'name, plugin and settings, one per line' },
    ],
    encode: (value) => (value === 'auto' ? 'auto' : 'list'),
    decode: (text) =>
      text === 'auto'
        ? 'auto'
        : Array.isArray(stores)
          ? stores
          : servicesOf(input.answers).map((s) => ({ name: s.name ?? '', plugin: s.plugin ?? '', service: s.name ?? '' })),
  };
  if (!Array.isArray(stores)) return [first];
  const own: Question = {
    key: 'stores',
    kind: 'list',
    label: 'List of stores',
    message: 'List the stores, one per line',
    help: "Name, plugin, then service=NAME or the plugin's own settings as Moodle names them. Names may hold letters, digits, spaces, - and _; use double quotes for values with spaces and for digits that are text.",
    default: [],
    list: STORE_LIST,
  };
  return [first, own];
}
