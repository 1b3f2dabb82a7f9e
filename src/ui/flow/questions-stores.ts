/** The guide's steps 4 (store instances) and 5 (mappings). */

import type { StoreAnswer } from '../../answers/schema.js';
import { type FlowContext, mucOf, servicesOf, storeNames, storesOf } from './context.js';
import { getAt } from './draft.js';
import { entriesOf } from './list-entries.js';
import { formatMapping, formatStore, parseMappingLine, parseStoreLine } from './lists.js';
import type { FlowQuestion, ListFormat } from './question.js';

/** Stores typed one a line. */
export function storeList(earlier: readonly StoreAnswer[]): ListFormat {
  const { values, fault, check, normalize } = entriesOf(earlier, { format: formatStore, parse: parseStoreLine });
  return {
    toEntries: (value) => (Array.isArray(value) ? (value as StoreAnswer[]).map(formatStore) : []),
    fromEntries: values,
    check,
    normalize,
    checkAll: (entries) => {
      const names = values(entries).map((s) => s.name);
      const double = names.find((n, i) => names.indexOf(n) !== i);
      return fault(entries) ?? (double === undefined ? null : `Two stores are called ${double}.`);
    },
    example: 'redis1 redis service=redis1 prefix=campus_',
  };
}

/** Step 4: store instances. */
export function storeQuestions(context: FlowContext): readonly FlowQuestion[] {
  const section = 'stores' as const;
  const stores = storesOf(context.draft);
  const first: FlowQuestion = {
    key: 'stores',
    section,
    kind: 'select',
    label: 'Store instances',
    message: 'Which store instances shall Moodle have?',
    help: 'A store instance is a named, configured place for caches in Moodle. "As advised" adopts instances that point at the same server and adds what is missing, with every field filled in and explained in the plan.',
    default: 'auto',
    choices: [
      { value: 'auto', label: 'as advised', hint: 'nothing is renamed or deleted' },
      { value: 'list', label: 'I list them myself', hint: 'name, plugin and settings, one a line' },
    ],
    encode: (value) => (value === 'auto' ? 'auto' : 'list'),
    decode: (text) =>
      text === 'auto'
        ? 'auto'
        : Array.isArray(stores)
          ? stores
          : servicesOf(context.draft).map((s) => ({ name: s.name ?? '', plugin: s.plugin ?? '', service: s.name ?? '' })),
  };
  if (!Array.isArray(stores)) return [first];
  const own: FlowQuestion = {
    key: 'stores',
    section,
    kind: 'list',
    label: 'The instances',
    message: 'The store instances, one a line',
    help: "Name, plugin, then service=NAME or the plugin's own settings as Moodle names them. Names may hold letters, digits, spaces, - and _; put in double quotes what has spaces, and digits that are text.",
    default: [],
    list: storeList(stores),
  };
  return [first, own];
}

type Mapping = readonly [definition: string, stores: readonly string[]];

const mappingsOf = (value: unknown): readonly Mapping[] => Object.entries((value ?? {}) as Record<string, readonly string[]>);

/** Mappings typed one a line. */
export function mappingList(earlier: unknown, suggestions: readonly string[]): ListFormat {
  const format = (mapping: Mapping) => formatMapping(...mapping);
  const { values, fault, check, normalize } = entriesOf(mappingsOf(earlier), { format, parse: parseMappingLine });
  return {
    toEntries: (value) => mappingsOf(value).map(format),
    fromEntries: (entries) => {
      const pairs = values(entries);
      return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
    },
    check,
    normalize,
    checkAll: (entries) => {
      const names = values(entries).map(([definition]) => definition);
      const double = names.find((n, i) => names.indexOf(n) !== i);
      return fault(entries) ?? (double === undefined ? null : `${double} is mapped twice.`);
    },
    example: 'core/string = apcu, redis1',
    suggestions,
  };
}

function modeQuestion(context: FlowContext, mode: 'application' | 'session'): FlowQuestion {
  return {
    key: `mappings.modes.${mode}`,
    section: 'mappings',
    kind: 'select',
    label: `Default for ${mode}`,
    message: `Which store serves ${mode} caches that have no mapping of their own?`,
    help:
      mode === 'session'
        ? 'Best left as it is unless there is a reason: these caches follow the session.'
        : 'The store that serves most of Moodle. It must be shared by all nodes.',
    optional: true,
    absent: 'as advised',
    advanced: true,
    choices: [{ value: '', label: 'as advised' }, ...storeNames(context).map((n) => ({ value: n, label: n }))],
    decode: (text) => (text === '' ? undefined : text),
  };
}

function removals(context: FlowContext): readonly FlowQuestion[] {
  const muc = mucOf(context.survey);
  const section = 'mappings' as const;
  const stores = (muc?.stores ?? []).filter((s) => !s.default);
  const mapped = Object.entries(muc?.definitionMappings ?? {});
  return [
    ...(stores.length === 0
      ? []
      : [
          {
            key: 'remove.stores',
            section,
            kind: 'multiselect' as const,
            label: 'Instances to remove',
            message: 'Which store instances shall go?',
            help: 'Nothing is deleted unless it is named here. Deleting a memcached instance empties its whole server; a MongoDB one drops its database.',
            optional: true,
            absent: 'none',
            advanced: true,
            choices: stores.map((s) => ({ value: s.name, label: s.name, hint: s.plugin })),
          },
        ]),
    ...(mapped.length === 0
      ? []
      : [
          {
            key: 'remove.mappings',
            section,
            kind: 'multiselect' as const,
            label: 'Mappings to remove',
            message: 'Which mappings shall go?',
            help: 'Those definitions are then served by the default of their mode.',
            optional: true,
            absent: 'none',
            advanced: true,
            choices: mapped.map(([d, s]) => ({ value: d, label: d, hint: s.join(' over ') })),
          },
        ]),
  ];
}

/** Step 5: mappings. */
export function mappingQuestions(context: FlowContext): readonly FlowQuestion[] {
  const known = context.survey?.advice.definitions.map((d) => d.definition) ?? [];
  return [
    {
      key: 'mappings.base',
      section: 'mappings',
      kind: 'select',
      label: 'Mappings',
      message: 'Which cache goes to which store?',
      help: 'Mapping is the last step and the only one that visitors feel. The old file is kept, the new one is proven on every node, and can be put back at any moment.',
      default: 'auto',
      choices: [
        { value: 'auto', label: 'as advised', hint: 'the table you have seen' },
        { value: 'keep', label: 'keep what is mapped now', hint: 'change only what you name next' },
      ],
    },
    {
      key: 'mappings.definitions',
      section: 'mappings',
      kind: 'list',
      label: 'Mappings of your own',
      message: 'Mappings of your own, one a line (usually none)',
      help: `Definition = store, or local store, shared store. They win over the advice.${known.length > 0 ? ` Stores: ${storeNames(context).join(', ')}.` : ''}`,
      default: {},
      optional: true,
      absent: 'none',
      list: mappingList(getAt(context.draft, 'mappings.definitions'), known),
    },
    modeQuestion(context, 'application'),
    modeQuestion(context, 'session'),
    ...removals(context),
  ];
}
