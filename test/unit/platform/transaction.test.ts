import { describe, expect, it } from 'vitest';
import { describeTransaction, judgeTransaction, parseApt, parseDnf, phpVersionOf, simulateArgv } from '../../../src/platform/transaction.js';

/** As apt 2.6 on Debian 12 says it. */
const DEBIAN = `NOTE: This is only a simulation!
Reading package lists...
Building dependency tree...
Reading state information...
The following additional packages will be installed:
  php8.2-igbinary
Suggested packages:
  redis-server
The following NEW packages will be installed:
  php8.2-igbinary php8.2-redis
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Inst php8.2-igbinary (3.2.13-1 Debian:12.15/oldstable [amd64])
Inst php8.2-redis (5.3.7+4.3.0-3 Debian:12.15/oldstable [amd64])
Conf php8.2-igbinary (3.2.13-1 Debian:12.15/oldstable [amd64])
Conf php8.2-redis (5.3.7+4.3.0-3 Debian:12.15/oldstable [amd64])
`;

/** `php-redis` where the archive holds several PHPs: the newest comes along. */
const MANY_PHPS = `Inst php-common [2:93] (2:96+0~20250101 deb.sury.org:bookworm [all])
Inst php8.4-common (8.4.2-1+0~20250101 deb.sury.org:bookworm [amd64])
Inst php8.4-redis (6.1.0-1+0~20250101 deb.sury.org:bookworm [amd64])
Inst php-redis (6.1.0-1+0~20250101 deb.sury.org:bookworm [all]) []
`;

const UPGRADE = `Inst php8.2-fpm [8.2.32-1~deb12u1] (8.2.36-1~deb12u1 Debian-Security:12/oldstable-security [amd64]) [php8.2-cli:amd64 ]
Inst php8.2-common [8.2.32-1~deb12u1] (8.2.36-1~deb12u1 Debian-Security:12/oldstable-security [amd64])
Inst php8.2-redis (5.3.7+4.3.0-3 Debian:12.15/oldstable [amd64])
`;

const rules = { phpVersion: '8.2', allowPhpUpgrade: false };

describe('what apt would do', () => {
  it('reads new packages with their versions', () => {
    expect(parseApt(DEBIAN)).toEqual({
      installs: [
        { name: 'php8.2-igbinary', version: '3.2.13-1' },
        { name: 'php8.2-redis', version: '5.3.7+4.3.0-3' },
      ],
      upgrades: [],
      removals: [],
      missing: [],
    });
    expect(judgeTransaction(parseApt(DEBIAN), rules)).toEqual([]);
  });

  it('refuses a PHP other than the pool runs', () => {
    const problems = judgeTransaction(parseApt(MANY_PHPS), rules);
    expect(problems.join()).toContain('a PHP other than 8.2');
    expect(problems.join()).toContain('php8.4-redis 6.1.0');
  });

  it('refuses another PHP even where upgrades are allowed', () => {
    expect(judgeTransaction(parseApt(MANY_PHPS), { ...rules, allowPhpUpgrade: true })).toHaveLength(1);
  });

  it('refuses an upgrade of PHP unless the answers allow it', () => {
    expect(judgeTransaction(parseApt(UPGRADE), rules).join()).toContain('php8.2-fpm 8.2.32-1~deb12u1 → 8.2.36-1~deb12u1');
    expect(judgeTransaction(parseApt(UPGRADE), { ...rules, allowPhpUpgrade: true })).toEqual([]);
  });

  it('refuses removals in any case', () => {
    const transaction = parseApt('Remv php8.2-memcached [3.2.0]\nPurg old [1]\nInst php8.2-redis (5.3.7 x [amd64])\n');
    expect(transaction.removals).toEqual(['php8.2-memcached', 'old']);
    expect(judgeTransaction(transaction, { ...rules, allowPhpUpgrade: true }).join()).toContain('remove php8.2-memcached, old');
  });

  it('refuses PHP as company of a service', () => {
    const transaction = parseApt('Inst redis-server (7 x [amd64])\nInst php8.2-cli (8.2 x [amd64])\n');
    expect(judgeTransaction(transaction, { phpVersion: undefined, allowPhpUpgrade: false }).join()).toContain('php8.2-cli');
  });

  it('knows what apt does not have', () => {
    expect(parseApt("Reading package lists...\nE: Unable to locate package php8.3-redis\nE: Couldn't find any package by glob").missing).toEqual([
      'php8.3-redis',
    ]);
    expect(parseApt("Package php8.2-foo is not available\nE: Package 'php8.2-foo' has no installation candidate").missing).toEqual(['php8.2-foo']);
  });
});

const DNF = `Dependencies resolved.
================================================================================
 Package                 Arch    Version                      Repository   Size
================================================================================
Installing:
 php-pecl-redis6         x86_64  6.1.0-1.el9                  epel        300 k
Installing dependencies:
 php-pecl-igbinary       x86_64  3.2.16-1.el9                 epel        100 k
Upgrading:
 php-common              x86_64  8.2.28-1.module_el9          appstream   700 k

Transaction Summary
================================================================================
Install  2 Packages
Upgrade  1 Package

Operation aborted.
`;

describe('what dnf would do', () => {
  it('reads its table', () => {
    const transaction = parseDnf(DNF);
    expect(transaction.installs.map((p) => p.name)).toEqual(['php-pecl-redis6', 'php-pecl-igbinary']);
    expect(transaction.upgrades.map((p) => p.name)).toEqual(['php-common']);
    expect(transaction.removals).toEqual([]);
    expect(judgeTransaction(transaction, rules).join()).toContain('upgrade PHP:');
  });

  it('sees another PHP by the version of its core packages', () => {
    const other = parseDnf(DNF.replace('8.2.28-1', '8.3.4-1'));
    expect(judgeTransaction(other, { ...rules, allowPhpUpgrade: true }).join()).toContain('a PHP other than 8.2');
  });

  it('knows what dnf does not have', () => {
    expect(parseDnf('No match for argument: php-pecl-redis9\nError: Unable to find a match: php-pecl-redis9\n').missing).toEqual(['php-pecl-redis9']);
  });

  it('reads removals', () => {
    expect(
      parseDnf('Removing:\n redis   x86_64  7.0-1  @appstream  1 M\nRemoving unused dependencies:\n lib     x86_64  1-1   @baseos  1 M\n').removals,
    ).toEqual(['redis', 'lib']);
  });
});

describe('names of packages', () => {
  it.each([
    ['php8.4-cli', '8.4'],
    ['libapache2-mod-php8.4', '8.4'],
    ['libphp7.4-embed', '7.4'],
    ['php84-php-common', '8.4'],
    ['php-common', null],
    ['php-redis', null],
    ['redis-server', null],
  ])('%s belongs to PHP %s', (name, version) => expect(phpVersionOf(name)).toBe(version));

  it('cannot be taken for options', () => {
    expect(simulateArgv('apt', 'install', ['-y'])).toContain('--');
    expect(simulateArgv('dnf', 'remove', ['a']).slice(-3)).toEqual(['remove', '--', 'a']);
  });

  it('are told one by one', () => {
    expect(describeTransaction(parseApt(`${DEBIAN}Remv x [1]\n`)).at(-1)).toBe('REMOVE x');
  });
});
