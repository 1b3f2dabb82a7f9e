/** Every PHP that root starts: one way a language, and the same options in all three. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT_PHP_SETTINGS, rootPhpArgv } from '../../../src/moodle/root-php.js';
import { fpmProbe } from '../../../src/moodle/web-probe/fpm.js';

const read = (path: string): string => readFileSync(path, 'utf8');
const below = (folder: string, end: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith(end))
    .map((f) => join(folder, f));
/** Lines without comments. */
const codeLines = (path: string): readonly string[] =>
  read(path)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !/^(#|\/\/|\*|\/\*)/.test(line));

const sh = (...argv: string[]): { code: number; stdout: string } => {
  try {
    return {
      code: 0,
      stdout: execFileSync('sh', ['-c', '. templates/sh/root-php.sh; "$@"', 'sh', ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    };
  } catch (thrown) {
    const { status, stdout } = thrown as { status: number; stdout: string };
    return { code: status, stdout };
  }
};

describe('the options of root PHP', () => {
  it.each(['opcache.enable_cli=0', 'opcache.file_cache=', 'auto_prepend_file=', 'auto_append_file=', 'open_basedir=', 'memory_limit=256M'])(
    'have %s',
    (option) => {
      expect(ROOT_PHP_SETTINGS).toContain(option);
    },
  );
  it('are the same in PHP', () => {
    const list = /\$options = array\(([\s\S]*?)\);/.exec(read('templates/survey/lib/php.php'))?.[1] ?? '';
    expect([...list.matchAll(/'([^']+)'/g)].map((m) => m[1])).toEqual(ROOT_PHP_SETTINGS);
  });
  it('are the same in sh', () => {
    const asked = sh('root_php', '5', 'echo', '', 'a.php').stdout.trim();
    expect(asked).toBe([...ROOT_PHP_SETTINGS.map((s) => `-d ${s}`), 'a.php'].join(' '));
  });
  it('are not needed where nothing of the site is loaded at all', () => {
    expect(rootPhpArgv({ phpBinary: 'php8.2', phpAlone: 'php' })).toEqual(['php', '-n']);
  });
  it('begin the command line of a call through a pool', () => {
    const argv = fpmProbe.argv({ phpBinary: 'php8.2' }, '/kit', 'prove');
    for (const setting of ROOT_PHP_SETTINGS) expect(argv[argv.indexOf(setting) - 1]).toBe('-d');
  });
});

describe('starts of PHP', () => {
  it('go through root_php or another account in every script of a node', () => {
    for (const file of below('templates', '.sh').filter((f) => f !== 'templates/sh/root-php.sh')) {
      for (const line of codeLines(file)) {
        const starts =
          /fcgi-call\.php|moodle-node\.php|bridge\.php/.test(line) || /(^|[;&|(]\s*|\b(?:then|do|if|exec)\s+)"\$\{?(php|alone)[^"]*"(\s|$)/.test(line);
        if (starts) expect(line, file).toMatch(/\broot_php\b|\bas_user\b/);
      }
    }
  });
  it('go through mcw_root_php or another account in the survey', () => {
    for (const file of below('templates/survey', '.php').filter((f) => !f.endsWith('/php.php'))) expect(read(file), file).not.toContain('PHP_BINARY');
    for (const line of below('templates/survey', '.php').flatMap(codeLines)) {
      if (/fcgi-call\.php/.test(line)) expect(line).toContain('mcw_root_php()');
      if (/bridge\/bridge\.php/.test(line)) expect(line).toContain('mcw_become($user, ');
    }
  });
  it('go through rootPhpArgv or another account in the wizard', () => {
    // A file that comes to this list is looked at first: as whom does it start PHP?
    const known: Readonly<Record<string, RegExp>> = {
      'src/engine/muc/pending-purges.ts': /as: \{ user: /,
      'src/engine/muc/suspects.ts': /as: \{ user: /,
      'src/moodle/bridge.ts': /as: \{ user: o\.webUser \}/,
      'src/survey/measure/probe.ts': /as: \{ user: /,
      'src/survey/reach.ts': /as: \{ user: asWebUser\(/,
    };
    const starters = below('src', '.ts').filter(
      (f) => /\b(bridgeArgv|cfgArgv)\(|argv: \[[^\]]*phpBinary|\bphpBinary,\n/.test(read(f)) && !f.endsWith('bridge-text.ts'),
    );
    for (const file of starters) {
      expect(Object.keys(known)).toContain(file);
      expect(read(file), file).toMatch(known[file] as RegExp);
    }
    expect(starters).toContain('src/survey/reach.ts');
  });
});

describe('programs that root starts', () => {
  it('are those that root alone can change', () => {
    expect(sh('trusted_program', '/bin/sh').stdout.trim()).toBe(execFileSync('readlink', ['-e', '/bin/sh'], { encoding: 'utf8' }).trim());
    const dir = mkdtempSync(join(tmpdir(), 'mcw-trust-'));
    execFileSync('sh', ['-c', 'cp /bin/true "$1/php"; ln -s /bin/true "$1/link"', 'sh', dir]);
    // A folder that everybody can write to is above them, also above the link to a program of root.
    expect(sh('trusted_program', join(dir, 'php'))).toEqual({ code: 1, stdout: '' });
    expect(sh('trusted_program', join(dir, 'link'))).toEqual({ code: 1, stdout: '' });
    expect(sh('trusted_program', '/nowhere/php').code).toBe(1);
    rmSync(dir, { recursive: true });
  });
  it('never have a path that comes from /proc or from a configuration', () => {
    // A variable that comes to this list is looked at first: it holds what mcw_which has found, and nothing else.
    const known: Readonly<Record<string, readonly string[]>> = {
      'masters.php': ['$systemctl', '$dpkg', '$rpm', '$fixed'],
      'nginx.php': ['$program'],
      'apache.php': ['$program'],
    };
    for (const file of below('templates/survey', '.php')) {
      const firsts = [...read(file).matchAll(/(?:mcw_run_one\(|'argv' => )(?:array_merge\()?array\(\s*([^\s,)]+)/g)].map((m) => m[1] ?? '');
      for (const first of firsts.filter((f) => !/^'[a-z]+'$/.test(f))) expect(known[file.split('/').at(-1) ?? ''] ?? [], `${file} ${first}`).toContain(first);
    }
    for (const name of ['systemctl', 'dpkg', 'rpm', 'fixed'])
      expect(read('templates/survey/lib/masters.php')).toMatch(new RegExp(`\\$${name} = [^;]*mcw_which\\(`));
  });
});
