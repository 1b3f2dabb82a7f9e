import { describe, expect, it } from 'vitest';
import { extensionOf, rpmNames } from '../../../src/caches/plugins/catalog.js';
import { lazyUserDelete, lockedSettings } from '../../../src/caches/plugins/redis/managed.js';
import { packageOf } from '../../../src/caches/services/managed.js';
import type { OsFacts } from '../../../src/core/facts.js';
import { firewallCommands } from '../../../src/platform/firewall.js';
import { packageManagerOf, phpPackages, supportLevel } from '../../../src/platform/index.js';
import { confPath, ownPaths, secretPath, unitOfPath, unitPath } from '../../../src/platform/managed-paths.js';
import { selinuxCommands } from '../../../src/platform/rhel.js';

const os = (id: string, versionId: string, family: OsFacts['family'] = 'debian'): OsFacts => ({ id, versionId, name: `${id} ${versionId}`, family });
const fpm = (version: string) => ({ version, unit: `php${version}-fpm.service` });

describe('packages of PHP extensions', () => {
  it.each([
    ['Debian 12', os('debian', '12'), {}, '8.2', ['php8.2-redis', 'php-redis']],
    ['Debian 11', os('debian', '11'), { 'php7.4-fpm': '7.4.33-1+deb11u5' }, '7.4', ['php-redis', 'php7.4-redis']],
    [
      'Debian 11 with many PHPs',
      os('debian', '11'),
      { 'php8.1-fpm': '8.1.2-1+0~20220101.9+debian11~1.gbp+deb.sury.org' },
      '8.1',
      ['php8.1-redis', 'php-redis'],
    ],
    ['Ubuntu 22.04', os('ubuntu', '22.04'), {}, '8.1', ['php8.1-redis', 'php-redis']],
    ['Ubuntu 20.04', os('ubuntu', '20.04'), {}, '7.4', ['php-redis', 'php7.4-redis']],
  ])('%s', (_name, system, packages, version, names) => {
    expect(phpPackages({ os: system, packages }, fpm(version), 'redis', rpmNames('redis'))).toEqual(names);
  });

  it('Red Hat: by stream, and with the prefix of a collection', () => {
    const facts = { os: os('rocky', '9.4', 'rhel'), packages: {} };
    expect(phpPackages(facts, { version: '8.2', unit: 'php-fpm.service' }, 'redis', rpmNames('redis'))[0]).toBe('php-pecl-redis6');
    expect(phpPackages(facts, { version: '8.2', unit: 'php82-php-fpm.service' }, 'apcu', rpmNames('apcu'))).toEqual(['php82-php-pecl-apcu']);
  });

  it('only for plugins that need one', () => {
    expect(extensionOf('file')).toBeNull();
    expect(extensionOf('redis')).toBe('redis');
    expect(extensionOf('constructor')).toBeNull();
  });
});

describe('services', () => {
  it('have names of their distribution', () => {
    expect(packageOf(os('debian', '12'), 'memcached')?.defaultUnits).toEqual(['memcached.service']);
    expect(lockedSettings(os('debian', '11'))).toBe(false);
    expect(lockedSettings(os('debian', '12'))).toBe(true);
    expect(packageOf(os('rhel', '10.0', 'rhel'), 'redis')?.binary).toBe('/usr/bin/valkey-server');
    expect(lazyUserDelete(os('ubuntu', '20.04'))).toBe(false);
  });
  it('MongoDB has no package', () => expect(packageOf(os('debian', '12'), 'mongodb')).toBeNull());
  it('unknown systems have none', () => {
    expect(packageOf(os('arch', '', 'other'), 'redis')).toBeNull();
    expect(packageManagerOf(os('arch', '', 'other'))).toBeNull();
    expect(supportLevel(os('arch', '', 'other'))).toBe('refused');
  });
});

describe('our own names', () => {
  it('lead from a file to its unit', () => {
    for (const path of [confPath('r-1'), secretPath('r-1'), unitPath('r-1')]) expect(unitOfPath(path)).toBe('moodle-muc-r-1.service');
    expect(unitOfPath('/etc/php/8.2/fpm/php.ini')).toBeNull();
    expect(unitOfPath('/etc/systemd/system/ssh.service')).toBeNull();
  });
  it('are asked for only where the wizard manages something', () => {
    expect(ownPaths([])).toEqual([]);
    expect(ownPaths(['a'])).toHaveLength(9);
  });
});

describe('firewall rules', () => {
  const rules = { address: '10.0.0.5', port: 6390, from: ['10.0.0.1', '10.0.0.2'] };
  it.each([
    ['ufw active', 'ufw allow proto tcp from 10.0.0.1 to 10.0.0.5 port 6390'],
    ['firewalld running', 'port="6390"'],
  ])('%s', (firewall, part) => expect(firewallCommands(firewall, rules).join('\n')).toContain(part));
  it('SELinux is told, never switched off', () => expect(selinuxCommands('redis_port_t', 6390, true).join()).not.toContain('setenforce'));
});
