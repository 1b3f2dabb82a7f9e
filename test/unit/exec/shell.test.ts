import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOf, anyShell, cleanEnv, command, quote } from '../../../src/exec/shell.js';

const sh = (script: string): string => spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).stdout;
/** Anything an argument can carry: no NUL, no lone surrogates (those are no UTF-8). */
const word = fc.string({ unit: 'binary', maxLength: 40 }).map((s) => s.replaceAll('\0', '').toWellFormed());

describe('quoting', () => {
  it('gives sh back exactly the words that went in', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        const out = sh(command(['printf', '%s\\036', ...words]));
        expect(out.split('\x1e').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });

  it('survives being nested', () => {
    const nested = ['sh', '-c', command(['sh', '-c', command(['printf', '%s', `it's "$HOME" \`id\` \\n !x`])])];
    expect(sh(command(nested))).toBe(`it's "$HOME" \`id\` \\n !x`);
  });

  it('refuses what no argument can carry', () => {
    expect(() => quote('a\0b')).toThrow();
    expect(() => command([])).toThrow();
    expect(() => command([''])).toThrow();
  });

  it('does not let a command name be a keyword or an assignment', () => {
    expect(spawnSync('/bin/sh', ['-c', command(['if'])]).status).toBe(127);
    expect(spawnSync('/bin/sh', ['-c', command(['A=b'])]).status).toBe(127);
  });

  it('leaves harmless words readable', () => {
    expect(quote('/etc/php/8.2/fpm')).toBe('/etc/php/8.2/fpm');
    expect(quote('')).toBe("''");
  });
});

describe('combinators', () => {
  it('stops at the first that fails', () => {
    expect(sh(allOf('true', 'false', 'echo no'))).toBe('');
    expect(sh(allOf('true', 'echo yes'))).toBe('yes\n');
  });

  it('inherits nothing in a clean environment', () => {
    expect(sh(`LEAK=1 ${cleanEnv({ A: `x'y z` })} /usr/bin/env`)).toBe(`A=x'y z\n`);
    expect(() => cleanEnv({ 'A-B': '1' })).toThrow();
  });
});

describe('a line for any login shell', () => {
  it('runs what was meant', () => {
    fc.assert(
      fc.property(word, (text) => {
        expect(sh(anyShell(command(['printf', '%s', `${text}.`])))).toBe(`${text}.`);
      }),
      { numRuns: 60 },
    );
  });

  it('holds no character on which csh or fish would act inside single quotes', () => {
    fc.assert(
      fc.property(word, (text) => {
        const inside = anyShell(command(['echo', text])).split("'")[3] ?? '';
        expect(inside).not.toMatch(/[!\n^`~]|\\(?!0[0-7]{3})/);
      }),
    );
  });
});
