import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WizardError } from '../../../src/core/errors.js';
import { mebibytes, plainText, redisQuote } from '../../../src/platform/escape.js';
import { fill, renderTemplate } from '../../../src/platform/templates.js';

/** As Redis reads a line of its configuration (`sdssplitargs`): words, double quotes with \xHH and backslash escapes. */
function redisWords(line: string): Buffer[] {
  const words: Buffer[] = [];
  let i = 0;
  while (i < line.length) {
    while (line[i] === ' ') i += 1;
    if (i >= line.length) break;
    const bytes: number[] = [];
    if (line[i] === '"') {
      i += 1;
      while (line[i] !== '"') {
        if (i >= line.length) throw new Error('unbalanced quotes');
        const hex = /^\\x([0-9a-fA-F]{2})/.exec(line.slice(i));
        if (hex) {
          bytes.push(Number.parseInt(hex[1] ?? '', 16));
          i += 4;
        } else if (line[i] === '\\') {
          const c = line[i + 1] ?? '';
          bytes.push(({ n: 10, r: 13, t: 9, b: 8, a: 7 } as Record<string, number>)[c] ?? c.charCodeAt(0));
          i += 2;
        } else {
          bytes.push(line.charCodeAt(i));
          i += 1;
        }
      }
      i += 1;
      if (i < line.length && line[i] !== ' ') throw new Error('closing quote must be followed by a space');
    } else {
      while (i < line.length && line[i] !== ' ') {
        bytes.push(line.charCodeAt(i));
        i += 1;
      }
    }
    words.push(Buffer.from(bytes));
  }
  return words;
}

describe('passwords in redis.conf', () => {
  it('survive whatever can be printed', () => {
    const printable = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((s) => !/[\u0000-\u001f\u007f]/.test(s));
    fc.assert(
      fc.property(printable, (password) => {
        const words = redisWords(`requirepass ${redisQuote('p', password)}`);
        expect(words).toHaveLength(2);
        expect(words[1]?.toString('utf8')).toBe(Buffer.from(password, 'utf8').toString('utf8'));
      }),
      { numRuns: 500 },
    );
  });

  it.each(['"', '\\', '\\x41', "'", '#', '{{secret:x}}', ' a b ', '$&', 'é', '\\\\"'])('survive %s', (password) => {
    expect(redisWords(redisQuote('p', password))[0]?.toString('utf8')).toBe(password);
  });

  it.each([
    ['', 'empty'],
    ['a\nb', 'control character'],
    ['a\u0000', 'control character'],
    ['a\u007f', 'control character'],
    ['x'.repeat(513), '512'],
  ])('are refused by name when a line cannot hold them', (password, why) => {
    expect(() => redisQuote('redisPassword', password)).toThrow(WizardError);
    expect(() => redisQuote('redisPassword', password)).toThrow(new RegExp(`"redisPassword".*${why}`));
  });

  it('are never quoted in the message that refuses them', () => {
    expect(() => redisQuote('p', 'geheim\n')).toThrow(/^((?!geheim)[\s\S])*$/);
  });
});

describe('plain text for units', () => {
  it('keeps nothing that systemd would read as more than text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => /^[A-Za-z0-9 .,:;/()_-]*$/.test(plainText(text))));
  });
  it('keeps addresses readable', () => expect(plainText('https://moodle.example.org/a')).toBe('https://moodle.example.org/a'));
});

describe('templates', () => {
  it('want every value and use every value', () => {
    expect(fill('a {{b}}', { b: 1 })).toBe('a 1');
    expect(() => fill('a {{b}}', {})).toThrow('"b"');
    expect(() => fill('a', { b: 1 })).toThrow('does not use b');
  });
  it('take no line breaks', () => expect(() => fill('{{b}}', { b: 'x\nExecStartPre=/bin/evil' })).toThrow('control character'));
  it('are found', () =>
    expect(renderTemplate('services/redis.secret.conf', { name: 'r', confFile: '/etc/r.conf', password: '{{secret:p}}' })).toContain(
      'requirepass {{secret:p}}\n',
    ));
});

describe('sizes', () => {
  it.each([
    ['512M', 512],
    ['2G', 2048],
  ])('%s', (text, mb) => expect(mebibytes(text)).toBe(mb));
});
