/** The YAML text of an answers file: its value, and where each key stands. */

import { type Document, isAlias, isMap, isNode, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument, visit, type YAMLMap } from 'yaml';
import { isReservedKey } from '../core/names.js';

export type Path = readonly (string | number)[];

/** Something wrong with an answers file, at its place. */
export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `nodes.1.roles.0`; '' for the file as a whole. */
  readonly key: string;
  readonly sentence: string;
}

export interface Source {
  readonly value: unknown;
  /** Trouble of YAML itself; `value` is undefined when there is any. */
  readonly problems: readonly Problem[];
  /** A problem at a path, or at the nearest thing above it that exists. `atKey`: the key instead of the value. */
  at(path: Path, sentence: string, atKey?: boolean): Problem;
}

/** Keys as people write them: `nodes.1.roles.0`. */
export function keyText(path: Path): string {
  return path.map(String).join('.');
}

function resolved(node: unknown, doc: Document.Parsed): Node | undefined {
  if (isAlias(node)) return node.resolve(doc);
  return isNode(node) ? node : undefined;
}

function pairOf(map: YAMLMap, key: string | number) {
  return map.items.find((pair) => String(isScalar(pair.key) ? pair.key.value : pair.key) === String(key));
}

/** Offset of the value (or key) at a path; what is missing has the place of its parent. */
function offsetOf(doc: Document.Parsed, path: Path, atKey: boolean): number {
  let node = resolved(doc.contents, doc);
  let offset = node?.range?.[0] ?? 0;
  for (const [index, part] of path.entries()) {
    const last = index === path.length - 1;
    if (isMap(node)) {
      const pair = pairOf(node, part);
      if (!pair) return offset;
      const key = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      const value = isNode(pair.value) ? pair.value.range?.[0] : undefined;
      offset = (last && atKey ? key : (value ?? key)) ?? offset;
      node = resolved(pair.value, doc);
    } else if (isSeq(node)) {
      const item = node.items[Number(part)];
      if (!isNode(item)) return offset;
      offset = item.range?.[0] ?? offset;
      node = resolved(item, doc);
    } else return offset;
  }
  return offset;
}

const HINTS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'There is more than one document ("---") in this file; an answers file is one.',
  DUPLICATE_KEY: 'This key stands here twice.',
  TAB_AS_INDENT: 'Lines are indented with spaces, not with tabs.',
  BLOCK_AS_IMPLICIT_KEY: 'Two keys on one line; text with ": " in it must stand in quotes (sudo: "password: secret:NAME").',
  TAG_RESOLVE_FAILED: 'Tags ("!…") are not allowed here.',
};

function yamlProblem(error: { readonly code: string; readonly message: string; readonly pos: readonly [number, number] }, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(error.pos[0]);
  const told = error.message.split(/ at line |\n/)[0] ?? error.message;
  return { line: Math.max(line, 1), column: Math.max(col, 1), key: '', sentence: HINTS[error.code] ?? `This is no YAML: ${told}.` };
}

/** Words and signs of a file; answers of 500 nodes have some 30 000. What takes time by the square of them stays within seconds. */
/** Nobody corrects more at once. */
export const MAX_TROUBLES = 100;
const MAX_TOKENS = 100_000;

function isTooLong(text: string): boolean {
  let tokens = 0;
  for (const _token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > MAX_TOKENS) return true;
  }
  return false;
}

/** Keys that stand twice, and keys that every object has: those would get lost. The library compares each key with each. */
function keyProblems(doc: Document.Parsed, lines: LineCounter): readonly Problem[] {
  const found: Problem[] = [];
  visit(doc, {
    Map(_key, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const { line, col } = lines.linePos(key.range?.[0] ?? 0);
        const place = { line: Math.max(line, 1), column: Math.max(col, 1), key: '' };
        if (seen.has(name) && name !== '<<') found.push({ ...place, sentence: HINTS['DUPLICATE_KEY'] ?? '' });
        else if (isReservedKey(name)) found.push({ ...place, sentence: `"${name}" cannot be a key.` });
        seen.add(name);
      }
    },
  });
  return found;
}

/** Reads YAML without ever running anything in it: no tags, one document, no key twice, anchors as they are. */
export function readSource(text: string): Source {
  if (isTooLong(text)) {
    const sentence = `This file has more than ${MAX_TOKENS} words and signs; an answers file of 500 nodes has a third of that.`;
    return {
      value: undefined,
      problems: [{ line: 1, column: 1, key: '', sentence }],
      at: (path, told) => ({ line: 1, column: 1, key: keyText(path), sentence: told }),
    };
  }
  const lines = new LineCounter();
  // With logLevel `silent` the library would drop further documents without a word.
  const doc = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  const at = (path: Path, sentence: string, atKey = false): Problem => {
    const { line, col } = lines.linePos(offsetOf(doc, path, atKey));
    return { line: Math.max(line, 1), column: Math.max(col, 1), key: keyText(path), sentence };
  };
  const wrong = [...doc.errors, ...doc.warnings].slice(0, MAX_TROUBLES).map((e) => yamlProblem(e, lines));
  const troubles = wrong.length > 0 ? wrong : keyProblems(doc, lines).slice(0, MAX_TROUBLES);
  if (troubles.length > 0) return { value: undefined, problems: troubles, at };
  try {
    return { value: doc.toJS({ maxAliasCount: 100 }), problems: [], at };
  } catch (thrown) {
    return {
      value: undefined,
      problems: [at([], `The aliases of this file cannot be followed: ${thrown instanceof Error ? thrown.message : String(thrown)}.`)],
      at,
    };
  }
}
