/** Store plugins are named in the catalogue alone: the rest of the program asks for their traits. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORMER, PLUGINS } from '../../../src/caches/plugins/index.js';

const CATALOGUE = 'src/caches/plugins/';

/** Other places that may name a plugin, each with its reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/answers/init.ts': 'the example that "answers init" prints has a service of a real kind',
};

/** Names that are also ordinary words of the code (a kind of change, a mode of caches). */
const WORDS = ['file', 'session', 'static'];
const NAMES = [...PLUGINS, ...FORMER].map((p) => p.plugin).filter((name) => !WORDS.includes(name));
const LITERAL = new RegExp(`(['"\`])(?:${NAMES.join('|')})\\1`);

const COMMENT = /^\s*(\/\*|\*|\/\/)/;

/** Lines of code that name a plugin; comments may. */
function named(text: string): readonly string[] {
  return text.split('\n').flatMap((line, i) => (LITERAL.test(line) && !COMMENT.test(line) ? [`${i + 1}: ${line.trim()}`] : []));
}

function sources(): readonly string[] {
  return ['src', 'steps'].flatMap((top) =>
    readdirSync(top, { recursive: true, encoding: 'utf8' })
      .map((file) => join(top, file))
      .filter((file) => /\.tsx?$/.test(file) && !file.startsWith(CATALOGUE)),
  );
}

describe('names of store plugins', () => {
  it('stand in the catalogue alone', () => {
    const found = sources()
      .filter((file) => ALLOWED[file] === undefined)
      .flatMap((file) => named(readFileSync(file, 'utf8')).map((line) => `${file}:${line}`));
    expect(found, 'Ask the catalogue for a trait (src/caches/plugins/catalog.ts); a name elsewhere needs a reason in this test').toEqual([]);
  });

  it('are still found in the places that may name them', () => {
    for (const file of Object.keys(ALLOWED)) expect(named(readFileSync(file, 'utf8')), file).not.toEqual([]);
  });

  it('are recognised in any quotes', () => {
    expect(named("if (plugin === 'redis') {\nconst x = [\"apcu\"];\nconst y = `mongodb`;\nconst words = 'a redis server';\n// 'redis'")).toHaveLength(3);
  });
});
