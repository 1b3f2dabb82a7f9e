/** The YAML text of an answers file: its value, and the position of each key. */

import { type Document, isAlias, isMap, isNode, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument, visit, type YAMLMap } from 'yaml';
import { isReservedKey } from '../core/names.js';

export type Path = readonly (string | number)[];

/** A problem of an answers file, with its position. */
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
  /** Problems of the YAML itself; then `value` is undefined. */
  readonly problems: readonly Problem[];
  /** A problem at a path, or at its nearest existing parent. `atKey`: at the key instead of the value. */
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

/** Offset of the value (or key) at a path; if it is missing, of its parent. */
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
  MULTIPLE_DOCS: 'This file has several documents ("---"); an answers file must be one document.',
  DUPLICATE_KEY: 'This key is used twice.',
  TAB_AS_INDENT: 'Indent lines with spaces, not with tabs.',
  BLOCK_AS_IMPLICIT_KEY: 'Two keys on one line. Quote text that contains ": ", for example sudo: "password: secret:NAME".',
  TAG_RESOLVE_FAILED: 'Tags ("!…") are not allowed here.',
};

function yamlProblem(error: { readonly code: string; readonly message: string; readonly pos: readonly [number, number] }, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(error.pos[0]);
  const reason = error.message.split(/ at line |\n/)[0] ?? error.message;
  return { line: Math.max(line, 1), column: Math.max(col, 1), key: '', sentence: HINTS[error.code] ?? `Invalid YAML: ${reason}.` };
}

/** Problems that are reported together. */
export const MAX_PROBLEMS = 100;
/** Tokens of a file; answers of 500 nodes have about 30,000. Bounds the time of work that is quadratic in them. */
const MAX_TOKENS = 100_000;

function isTooLong(text: string): boolean {
  let tokens = 0;
  for (const _token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > MAX_TOKENS) return true;
  }
  return false;
}

/** Duplicate keys, and keys that every object has: both would be lost. The check of the library is quadratic. */
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
        else if (isReservedKey(name)) found.push({ ...place, sentence: `"${name}" is not a valid key.` });
        seen.add(name);
      }
    },
  });
  return found;
}

/** Reads YAML without running anything in it: no tags, one document, no duplicate keys, anchors as they are. */
export function readSource(text: string): Source {
  if (isTooLong(text)) {
    const sentence = `This file has more than ${MAX_TOKENS} tokens; an answers file of 500 nodes has a third of that.`;
    return {
      value: undefined,
      problems: [{ line: 1, column: 1, key: '', sentence }],
      at: (path, text) => ({ line: 1, column: 1, key: keyText(path), sentence: text }),
    };
  }
  const lines = new LineCounter();
  // With logLevel `silent` the library would silently drop further documents.
  const doc = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  const at = (path: Path, sentence: string, atKey = false): Problem => {
    const { line, col } = lines.linePos(offsetOf(doc, path, atKey));
    return { line: Math.max(line, 1), column: Math.max(col, 1), key: keyText(path), sentence };
  };
  const wrong = [...doc.errors, ...doc.warnings].slice(0, MAX_PROBLEMS).map((e) => yamlProblem(e, lines));
  const problems = wrong.length > 0 ? wrong : keyProblems(doc, lines).slice(0, MAX_PROBLEMS);
  if (problems.length > 0) return { value: undefined, problems, at };
  try {
    return { value: doc.toJS({ maxAliasCount: 100 }), problems: [], at };
  } catch (thrown) {
    return {
      value: undefined,
      problems: [at([], `Cannot resolve the aliases of this file: ${thrown instanceof Error ? thrown.message : String(thrown)}.`)],
      at,
    };
  }
}
