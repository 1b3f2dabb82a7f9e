/** Nodes that are tried during the questions are logged in to with the password that the run will use. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answers, NodeAnswer, SshAnswer } from '../../../src/answers/schema.js';
import { App } from '../../../src/app/app.js';
import { createBackend } from '../../../src/app/backend.js';
import { LOOK } from '../../../src/app/try-node.js';
import { WizardError } from '../../../src/core/errors.js';
import { remedy } from '../../../src/core/remedy.js';
import { Secret } from '../../../src/core/secret.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import type { WizardBackend } from '../../../src/ui/wizard-port.js';
import { createFakeBackend } from '../ui/fake-backend.js';

const WEB1: NodeAnswer = { name: 'web1', host: '10.0.0.21', roles: ['web'] };
const WEB2: NodeAnswer = { name: 'web2', host: '10.0.0.22', roles: ['web'] };
const SSH: SshAnswer = { sudo: 'password: secret:sudoPassword' };

describe('the look at a node', () => {
  it('tells a Moodle that is not there, and not one that root cannot see', () => {
    const root = mkdtempSync(join(tmpdir(), 'mcw-look-'));
    mkdirSync(join(root, 'moodle'));
    mkdirSync(join(root, 'empty'));
    writeFileSync(join(root, 'moodle', 'config.php'), '');
    const look = (dirroot: string, path = '') =>
      execFileSync('sh', ['-c', LOOK, 'look', dirroot, ''], { encoding: 'utf8', env: { PATH: `${path}/usr/bin:/bin` } })
        .trim()
        .split('\n')
        .slice(1);
    expect(look(join(root, 'moodle'))).toEqual([]);
    expect(look('')).toEqual([]);
    for (const dirroot of ['empty', 'none', 'none/moodle']) expect(look(join(root, dirroot))).toEqual([`No Moodle found at ${join(root, dirroot)}`]);
    // As where root may not look into a share: what cannot be listed may hold anything.
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin', 'ls'), '#!/bin/sh\nexit 2\n', { mode: 0o755 });
    for (const dirroot of ['empty', 'none/moodle']) expect(look(join(root, dirroot), `${join(root, 'bin')}:`)).toEqual([]);
    rmSync(root, { recursive: true });
  });
});

describe('trying a node', () => {
  let dir: string;
  let used: Record<string, string>[];
  let stdout: string;
  const signal = new AbortController().signal;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mcw-try-'));
    used = [];
    stdout = 'Debian 12';
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
    delete process.env['MCW_TEST_SUDO'];
  });

  function backend(readFrom: string | null = null) {
    const app = new App({ stateDir: dir, signal });
    app.opener = (secrets) => async (node) => {
      used.push(Object.fromEntries(Object.entries(secrets).map(([name, s]) => [name, s.reveal()])));
      return fakeExecutor(node, [{ when: 'os-release', answer: { stdout } }]);
    };
    return createBackend(app, () => 'answers.yaml', readFrom);
  }
  const login = (source: string, typed: readonly Secret[] = []) => ({
    ssh: SSH,
    // The other one is none of the login's: its command must not be run.
    sources: { sudoPassword: source, redisPassword: `cmd:touch ${join(dir, 'ran')}; echo no` },
    secrets: new Map(typed.map((s) => [s.name, s])),
    dirroot: '/var/www/moodle',
  });

  it('takes the sudo password from the environment', async () => {
    process.env['MCW_TEST_SUDO'] = 'from-env';
    expect(await backend().tryNode(WEB1, login('env:MCW_TEST_SUDO'), signal)).toMatchObject({ ok: true, detail: 'Debian 12, login and sudo work' });
    expect(used).toEqual([{ sudoPassword: 'from-env' }]);
  });

  it('takes it from a file, which is read again after it was mended', async () => {
    const file = join(dir, 'sudo');
    const one = backend();
    for (const value of ['from-file', 'mended']) {
      writeFileSync(file, `${value}\n`, { mode: 0o600 });
      await one.tryNode(WEB1, login(`file:${file}`), signal);
    }
    expect(used).toEqual([{ sudoPassword: 'from-file' }, { sudoPassword: 'mended' }]);
  });

  it('tells what is missing on a node that is said to have Moodle', async () => {
    stdout = 'Debian 12\nNo Moodle found at /var/www/moodle';
    process.env['MCW_TEST_SUDO'] = 'short';
    const trial = await backend().tryNode(WEB1, login('env:MCW_TEST_SUDO'), signal);
    expect(trial).toMatchObject({ ok: false, error: { code: 'not-a-moodle', nodes: ['web1'] } });
    expect(trial.detail).toBe('Debian 12, login and sudo work. No Moodle found at /var/www/moodle');
  });

  it('keeps telling a host key that was new, also when what came after it failed', async () => {
    process.env['MCW_TEST_SUDO'] = 'short';
    const app = new App({ stateDir: dir, signal });
    let fails = true;
    app.opener = (_secrets, emit) => async (node) => {
      if (fails) emit({ type: 'notice', level: 'info', message: 'Added the new host key of web1: SHA256:abc' });
      if (fails) throw new WizardError('sudo-refused', 'web1: sudo does not take the password.');
      return fakeExecutor(node, [{ when: 'os-release', answer: { stdout } }]);
    };
    const one = createBackend(app, () => 'answers.yaml', null);
    expect((await one.tryNode(WEB1, login('env:MCW_TEST_SUDO'), signal)).detail).toMatch(/sudo does not take.*SHA256:abc/);
    fails = false;
    expect((await one.tryNode(WEB1, login('env:MCW_TEST_SUDO'), signal)).detail).toMatch(/^Debian 12, login and sudo work.*SHA256:abc/);
  });

  it('ends at once when it is broken off, and closes what opens late', async () => {
    process.env['MCW_TEST_SUDO'] = 'short';
    const app = new App({ stateDir: dir, signal });
    let closed = false;
    let open: () => void = () => {};
    app.opener = () => (node) =>
      new Promise((resolve) => {
        const executor = fakeExecutor(node, []);
        open = () => resolve({ ...executor, close: async () => void (closed = true) });
      });
    const off = new AbortController();
    const trial = createBackend(app, () => 'answers.yaml', null).tryNode(WEB1, login('env:MCW_TEST_SUDO'), off.signal);
    await new Promise((r) => setTimeout(r, 5));
    off.abort();
    expect(await trial).toMatchObject({ ok: false });
    open();
    await expect.poll(() => closed).toBe(true);
  });

  it('runs no command that an answers file names which others can write', async () => {
    const answers = join(dir, 'answers.yaml');
    writeFileSync(answers, '');
    chmodSync(answers, 0o666);
    const trial = await backend(answers).tryNode(WEB1, login(`cmd:/bin/echo x > ${join(dir, 'ran')}`), signal);
    expect(trial).toMatchObject({ ok: false });
    expect(trial.detail).toContain('other users can change it (mode 666)');
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });

  it('runs the one of a run on record, whoever can write the answers file at hand', async () => {
    const file = join(dir, 'answers.yaml');
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    const answers = {
      version: 1,
      cluster: 'campus',
      moodle: { dirroot: '/var/www/moodle' },
      nodes: [{ ...WEB1, roles: ['main', 'web'] }],
      ssh: SSH,
      secrets: { sudoPassword: `cmd:/bin/echo x | /usr/bin/tee ${join(dir, 'ran')}` },
    } as unknown as Answers;
    const look = (onRecord: boolean) =>
      backend(file)
        .survey({ answers, secrets: new Map(), onRecord }, () => {}, signal)
        .catch(() => null);
    await look(false);
    expect(existsSync(join(dir, 'ran'))).toBe(false);
    await look(true);
    expect(existsSync(join(dir, 'ran'))).toBe(true);
  });

  it('takes the one that was typed before any source', async () => {
    process.env['MCW_TEST_SUDO'] = 'from-env';
    await backend().tryNode(WEB1, login('env:MCW_TEST_SUDO', [new Secret('sudoPassword', 'typed')]), signal);
    expect(used).toEqual([{ sudoPassword: 'typed' }]);
  });

  it('asks a command once for nodes that are tried together', async () => {
    const source = `cmd:/bin/echo x >> ${join(dir, 'asked')}; printf 'asked %s' "$(/usr/bin/wc -l < ${join(dir, 'asked')})"`;
    const one = backend();
    await Promise.all([WEB1, WEB2].map((node) => one.tryNode(node, login(source), signal)));
    expect(used).toEqual([{ sudoPassword: 'asked 1' }, { sudoPassword: 'asked 1' }]);
  });

  it('tells why it cannot be had, and that it can be typed', async () => {
    const trial = await backend().tryNode(WEB1, login('env:MCW_TEST_SUDO'), signal);
    expect(trial).toMatchObject({ ok: false, error: { code: 'secret-unavailable' } });
    expect(trial.detail).toContain('MCW_TEST_SUDO');
    expect(trial.error?.remedies.join(' ')).toContain('go back and enter the password');
    expect(used).toEqual([]);
  });

  it('is told by the wizard where its secrets come from', async () => {
    const told: unknown[] = [];
    const fake: WizardBackend = {
      ...createFakeBackend(),
      tryNode: async (_node, login) => {
        told.push(login.ssh, login.sources);
        return { ok: true, detail: '' };
      },
    };
    const initial = { cluster: 'campus', ssh: SSH, nodes: [WEB1], secrets: { sudoPassword: 'env:MCW_TEST_SUDO' } };
    const options = { initial, answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };
    const wizard = createWizard({ backend: fake, options, now: () => 1000, interrupter: () => createInterrupter(() => 0) });
    wizard.dispatch({ type: 'goto', page: 'connect' });
    await wizard.work();
    expect(told).toEqual([SSH, { sudoPassword: 'env:MCW_TEST_SUDO' }]);
  });
});
