/** JSON from a node: its size, its depth and the number of its values are bounded before it is parsed, since parsing multiplies them. */

export interface JsonLimits {
  /** Characters. Default 8 million. */
  readonly chars?: number;
  /** Objects, lists and entries. Default 200,000. */
  readonly values?: number;
  /** Levels of nesting. Default 32. */
  readonly depth?: number;
}

/** Why a text is refused before it is parsed, or null. One look at each character. */
function tooMuch(text: string, limits: JsonLimits): string | null {
  const { chars = 8_000_000, values = 200_000, depth = 32 } = limits;
  if (text.length > chars) return `it has ${text.length} characters, at most ${chars} are read`;
  let level = 0;
  let count = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i += 1;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x5b || c === 0x7b) {
      level += 1;
      count += 1;
      if (level > depth) return `it is nested more than ${depth} levels deep`;
    } else if (c === 0x5d || c === 0x7d) level -= 1;
    else if (c === 0x2c) count += 1;
    if (count > values) return `it has more than ${values} values`;
  }
  return null;
}

export type JsonResult = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string; readonly tooMuch: boolean };

/** Never throws. `why` holds no part of the text. */
export function parseJson(text: string, limits: JsonLimits = {}): JsonResult {
  const why = tooMuch(text, limits);
  if (why !== null) return { ok: false, why, tooMuch: true };
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return { ok: false, why: 'it is not valid JSON', tooMuch: false };
  }
}
