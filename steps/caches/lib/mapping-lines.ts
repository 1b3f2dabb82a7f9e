/** The one-line form of mappings: what is typed or pasted, and what is shown back. */

import type { Parsed } from '../../../src/track/question.js';

export type Mapping = readonly [definition: string, stores: readonly string[]];

const fail = (error: string): { readonly ok: false; readonly error: string } => ({ ok: false, error });

/** `core/string = apcu, redis1`: primary first. */
export function parseMappingLine(line: string): Parsed<Mapping> {
  const match = /^\s*([^\s=]+)\s*(?:=|\s)\s*(.+?)\s*$/.exec(line);
  if (!match) return fail('Type a definition and its stores, such as: core/string = apcu, redis1');
  const definition = match[1] ?? '';
  const stores = (match[2] ?? '')
    .split(/,|\bover\b/)
    .map((s) => s.trim())
    .filter((s) => s !== '');
  if (!/^[a-z][a-z0-9_]*\/[a-z0-9_]+$/.test(definition)) return fail(`"${definition}" must be component/area, such as core/string.`);
  return { ok: true, value: [definition, stores] };
}

/** The line that `parseMappingLine` reads back to the same mapping. */
export function formatMapping([definition, stores]: Mapping): string {
  return `${definition} = ${stores.join(', ')}`;
}
