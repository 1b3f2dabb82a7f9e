/** What enters from a node: kinds of values by meaning, bounded JSON, and one way in for all of it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WizardError } from '../../../src/core/errors.js';
import { isAbsolutePath, isRootName, isUnitName, isUserName, shown } from '../../../src/core/names.js';
import { asWebUser } from '../../../src/exec/web-user.js';
import { proofResult } from '../../../src/intake/bridge.js';
import { checked } from '../../../src/intake/check.js';
import { parseJson } from '../../../src/intake/json.js';
import { mucFileState, phpPool } from '../../../src/intake/moodle-facts.js';
import { anySetting, list, map, storeName, text } from '../../../src/intake/types.js';
import { nodeFacts, parseMoodle } from '../../../src/survey/survey.js';
import { MOODLE, POOL } from '../survey/world.js';

const ROOT = join(import.meta.dirname, '../../..');
const SOURCE = { node: 'web1', what: 'test' };

describe('names and paths', () => {
  it.each(['www-data', 'apache', 'moodle.web', 'DOMAIN\\web', 'web@example.org', '33', '_www', 'web$'])('%s may be a user', (name) =>
    expect(isUserName(name)).toBe(true),
  );
  it.each(['', '-u', 'a b', 'a;id', 'a\nb', '\u001b[2J', '$(id)', 'x'.repeat(65), '../x', 'a/b'])('%j is no user', (name) =>
    expect(isUserName(name)).toBe(false),
  );
  it.each(['root', 'ROOT', '0', '00', '+0', '-0'])('%s is root, as whom nothing of Moodle runs', (name) => {
    expect(isRootName(name)).toBe(true);
    expect(() => asWebUser(name, 'web1')).toThrow(WizardError);
  });
  it.each(['/', '/a b', '/srv/moodle/../data', '/ü'])('%s may be a path', (path) => expect(isAbsolutePath(path)).toBe(true));
  it.each(['', 'a', './a', '/a\nb', '/a\0', '/\u001b[2J', `/${'x'.repeat(4096)}`, '/\u202e'])('%j is no path', (path) =>
    expect(isAbsolutePath(path)).toBe(false),
  );
  it('units have the characters of systemd', () => {
    expect(isUnitName('php8.2-fpm@a\\x2db.service')).toBe(true);
    expect(['-x', 'a b', 'a;id', '', 'a/b', '$(x)'].filter(isUnitName)).toEqual([]);
  });
  it('are shown in errors without control characters, cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(shown(value)).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]{0,81}$/);
      }),
    );
  });
});

describe('JSON', () => {
  it('is bounded before it is parsed', () => {
    expect(parseJson(`${'['.repeat(33)}${']'.repeat(33)}`)).toMatchObject({ ok: false, why: expect.stringContaining('nested') });
    expect(parseJson(`[${'1,'.repeat(200_001)}1]`)).toMatchObject({ ok: false, why: expect.stringContaining('values') });
    expect(parseJson(`"${'x'.repeat(100)}"`, { chars: 50 })).toMatchObject({ ok: false, why: expect.stringContaining('characters') });
    expect(parseJson('{"a":')).toMatchObject({ ok: false, why: 'it is not valid JSON' });
  });
  it('is JSON where it is not too much', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
    expect(parseJson(JSON.stringify('[[[['.repeat(100)))).toMatchObject({ ok: true });
  });
});

describe('kinds of values', () => {
  it('maps drop reserved keys and take the empty list of PHP', () => {
    const schema = map(storeName, text(10), 4);
    expect(schema.parse([])).toEqual({});
    expect(schema.parse(JSON.parse('{"a":"b","constructor":"x","__proto__":"y","toString":"z"}'))).toEqual({ a: 'b' });
    expect(schema.safeParse({ a: '1', b: '2', c: '3', d: '4', e: '5' }).success).toBe(false);
  });
  it('lists are counted before they are looked into', () => {
    const result = list(text(10), 3).safeParse(Array.from({ length: 100_000 }, () => 1));
    expect(result.error?.issues).toHaveLength(1);
  });
  it('odd names of stores survive, control characters do not', () => {
    for (const name of ['my store', 'Größe', 'a"b', "it's", 'x;y']) expect(storeName.safeParse(name).success, name).toBe(true);
    for (const name of ['', 'a\nb', '\u001b[2J', 'constructor', '__proto__', 'x'.repeat(201)]) expect(storeName.safeParse(name).success, name).toBe(false);
  });
  it('settings of stores keep their shape', () => {
    const value = { servers: [['a', '11211', 1]], text: 'a\nb', n: 1.5, on: true, none: null };
    expect(anySetting.parse(value)).toEqual(value);
  });
});

describe('an answer of unexpected form', () => {
  it('names node, field and problem, with the value cleaned, and gives nothing', () => {
    const thrown = (() => {
      try {
        return checked(phpPool, { ...POOL, configFile: '/etc/x\n\u001b[2JPassword:' }, SOURCE);
      } catch (error) {
        return error as WizardError;
      }
    })() as WizardError;
    expect(thrown).toMatchObject({ code: 'answer-invalid', exitCode: 3, nodes: ['web1'] });
    expect(thrown.message).toContain('configFile');
    expect(thrown.message).not.toMatch(/[\u0000-\u001f]/);
  });
  it('of the survey is refused as a whole', () => {
    const asked = { dirroot: '/var/www/moodle', paths: [], services: [] };
    const answer = { phpBinary: '/usr/bin/php8.2', webUser: 'www-data', sitePool: 0, pools: [POOL], moodle: MOODLE };
    const read = (bend: object) => () => parseMoodle('web1', JSON.stringify({ ...answer, ...bend }), asked);
    expect(read({})()).toMatchObject({ webUser: 'www-data' });
    expect(read({ webUser: 'root' })).toThrow('webUser');
    expect(read({ phpBinary: 'php' })).toThrow('phpBinary');
    expect(read({ sitePool: 7 })).toThrow('listed pools');
    // What a process of the web user says of the folder is of no account.
    expect(read({ moodle: { ...MOODLE, dirroot: '/srv/other' } })().moodle?.dirroot).toBe('/var/www/moodle');
    expect(read({ moodle: { ...MOODLE, dataroot: '/a\nb' } })).toThrow('dataroot');
    expect(read({ pools: [{ ...POOL, unit: 'x; reboot' }] })).toThrow('unit');
  });
  it('of sections is refused by size', () => {
    const asked = { dirroot: '/', paths: [], services: [] };
    expect(() => nodeFacts('web1', { listeners: '\n'.repeat(30_000) }, 0, asked)).toThrow('section listeners');
    expect(() => nodeFacts('web1', { packages: 'x'.repeat(1_000_001) }, 0, asked)).toThrow('section packages');
  });
  it('answers for no path that was not asked for', () => {
    const facts = nodeFacts('web1', { paths: 'absent|-|/a\nabsent|-|/etc/shadow' }, 0, { dirroot: '/', paths: ['/a'], services: [] });
    expect(Object.keys(facts.paths)).toEqual(['/a']);
  });
  it('in the MUC file, which is the web user’s, makes it a damaged one', () => {
    const config = {
      siteIdentifier: 'x',
      stores: [],
      modeMappings: { 1: [], 2: [], 4: [] },
      definitionMappings: {},
      definitions: [{ id: 'constructor', mode: 3 }],
    };
    expect(mucFileState.parse({ state: 'ok', config })).toMatchObject({ state: 'corrupt', reason: expect.stringContaining('definitions.0') });
    expect(mucFileState.parse(7)).toMatchObject({ state: 'corrupt' });
    expect(mucFileState.parse({ state: 'ok', config: { ...config, definitions: [] } })).toMatchObject({ state: 'ok' });
  });
  it('of a proof is no proof', () => expect(proofResult.safeParse({ sapi: 'cli', stores: { a: { ready: 'yes' } }, effective: {} }).success).toBe(false));
});

describe('the way in', () => {
  /** Files of this machine that root or the person wrote, not answers of a node. */
  const LOCAL = [
    'src/intake/json.ts',
    'src/core/secret.ts',
    'src/app/package.ts',
    'src/app/output.ts',
    'src/app/unfinished.ts',
    'src/app/answers-source.ts',
    'src/records/journal.ts',
    'steps/caches/lib/store-lines.ts',
  ];

  it('is the only place where JSON becomes data', () => {
    const files = ['src', 'steps'].flatMap((dir) =>
      readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' }).flatMap((f) => (/\.tsx?$/.test(f) ? [`${dir}/${f}`] : [])),
    );
    const found = files.filter((f) => /\bJSON\.parse\(/.test(readFileSync(join(ROOT, f), 'utf8')));
    expect(found.filter((f) => !LOCAL.includes(f))).toEqual([]);
  });
});
