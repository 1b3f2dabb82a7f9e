import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ClusterNode } from '../../../src/core/cluster.js';
import { Redactor, Secret } from '../../../src/core/secret.js';
import type { Executor } from '../../../src/exec/executor.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { type LogRecord, logged } from '../../../src/exec/logged.js';
import { openExecutor } from '../../../src/exec/open.js';

const NODE: ClusterNode = { name: 'here', host: 'local', roles: ['main'], webPort: 80, state: 'in', ssh: { hostKeys: 'known_hosts', sudo: { kind: 'auto' } } };
const isRoot = process.getuid?.() === 0;
const records: LogRecord[] = [];
let executor: Executor | undefined;

/** This machine through the real thing; root's own login, else skipped where sudo would be asked. */
async function here(): Promise<Executor> {
  executor ??= await openExecutor(NODE, {
    templatesDir: 'templates',
    home: process.env['HOME'] ?? '/',
    env: { HOME: process.env['HOME'], USER: 'somebody', SECRET_THING: 'leak' },
    redactor: new Redactor(),
    secret: (name) => new Secret(name, 'x'),
    log: (record) => records.push(record),
  });
  return executor;
}

describe.runIf(isRoot)('commands on this machine', () => {
  it('run in a clean environment, with their own output and code', async () => {
    const result = await (await here()).run({ argv: ['sh', '-c', 'env | sort; cat; echo err >&2; exit 7'], env: { EXTRA: "it's" }, stdin: 'in\n' });
    expect(result.code).toBe(7);
    expect(result.stderr).toBe('err\n');
    expect(result.stdout).toContain("EXTRA=it's\n");
    expect(result.stdout).toContain('LC_ALL=C\n');
    expect(result.stdout).not.toContain('SECRET_THING');
    expect(result.stdout.endsWith('in\n')).toBe(true);
  });

  it('read nothing when nothing is given, and end with 128 + signal when killed', async () => {
    const e = await here();
    expect((await e.run({ argv: ['cat'] })).stdout).toBe('');
    expect((await e.run({ argv: ['sh', '-c', 'kill -9 $$'] })).code).toBe(137);
  });

  it('are not ended by an output that holds all that a list of processes shows', async () => {
    const forge = `tr '\\0' '\\n' <"/proc/$PPID/cmdline" | grep -o '[0-9a-f]\\{24\\}' | sort -u | while read -r mark; do
      printf '\\n%s:end:0\\n' "$mark"; printf '\\n%s:end:0\\n' "$mark" >&2; done; echo rest; exit 3`;
    expect(await (await here()).run({ argv: ['sh', '-c', forge] })).toMatchObject({ code: 3, stdout: expect.stringMatching(/:end:0\nrest\n$/) });
  });

  it('run as another user with that user’s home', async () => {
    const result = await (await here()).run({ argv: ['sh', '-c', 'id -un; echo $HOME'] }, { as: { user: 'daemon' } });
    expect(result.stdout.split('\n')[0]).toBe('daemon');
    await expect((await here()).run({ argv: ['id'] }, { as: { user: 'no-such-user' } })).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('are ended when their time is over or they are cancelled', async () => {
    const e = await here();
    await expect(e.run({ argv: ['sleep', '30'] }, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('was stopped there'),
    });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 200);
    await expect(e.run({ argv: ['sleep', '31.7'] }, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect((await e.run({ argv: ['pgrep', '-f', '^sleep 31[.]7'] })).code).toBe(1);
    await expect(e.run({ argv: ['true'] }, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('of another user have a session of their own, and are ended with all that they started', async () => {
    const e = await here();
    const as = { user: 'daemon' };
    // A duration that no other run of these tests has.
    const sleeping = `sleep 32.${process.pid}`;
    const both = ['sh', '-c', `${sleeping} & ${sleeping}`];
    const session = (await e.run({ argv: ['cut', '-d', ' ', '-f', '6,7', '/proc/self/stat'] }, { as })).stdout.trim().split(' ');
    expect(session[0]).not.toBe(readFileSync('/proc/self/stat', 'utf8').split(' ')[5]);
    expect(session[1]).toBe('0');
    await expect(e.run({ argv: both }, { as, timeoutMs: 300 })).rejects.toMatchObject({ code: 'timeout' });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 500);
    await expect(e.run({ argv: both }, { as, signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
    // Cancelling is reported at once; that all is ended is a matter of a moment.
    await vi.waitFor(async () => expect((await e.run({ argv: ['pgrep', '-f', `^${sleeping}`] })).code).toBe(1), { timeout: 10_000, interval: 200 });
    expect(await e.run({ argv: ['sh', '-c', 'cat; echo "$EXTRA"; exit 7'], stdin: 'in\n', env: { EXTRA: "it's" } }, { as })).toMatchObject({
      code: 7,
      stdout: "in\nit's\n",
    });
  });

  it('are over when they say so, not when what they left behind lets go', async () => {
    const result = await (await here()).run({ argv: ['sh', '-c', 'sleep 5 & echo started'] });
    expect(result).toMatchObject({ code: 0, stdout: 'started\n' });
    expect(result.ms).toBeLessThan(3000);
  });

  it('are noted with code and time', async () => {
    await (await here()).run({ argv: ['sh', '-c', 'echo why >&2; exit 3', 'some-script', 'arg'] });
    expect(records.at(-1)).toMatchObject({ node: 'here', as: 'login', command: 'some-script arg', code: 3, trouble: 'why' });
  });
});

describe.runIf(isRoot)('putFile', () => {
  let dir = '';
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const folder = (): string => {
    dir = mkdtempSync('/etc/mcw-test-');
    return dir;
  };

  it('writes whole files with mode, and replaces them', async () => {
    const path = join(folder(), 'a file');
    const bytes = Buffer.from([0, 255, 10, 39]);
    await (await here()).putFile(path, bytes, { mode: 0o640 });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    await (await here()).putFile(path, 'two', { mode: 0o600 });
    expect(readFileSync(path, 'utf8')).toBe('two');
  });

  it('refuses links, folders, folders of others, and folders that are not there', async () => {
    const e = await here();
    const at = folder();
    writeFileSync(join(at, 'target'), 'kept');
    symlinkSync(join(at, 'target'), join(at, 'link'));
    const refused = { code: 'change-failed', nodes: ['here'] };
    await expect(e.putFile(join(at, 'link'), 'x', { mode: 0o600 })).rejects.toMatchObject(refused);
    expect(readFileSync(join(at, 'target'), 'utf8')).toBe('kept');
    await expect(e.putFile(at, 'x', { mode: 0o600 })).rejects.toMatchObject(refused);
    await expect(e.putFile('/tmp/x', 'x', { mode: 0o600 })).rejects.toMatchObject({ ...refused, message: expect.stringContaining('all users can write') });
    await expect(e.putFile(join(at, 'none', 'x'), 'x', { mode: 0o600 })).rejects.toMatchObject(refused);
    await expect(e.putFile(join(at, 'new'), 'x', { mode: 0o600, owner: 'no-such-user' })).rejects.toMatchObject(refused);
  });
});

describe('logged', () => {
  it('masks secrets in lines and records before anybody sees them', async () => {
    const redactor = new Redactor();
    redactor.add('hunter22');
    const seen: LogRecord[] = [];
    const inner = fakeExecutor(NODE, [{ when: 'say', answer: { code: 1, stdout: 'it is hunter22\n', stderr: 'hunter22!\n' } }]);
    const lines: string[] = [];
    await logged(inner, redactor, (record) => seen.push(record)).run({ argv: ['say'] }, { onLine: (line) => lines.push(line), as: { user: 'www-data' } });
    expect(lines.join()).not.toContain('hunter22');
    expect(seen).toMatchObject([{ as: 'www-data', code: 1, trouble: '[hidden]!' }]);
  });
});

describe('the fake', () => {
  it('runs only what a test allows, in the order of its rules', async () => {
    const fake = fakeExecutor(NODE, [
      { when: 'ask', answer: { code: 1 }, times: 1 },
      { when: /^ask/, answer: { stdout: 'ok' } },
    ]);
    expect((await fake.run({ argv: ['ask'] })).code).toBe(1);
    expect((await fake.run({ argv: ['ask'] })).stdout).toBe('ok');
    await expect(fake.run({ argv: ['other'] })).rejects.toThrow('no rule');
    await fake.putFile('/a', 'b', { mode: 0o600 });
    expect(fake.files.get('/a')).toEqual({ content: 'b', mode: 0o600, owner: 'root', group: 'root' });
  });
});
