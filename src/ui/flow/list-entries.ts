/** Lists of one-line entries without loss: an entry that was not touched stands for the very value it was made from. */

import type { ListForm, Parsed } from '../../track/question.js';
import { validateAt } from './validate.js';

/** How a list is typed, one entry a line. */
export interface ListFormat {
  /** Entries of a value of the answers file. */
  readonly toEntries: (value: unknown) => readonly string[];
  /** The value of entries that have passed `check`; undefined = nothing kept. */
  readonly fromEntries: (entries: readonly string[]) => unknown;
  /** What is wrong with one entry; null when nothing is. */
  readonly check: (entry: string) => string | null;
  /** An entry as it is kept: guessed parts filled in. */
  readonly normalize: (entry: string) => string;
  /** What is wrong with all of them together. */
  readonly checkAll: (entries: readonly string[]) => string | null;
  readonly example: string;
  /** Entries that can be added with a key: hosts of ~/.ssh/config. */
  readonly suggestions?: readonly string[];
}

/** How a list that had the value `earlier` is typed. */
export function listFormat<T>(form: ListForm<T>, earlier: unknown): ListFormat {
  const known = form.items(earlier).map((value) => ({ value, line: form.format(value).trim() }));
  const isKnown = (entry: string) => known.some((k) => k.line === entry.trim());
  const parse = (line: string): Parsed<T> => {
    const parsed = form.parse(line);
    if (!parsed.ok) return parsed;
    const { key, value } = form.entry(parsed.value);
    const wrong = validateAt(key, value);
    return wrong === null ? parsed : { ok: false, error: wrong };
  };
  const read = (entries: readonly string[]): readonly Parsed<T>[] => {
    const left = [...known];
    return entries.map((entry) => {
      const at = left.findIndex((k) => k.line === entry.trim());
      // Taken once only: two values may look the same on a line.
      const kept = at < 0 ? undefined : left.splice(at, 1)[0];
      return kept ? { ok: true, value: kept.value } : parse(entry);
    });
  };
  const values = (entries: readonly string[]) => read(entries).flatMap((r) => (r.ok ? [r.value] : []));
  /** The first entry that cannot be read and why, by its line; null when all can. */
  const fault = (entries: readonly string[]): string | null => {
    const results = read(entries);
    const at = results.findIndex((r) => !r.ok);
    const wrong = results[at];
    return wrong === undefined || wrong.ok ? null : `Line ${at + 1} (${entries[at]}): ${wrong.error}`;
  };
  return {
    toEntries: (value) => form.items(value).map((item) => form.format(item)),
    fromEntries: (entries) => form.value(values(entries)),
    check: (entry) => {
      if (isKnown(entry)) return null;
      const result = parse(entry);
      return result.ok ? null : result.error;
    },
    normalize: (entry) => {
      if (isKnown(entry)) return entry.trim();
      const result = parse(entry);
      return result.ok ? form.format(result.value) : entry;
    },
    checkAll: (entries) => fault(entries) ?? form.checkAll(values(entries)),
    example: form.example,
    ...(form.suggestions === undefined ? {} : { suggestions: form.suggestions }),
  };
}
