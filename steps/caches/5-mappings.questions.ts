/** What step 5 asks: which store serves which cache. */

import { mucOf, servicesOf, storesOf } from '../../src/caches/drafted.js';
import type { AskInput, ListForm, Question } from '../../src/track/question.js';
import { formatMapping, type Mapping, parseMappingLine } from './lib/mapping-lines.js';

/** Names that a mapping may use: stores that are there, stores of the answers, stores that the services will get. */
function storeNames(input: AskInput): readonly string[] {
  const stores = storesOf(input.answers);
  const own =
    stores === null || stores === 'auto' ? servicesOf(input.answers).flatMap((s) => (s.name === undefined ? [] : [s.name])) : stores.map((s) => s.name);
  const advised = input.advice?.definitions.flatMap((d) => d.stores) ?? [];
  const there = mucOf(input.facts)?.stores.map((s) => s.name) ?? [];
  return [...new Set([...own, ...advised, ...there])];
}

/** Mappings typed one a line. */
export function mappingList(suggestions: readonly string[]): ListForm<Mapping> {
  return {
    items: (value) => Object.entries((value ?? {}) as Record<string, readonly string[]>),
    value: (mappings) => (mappings.length === 0 ? undefined : Object.fromEntries(mappings)),
    format: formatMapping,
    parse: parseMappingLine,
    entry: ([definition, stores]) => ({ key: `mappings.definitions.${definition}`, value: stores }),
    checkAll(mappings) {
      const names = mappings.map(([definition]) => definition);
      const double = names.find((n, i) => names.indexOf(n) !== i);
      return double === undefined ? null : `${double} is mapped twice.`;
    },
    example: 'core/string = apcu, redis1',
    suggestions,
  };
}

function modeQuestion(input: AskInput, mode: 'application' | 'session'): Question {
  return {
    key: `mappings.modes.${mode}`,
    kind: 'select',
    label: `Default for ${mode}`,
    message: `Which store serves ${mode} caches that have no mapping of their own?`,
    help:
      mode === 'session'
        ? 'Keep the default unless you have a reason: these caches follow the session.'
        : 'The store that serves most of Moodle. It must be shared by all nodes.',
    optional: true,
    absent: 'as recommended',
    advanced: true,
    choices: [{ value: '', label: 'as recommended' }, ...storeNames(input).map((n) => ({ value: n, label: n }))],
    decode: (text) => (text === '' ? undefined : text),
  };
}

function removals(input: AskInput): readonly Question[] {
  const muc = mucOf(input.facts);
  const stores = (muc?.stores ?? []).filter((s) => !s.default);
  const mapped = Object.entries(muc?.definitionMappings ?? {});
  return [
    ...(stores.length === 0
      ? []
      : [
          {
            key: 'remove.stores',
            kind: 'multiselect' as const,
            label: 'Stores to remove',
            message: 'Which stores should be removed?',
            help: 'Nothing is deleted unless it is named here. Deleting a memcached store empties its whole server. Deleting a MongoDB store drops its database.',
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
            kind: 'multiselect' as const,
            label: 'Mappings to remove',
            message: 'Which mappings should be removed?',
            help: 'The default store of their mode then serves these definitions.',
            optional: true,
            absent: 'none',
            advanced: true,
            choices: mapped.map(([d, s]) => ({ value: d, label: d, hint: s.join(' over ') })),
          },
        ]),
  ];
}

export function mappingQuestions(input: AskInput): readonly Question[] {
  const known = input.advice?.definitions.map((d) => d.definition) ?? [];
  return [
    {
      key: 'mappings.base',
      kind: 'select',
      label: 'Mappings',
      message: 'Which store serves which cache?',
      help: 'Mapping is the last step and the only one that visitors notice. The wizard keeps the old file, verifies the new one on every node, and can roll it back at any time.',
      default: 'auto',
      choices: [
        { value: 'auto', label: 'as recommended', hint: 'the table shown before' },
        { value: 'keep', label: 'keep the present mappings', hint: 'change only what you name next' },
      ],
    },
    {
      key: 'mappings.definitions',
      kind: 'list',
      label: 'Your own mappings',
      message: 'Your own mappings, one per line (usually none)',
      help: `Definition = store, or local store, shared store. They override the recommendation.${known.length > 0 ? ` Stores: ${storeNames(input).join(', ')}.` : ''}`,
      default: {},
      optional: true,
      absent: 'none',
      list: mappingList(known),
    },
    modeQuestion(input, 'application'),
    modeQuestion(input, 'session'),
    ...removals(input),
  ];
}
