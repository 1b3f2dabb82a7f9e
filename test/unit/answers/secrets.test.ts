import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAnswers } from '../../../src/answers/load.js';
import { localSecretIo } from '../../../src/answers/secret-io.js';
import { checkSecrets, resolveSecrets } from '../../../src/answers/secrets.js';
import type { WizardError } from '../../../src/core/errors.js';
import { HEAD } from '../advice/fixture.js';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcw-secrets-'));
  file = join(dir, 'answers.yaml');
  writeFileSync(file, 'x', { mode: 0o600 });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const answers = (sources: Record<string, string>) => loadAnswers(`${HEAD}secrets: ${JSON.stringify(sources)}\n`, 'a').answers;
const io = (env: Record<string, string> = {}) => localSecretIo(file, { PATH: process.env['PATH'], ...env });

async function failure(sources: Record<string, string>, env: Record<string, string> = {}): Promise<WizardError> {
  return resolveSecrets(answers(sources), io(env)).then(
    () => expect.unreachable(),
    (error: WizardError) => error,
  );
}

describe('secrets', () => {
  it('come from the environment, a file and a command', async () => {
    const secret = join(dir, 'pw');
    writeFileSync(secret, "s p'ace\n", { mode: 0o600 });
    const found = await resolveSecrets(answers({ a: 'env:A', b: `file:${secret}`, c: 'cmd:printf %s "$HOME-x"' }), io({ A: 'first', HOME: '/h' }));
    expect([found['a']?.reveal(), found['b']?.reveal(), found['c']?.reveal()]).toEqual(['first', "s p'ace", '/h-x']);
    expect(JSON.stringify(found)).not.toContain('first');
  });

  it('are told missing all at once, each with its source', async () => {
    const error = await failure({ a: 'env:NOPE', b: `file:${dir}/gone`, c: 'cmd:false', d: 'cmd:no-such-command-x' });
    expect(error.code).toBe('secret-unavailable');
    const all = [error, ...error.others].map((e) => e.message);
    expect(all[0]).toContain('"a"');
    expect(all[0]).toContain('env:NOPE');
    expect(all[1]).toContain('does not exist');
    expect(all[2]).toContain('exit code 1');
    expect(all[3]).toContain('command not found: no-such-command-x');
  });

  it('are refused when others can write the file, the command, a folder above, or the answers', async () => {
    const secret = join(dir, 'pw');
    writeFileSync(secret, 'x');
    chmodSync(secret, 0o662);
    expect((await failure({ a: `file:${secret}` })).message).toContain('other users can change it (mode 662)');
    const open = join(dir, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    writeFileSync(join(open, 'pw'), 'x', { mode: 0o600 });
    expect((await failure({ a: `file:${open}/pw` })).message).toContain(`other users can change its folder ${open}`);
    const command = join(dir, 'get');
    writeFileSync(command, '#!/bin/sh\necho x\n');
    chmodSync(command, 0o777);
    expect((await failure({ a: `cmd:${command} now` })).message).toContain('other users can change it');
    chmodSync(file, 0o666);
    expect((await failure({ a: 'cmd:echo x' })).message).toContain('file: and cmd: are refused');
  });

  it('of a command are looked at as far as the line says what it runs: every program, and every file by its full path', async () => {
    const get = join(dir, 'get');
    writeFileSync(get, '#!/bin/sh\necho good\n');
    chmodSync(get, 0o755);
    const of = (command: string) => resolveSecrets(answers({ a: `cmd:${command}` }), io({ HOME: '/h' })).then((found) => found['a']?.reveal());
    // Refused before, though nothing is wrong with them.
    expect(await of(`ADDR=x LEVEL='a b' ${get}`)).toBe('good');
    expect(await of(`cd ${dir} && ./get`)).toBe('good');
    expect(await of(`cd ${dir}; exec ./get`)).toBe('good');
    expect(await of(`env A=1 ${get} 2>/dev/null | tr g G`)).toBe('Good');
    expect(await of(`f() { ${get}; }; f`)).toBe('good');
    expect(await of(`if [ -x ${get} ]; then ${get}; else exit 1; fi`)).toBe('good');
    expect(await of(`test -n "$HOME" && "${get}" # ; no-such-command-x`)).toBe('good');
    // Taken before: only the first word was looked at.
    chmodSync(get, 0o777);
    for (const command of [
      `true && ${get}`,
      `A=1 ${get}`,
      `cd ${dir} && ./get`,
      `echo x | ${get}`,
      `sh ${get}`,
      `cat '${get}'`,
      `exec "${get}"`,
      `(cd / ; ${get})`,
    ]) {
      expect((await failure({ a: `cmd:${command}` })).message, command).toContain(`${get}: other users can change it (mode 777)`);
    }
    expect((await failure({ a: 'cmd:true && no-such-command-x' })).message).toContain('command not found: no-such-command-x');
  });

  it('of a command get no program from a folder of PATH that others can write', async () => {
    const open = join(dir, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    writeFileSync(join(open, 'printf-x'), '#!/bin/sh\necho planted\n', { mode: 0o755 });
    const planted = resolveSecrets(answers({ a: 'cmd:printf-x' }), io({ PATH: `${open}:.:${process.env['PATH']}` }));
    await expect(planted).rejects.toMatchObject({ message: expect.stringContaining('command not found: printf-x') });
    const inner = await resolveSecrets(answers({ a: 'cmd:eval printf-x || echo fallback' }), io({ PATH: `${open}:${process.env['PATH']}` }));
    expect(inner['a']?.reveal()).toBe('fallback');
  });

  it('are refused when everybody can read their file, or they are too short to be masked', async () => {
    const secret = join(dir, 'pw');
    writeFileSync(secret, 'password\n');
    chmodSync(secret, 0o644);
    chmodSync(dir, 0o755);
    const error = await failure({ a: `file:${secret}` });
    expect(error.message).toContain('all users can read it (mode 644)');
    expect(error.remedies.join()).toContain(`chmod o-r -- ${secret}`);
    // Nobody else gets there.
    chmodSync(dir, 0o700);
    expect((await resolveSecrets(answers({ a: `file:${secret}` }), io()))['a']?.reveal()).toBe('password');
    expect((await failure({ a: 'env:A' }, { A: 'abc' })).message).toContain('fewer than 4 characters');
  });

  it('refuses values that could break out of a line, and empty ones', async () => {
    expect((await failure({ a: 'env:A' }, { A: 'x\nrequirepass y' })).message).toContain('several lines');
    expect((await failure({ a: 'cmd:true' })).message).toContain('is empty');
  });

  it('refuses passwords that PHP cannot give to MongoDB, before anything is touched, and takes them for Redis', async () => {
    const of = (plugin: string) =>
      loadAnswers(`${HEAD}services: [{name: s, plugin: ${plugin}, address: "h3:27017", password: secret:pw}]\nsecrets: {pw: "env:PW"}\n`, 'a').answers;
    const [told] = await checkSecrets(of('mongodb'), io({ PW: 'grün' }));
    expect(told?.message).toContain('non-ASCII characters');
    expect(told?.message).not.toContain('grün');
    await expect(resolveSecrets(of('mongodb'), io({ PW: 'grün' }))).rejects.toMatchObject({ code: 'secret-unavailable' });
    expect(await checkSecrets(of('redis'), io({ PW: 'grün' }))).toEqual([]);
    expect(await checkSecrets(of('mongodb'), io({ PW: `pa$$ "w0rd'` }))).toEqual([]);
  });

  it('can be checked without running a command', async () => {
    const mark = join(dir, 'ran');
    expect(await checkSecrets(answers({ a: `cmd:touch ${mark}` }), io())).toEqual([]);
    expect((await checkSecrets(answers({ a: 'env:NOPE' }), io()))[0]?.code).toBe('secret-unavailable');
    expect(() => chmodSync(mark, 0o600)).toThrow();
  });
});
