/** Lists of one-line entries without loss: an entry that was not touched stands for the very value it was made from. */

import type { Parsed } from './lists.js';
import type { ListFormat } from './question.js';

/** How one value is written as a line, and read. */
export interface LineForm<T> {
  readonly format: (value: T) => string;
  readonly parse: (line: string) => Parsed<T>;
}

type Entries<T> = Pick<ListFormat, 'check' | 'normalize'> & {
  /** The values of all entries that can be read. */
  readonly values: (entries: readonly string[]) => readonly T[];
  /** The first entry that cannot be read and why, by its line; null when all can. */
  readonly fault: (entries: readonly string[]) => string | null;
};

/** Reads entries of a list that had the values `earlier`. */
export function entriesOf<T>(earlier: readonly T[], form: LineForm<T>): Entries<T> {
  const known = earlier.map((value) => ({ value, line: form.format(value).trim() }));
  const isKnown = (entry: string) => known.some((k) => k.line === entry.trim());
  const read = (entries: readonly string[]): readonly Parsed<T>[] => {
    const left = [...known];
    return entries.map((entry) => {
      const at = left.findIndex((k) => k.line === entry.trim());
      // Taken once only: two values may look the same on a line.
      const kept = at < 0 ? undefined : left.splice(at, 1)[0];
      return kept ? { ok: true, value: kept.value } : form.parse(entry);
    });
  };
  return {
    values: (entries) => read(entries).flatMap((r) => (r.ok ? [r.value] : [])),
    fault: (entries) => {
      const results = read(entries);
      const at = results.findIndex((r) => !r.ok);
      const wrong = results[at];
      return wrong === undefined || wrong.ok ? null : `Line ${at + 1} (${entries[at]}): ${wrong.error}`;
    },
    check: (entry) => {
      if (isKnown(entry)) return null;
      const result = form.parse(entry);
      return result.ok ? null : result.error;
    },
    normalize: (entry) => {
      if (isKnown(entry)) return entry.trim();
      const result = form.parse(entry);
      return result.ok ? form.format(result.value) : entry;
    },
  };
}
