/** What a hostile current folder or environment may change of the program's start, and of the commands that it prints. */

import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programCall } from '../../../src/app/program-call.js';
import { defaultAnswersPath } from '../../../src/app/wizard.js';
import { WizardError } from '../../../src/core/errors.js';
import { ownCommand, PROGRAM, setProgramCall, withOwnCall } from '../../../src/core/program.js';
import { remedy, sh } from '../../../src/core/remedy.js';
import { cleanEnvironment, fixedPath } from '../../../src/environment.js';

describe('the environment', () => {
  it.each([
    ['.:/usr/bin', '/usr/bin'],
    ['/usr/bin:', '/usr/bin'],
    ['::/usr/bin:bin:./x', '/usr/bin'],
    // As npx sets it in /tmp/evil.
    ['/tmp/evil/node_modules/.bin:/tmp/node_modules/.bin:/node_modules/.bin:/opt/npm/node-gyp-bin:/usr/sbin:/bin', '/usr/sbin:/bin'],
    ['/tmp/evil/node_modules/.bin/:/bin', '/bin'],
    ['/usr/local/lib/node_modules/tool/bin:/bin', '/usr/local/lib/node_modules/tool/bin:/bin'],
  ])('PATH %s becomes %s', (path, fixed) => expect(fixedPath(path)).toBe(fixed));

  it('loses what only libraries read, and nothing that may hold a secret', () => {
    const env = { ZX_PREFER_LOCAL: 'true', ZX_SHELL: '/tmp/sh', LOG_TOKENS: '1', LOG_STREAM: '1', PATH: '.:/bin', REDIS_PASSWORD: 'x', MEMCACHE_PASSWORD: 'y' };
    cleanEnvironment(env);
    expect(env).toEqual({ PATH: '/bin', REDIS_PASSWORD: 'x', MEMCACHE_PASSWORD: 'y' });
  });
});

describe('a printed command', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mcw call '));
  });
  afterEach(() => {
    setProgramCall(() => PROGRAM);
    rmSync(dir, { recursive: true, force: true });
  });

  it('calls the program by its name where that is found, else by its own path, quoted', () => {
    const script = join(dir, 'bin.js');
    writeFileSync(script, '');
    expect(programCall('/nothing', script)).toBe(`${process.execPath} '${script}'`);
    chmodSync(script, 0o755);
    expect(programCall('/nothing', script)).toBe(`'${script}'`);
    symlinkSync(script, join(dir, PROGRAM));
    // As npx starts it: by a link in its own node_modules/.bin.
    expect(programCall('/nothing', join(dir, PROGRAM))).toBe(`'${script}'`);
    expect(programCall(`/nothing:${dir}`, script)).toBe(PROGRAM);
  });

  it('is changed in every remedy of an error, and only where it is a command', () => {
    setProgramCall(() => '/opt/x/bin.js');
    const { remedies } = new WizardError('usage', 'no', {
      remedies: [
        remedy`Then: ${PROGRAM} rollback --yes; ${PROGRAM} --help`,
        remedy`sh /var/lib/${PROGRAM}/trial/x/trial.sh status`,
        remedy`The ${PROGRAM} folder`,
      ],
    });
    expect(remedies).toEqual([
      'Then: /opt/x/bin.js rollback --yes; /opt/x/bin.js --help',
      `sh /var/lib/${PROGRAM}/trial/x/trial.sh status`,
      `The ${PROGRAM} folder`,
    ]);
    expect(ownCommand(sh`confirm`)).toBe('/opt/x/bin.js confirm');
    setProgramCall(() => "'/$&/x'");
    expect(withOwnCall(`${PROGRAM} confirm`)).toBe("'/$&/x' confirm");
  });
});

describe('answers without a name', () => {
  it('are kept where the wizard was started, or at home when that is the root folder', () => {
    expect(defaultAnswersPath('/srv/moodle', '/root')).toBe('answers.yaml');
    expect(defaultAnswersPath('/', '/root')).toBe('/root/answers.yaml');
  });
});
