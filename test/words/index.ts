/**
 * Checks the words of the product: no text that users read, and no comment, uses a refused word (test/words/phrases.ts).
 * usage: tsx test/words/index.ts [FILE or FOLDER…]
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EVERYWHERE, VISIBLE } from './phrases.js';
import { type Text, textsOf } from './texts.js';

/** Files and folders whose texts are checked. */
export const CHECKED: readonly string[] = ['.github', 'README.md', 'src', 'steps', 'templates'];

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly found: string;
  readonly instead: string;
}

function findingsIn(file: string, { line, text, kind }: Text): readonly Finding[] {
  const phrases = kind === 'visible' ? VISIBLE : EVERYWHERE;
  return phrases.flatMap(({ refused, instead }) =>
    [...text.matchAll(refused)].map((match) => ({
      file,
      line: line + text.slice(0, match.index).split('\n').length - 1,
      found: match[0].trim(),
      instead,
    })),
  );
}

/** Refused words of one file. `file`: its name decides how it is read. */
export function checkWords(file: string, source: string): readonly Finding[] {
  return textsOf(file, source).flatMap((text) => findingsIn(file, text));
}

/** Files below a path of the project, itself where it is one. */
function filesBelow(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const findings = (given.length > 0 ? given : CHECKED).flatMap(filesBelow).flatMap((file) => checkWords(file, readFileSync(file, 'utf8')));
  for (const { file, line, found, instead } of findings) process.stdout.write(`${file}:${line}: "${found}" → ${instead}\n`);
  process.stdout.write(findings.length === 0 ? 'No refused words.\n' : `${findings.length} refused words. Style and glossary: test/words/phrases.ts\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
