/** What an answer does to the draft besides being there. */

import { type Draft, getAt, setAt } from '../../answers/draft.js';
import type { FlowQuestion } from './question.js';

type Answered = Pick<FlowQuestion, 'key' | 'begins' | 'voids'>;

/** The first answer of an entry decides what the entry is: another one starts it over. */
function setFirst(draft: Draft, key: string, entry: string, value: unknown): Draft {
  if (value === undefined) return getAt(draft, entry) === undefined ? draft : setAt(draft, entry, undefined);
  return getAt(draft, key) === value ? draft : setAt(draft, entry, setAt({}, key.slice(entry.length + 1), value));
}

/** The answers with one more; those that lose their meaning with it are removed. */
export function setAnswer(draft: Draft, { key, begins, voids }: Answered, value: unknown): Draft {
  if (begins !== undefined) return setFirst(draft, key, begins, value);
  const next = setAt(draft, key, value);
  const lost = getAt(draft, key) === value ? [] : (voids?.(value) ?? []);
  return lost.filter((k) => getAt(next, k) !== undefined).reduce((d, k) => setAt(d, k, undefined), next);
}
