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
    const found = await resolveSecrets(answers({ a: 'env:A', b: `file:${secret}`, c: 'cmd:printf %s "$HOME-x"' }), io({ A: 'one', HOME: '/h' }));
    expect([found['a']?.reveal(), found['b']?.reveal(), found['c']?.reveal()]).toEqual(['one', "s p'ace", '/h-x']);
    expect(JSON.stringify(found)).not.toContain('one');
  });

  it('are told missing all at once, each with its source', async () => {
    const error = await failure({ a: 'env:NOPE', b: `file:${dir}/gone`, c: 'cmd:false', d: 'cmd:no-such-command-x' });
    expect(error.code).toBe('secret-unavailable');
    const all = [error, ...error.others].map((e) => e.message);
    expect(all[0]).toContain('"a"');
    expect(all[0]).toContain('env:NOPE');
    expect(all[1]).toContain('does not exist');
    expect(all[2]).toContain('exit code 1');
    expect(all[3]).toContain('no command "no-such-command-x"');
  });

  it('are refused when others can write the file, the command, a folder above, or the answers', async () => {
    const secret = join(dir, 'pw');
    writeFileSync(secret, 'x');
    chmodSync(secret, 0o662);
    expect((await failure({ a: `file:${secret}` })).message).toContain('can be written by others (mode 662)');
    const open = join(dir, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    writeFileSync(join(open, 'pw'), 'x', { mode: 0o600 });
    expect((await failure({ a: `file:${open}/pw` })).message).toContain(`its folder ${open} can be written by others`);
    const command = join(dir, 'get');
    writeFileSync(command, '#!/bin/sh\necho x\n');
    chmodSync(command, 0o777);
    expect((await failure({ a: `cmd:${command} now` })).message).toContain('can be written by others');
    chmodSync(file, 0o666);
    expect((await failure({ a: 'cmd:echo x' })).message).toContain('sources file: and cmd: are refused');
  });

  it('refuses values that could break out of a line, and empty ones', async () => {
    expect((await failure({ a: 'env:A' }, { A: 'x\nrequirepass y' })).message).toContain('more than one line');
    expect((await failure({ a: 'cmd:true' })).message).toContain('gives nothing');
  });

  it('refuses passwords that PHP cannot give to MongoDB, before anything is touched, and takes them for Redis', async () => {
    const of = (plugin: string) =>
      loadAnswers(`${HEAD}services: [{name: s, plugin: ${plugin}, address: "h3:27017", password: secret:pw}]\nsecrets: {pw: "env:PW"}\n`, 'a').answers;
    const [told] = await checkSecrets(of('mongodb'), io({ PW: 'grün' }));
    expect(told?.message).toContain('beyond ASCII');
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
