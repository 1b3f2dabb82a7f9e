/** What runs on nodes is written in the PHP that 5.4 to 8.4 run. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf, doubleQuoted, trailingCommaOwners } from './php-source.js';

const FOLDERS = ['bridge', 'measure', 'survey'].map((folder) => join('templates', folder));
const FILES = FOLDERS.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((f) => join(folder, f))).filter((f) =>
  f.endsWith('.php'),
);

/** Syntax and functions that some PHP between 5.4 and 8.4 does not have, and since when or until when. */
const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
  ['?? (7.0)', /\?\?/],
  ['?-> (8.0)', /\?->/],
  ['<=> (7.0)', /<=>/],
  ['... (5.6)', /\.\.\./],
  ['** (5.6)', /\*\*/],
  ['finally (5.5)', /\bfinally\b/],
  ['yield (5.5)', /\byield\b/],
  ['::class (5.5)', /::class\b/],
  ['$object::class (8.0)', /\$\w+::class\b/],
  ['fn (7.4)', /\bfn\s*\(/],
  ['match (8.0)', /\bmatch\s*\(/],
  ['enum, readonly (8.1)', /\b(?:enum\s+\w+|readonly)\b/],
  ['attributes (8.0)', /#\[/],
  ['return types (7.0)', /function\s*&?\s*\w*\s*\([^)]*\)\s*(?:use\s*\([^)]*\)\s*)?:/],
  ['scalar types (7.0)', /[(,]\s*\??(?:int|integer|string|bool|float|mixed|iterable|object|null)\s+&?\$/i],
  ['nullable types (7.1)', /[(,]\s*\?[\\\w]+\s+&?\$/],
  ['typed properties (7.4)', /\b(?:public|protected|private|static)\s+\??[\\\w]+\s+\$/],
  ['catching several (7.1)', /catch\s*\([^)]*\|/],
  ['throw as an expression (8.0)', /(?:\?|=>|=)\s*throw\b/],
  ['new class (7.0)', /\bnew\s+class\b/],
  ['declare (7.0)', /\bdeclare\s*\(/],
  ['use function (5.6)', /^\s*use\s+(?:function|const)\b/m],
  ['[a, b] = (7.1)', /(?<![\w\])'])\[[^[\]=>]*\$[^[\]]*\]\s*=[^=>]/],
  ['list() in foreach (5.5)', /\bas\s+(?:\$\w+\s*=>\s*)?list\s*\(/],
  ['empty(call()) (5.5)', /\bempty\s*\(\s*[\w\\]+\s*\(/],
  ['1_000 (7.4)', /\b\d+_\d/],
  ['0o17 (8.1)', /\b0o\d/],
  ['$x{0} (until 7.4)', /\$\w+\{/],
  ['E_STRICT (until 8.3)', /\bE_STRICT\b/],
  ['implicitly nullable (until 8.3)', /[(,]\s*[\\\w]+\s+&?\$\w+\s*=\s*null\b/i],
  [
    'newer functions',
    /\b(?:array_column|boolval|hash_equals|random_bytes|random_int|intdiv|str_contains|str_starts_with|str_ends_with|array_key_first|array_key_last|array_is_list|is_countable|is_iterable|json_last_error_msg|error_clear_last|preg_last_error_msg|get_debug_type|hrtime|array_find|mb_str_split|json_validate)\s*\(/,
  ],
  ['functions that are gone', /\b(?:create_function|each|utf8_encode|utf8_decode|strftime|get_magic_quotes_gpc|mysql_\w+|ereg\w*|split)\s*\(/],
];
/** Functions that only some have: called only beside a `function_exists` of the same file. */
const GUARDED = ['fsync', 'opcache_invalidate', 'pcntl_async_signals', 'posix_geteuid', 'posix_getpwuid', 'openssl_random_pseudo_bytes', 'ini_get_all'];

describe.each(FILES)('%s', (file) => {
  const source = readFileSync(file, 'utf8');
  const code = codeOf(source);

  it.each(FORBIDDEN)('has no %s', (_name, pattern) => {
    expect(pattern.exec(code)?.[0]).toBeUndefined();
  });
  it('has no comma before the end of a call (7.3)', () => {
    expect(trailingCommaOwners(code).filter((owner) => owner !== 'array')).toEqual([]);
  });
  it('puts no ${…} into strings (until 8.1)', () => {
    expect(doubleQuoted(source).filter((text) => text.includes('${'))).toEqual([]);
  });
  it('asks before it calls what not every PHP has', () => {
    for (const name of GUARDED) if (new RegExp(`\\b${name}\\s*\\(`).test(code)) expect(source).toContain(`function_exists('${name}')`);
  });
  it('begins with <?php, has no closing tag, and stays readable', () => {
    expect(source.startsWith('<?php\n')).toBe(true);
    expect(code).not.toContain('?>');
    expect(source.split('\n').length).toBeLessThanOrEqual(300);
  });
  it('catches Exception wherever it catches Throwable: PHP 5 has only the first', () => {
    for (const match of code.matchAll(/catch\s*\(Throwable/g)) {
      expect(code.slice(Math.max(0, (match.index ?? 0) - 400), match.index)).toMatch(/catch\s*\(Exception/);
    }
  });
});

describe('the check itself', () => {
  it.each([
    ['$a ?? 1', '?? (7.0)'],
    ['function f(int $a) {}', 'scalar types (7.0)'],
    ['function f(): array {', 'return types (7.0)'],
    ['[$a, $b] = f();', '[a, b] = (7.1)'],
    ['$f = fn($x) => $x;', 'fn (7.4)'],
    ['try {} finally {}', 'finally (5.5)'],
    ['function f(array $a = null) {}', 'implicitly nullable (until 8.3)'],
    ['foreach ($a as list($b)) {}', 'list() in foreach (5.5)'],
  ])('sees %s', (code, name) => {
    const [, pattern] = FORBIDDEN.find(([n]) => n === name) ?? [];
    expect(codeOf(code)).toMatch(pattern as RegExp);
  });
  it('does not look into comments and strings', () => {
    expect(codeOf("// a ?? b\n$x = '??'; /* fn() */")).not.toMatch(/\?\?|fn/);
    expect(trailingCommaOwners('f(1, array(2,), g(3,))')).toEqual(['array', 'g']);
  });
});
