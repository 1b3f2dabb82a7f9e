/** The check of words finds what is planted, in every kind of file, and takes no id for a text. */

import { describe, expect, it } from 'vitest';
import { checkWords } from '../../words/index.js';
import { EVERYWHERE, VISIBLE } from '../../words/phrases.js';

const found = (file: string, source: string) => checkWords(file, source).map(({ line, found: words }) => `${line} ${words}`);

describe('the check of words finds', () => {
  it.each([
    ['a literal', "const a = 'The file is put back.';", ['1 put back']],
    ['a double-quoted literal', 'const a = "We mend the file";', ['1 mend']],
    ['a template, over its values', '\nconst a = `It puts ${file} back now`;', ['2 puts ‹value› back']],
    ['a line of a long template', 'const a = `first line\nthe way back`;', ['2 way back']],
    ['a tagged template', 'const a = remedy`Go on with it: ${sh`apply`}`;', ['1 Go on']],
    ['text of JSX', 'const a = <Text>This stands in the way.</Text>;', ['1 stands in the way']],
    ['a value of an object', "const a = { title: 'All as wanted' };", ['1 as wanted']],
    ['a comment', "// It is told by the node.\nconst a = 'x';", ['1 told']],
    ['a docstring', '/**\n * Ends the run,\n * and begins anew.\n */\nexport const a = 1;', ['3 anew']],
    ['a comment inside a function', 'function f() {\n  // Whoever reads it.\n  return 1;\n}', ['2 Whoever']],
  ])('%s', (_what, source, expected) => expect(found('src/x.tsx', source)).toEqual(expected));

  it('messages and comments of shell scripts', () => {
    expect(found('a.sh', '#!/bin/sh\n# It is put back.\necho "the link is gone"\nfail "mend $1" 3\n')).toEqual(['2 put back', '3 is gone', '4 mend']);
  });

  it('messages and comments of PHP', () => {
    expect(found('a.php', "<?php\n// owed\nfail('the secret cannot be had');\n")).toEqual(['2 owed', '3 be had']);
  });

  it('Markdown, without inline code', () => expect(found('a.md', 'It goes on.\nThe state `left out` of a node.\n')).toEqual(['1 goes on']));

  it('the file, the line and the replacement', () => {
    expect(checkWords('src/x.ts', "\n\nconst a = 'a trouble here';")).toEqual([{ file: 'src/x.ts', line: 3, found: 'trouble', instead: 'problem' }]);
  });
});

describe('the check of words leaves alone', () => {
  it.each([
    ['the key `state: out` of the answers', "const a = 'Set state: out for the node.';"],
    ['ids and keys', "const a = { 'trial-arm': 'take-back', kit: x['told'], state: 'mended' };"],
    ['module names', "import { x } from './left out/kit.js';"],
    ['types', "type A = 'put back' | 'settle it';"],
    ['names of the code', 'const putBack = takeBack(wayBack);'],
    ['commands', 'const a = sh`settle ${x} back on`;'],
    ['inline code in comments', '// `put back` is the name of the script.'],
    ['code of shell scripts', ''],
  ])('%s', (_what, source) => expect(found('src/x.ts', source)).toEqual([]));

  it('values and paths in messages of shell scripts', () => expect(found('a.sh', 'fail "cannot rename it to $base/kit/$hash"\n')).toEqual([]));

  it('commands of shell scripts', () => expect(found('a.sh', 'settle "put back" 1\nanew=$(mend "it all")\n')).toEqual([]));
});

describe('the list of words', () => {
  it('names a replacement for each', () => {
    for (const { refused, instead } of [...VISIBLE, ...EVERYWHERE]) {
      expect(instead.length).toBeGreaterThan(0);
      expect(refused.flags).toContain('g');
    }
  });
});
