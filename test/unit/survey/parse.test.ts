import { describe, expect, it } from 'vitest';
import {
  parseAddresses,
  parseListeners,
  parseOsRelease,
  parsePackages,
  parsePaths,
  parseSystem,
  parseUnits,
  parseUnixListeners,
  sections,
} from '../../../src/survey/parse.js';
import { parseMoodle } from '../../../src/survey/survey.js';

const SUM = 'a'.repeat(64);

describe('sections', () => {
  it('splits at lines that begin with the mark, and keeps text that only looks like one', () => {
    const found = sections('noise\nm1 os\nA=1\nxm1 os\n\nm1 units\n\nm1 end\n', 'm1');
    expect(found).toEqual({ os: 'A=1\nxm1 os', units: '', end: '' });
  });

  it('does not lose a section without an end', () => {
    expect(sections('m1 a\nx', 'm1')).toEqual({ a: 'x' });
  });
});

describe('os-release', () => {
  it.each([
    ['Debian', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"', 'debian', '12', 'debian'],
    ['Ubuntu', 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.1 LTS"', 'ubuntu', '24.04', 'debian'],
    ['Rocky', 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"', 'rocky', '9.4', 'rhel'],
    ['RHEL', "ID='rhel'\nVERSION_ID='8.10'\nNAME='Red Hat'", 'rhel', '8.10', 'rhel'],
    ['Amazon', 'ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"', 'amzn', '2023', 'rhel'],
    ['Alpine', 'ID=alpine\nVERSION_ID=3.20.0', 'alpine', '3.20.0', 'other'],
    ['SUSE', 'ID="opensuse-leap"\nID_LIKE="suse opensuse"', 'opensuse-leap', '', 'other'],
    ['nothing', '', '', '', 'other'],
  ])('reads %s', (_name, text, id, versionId, family) => {
    expect(parseOsRelease(text)).toMatchObject({ id, versionId, family });
  });

  it('always has a name', () => {
    expect(parseOsRelease('').name).toBe('unknown system');
    expect(parseOsRelease('PRETTY_NAME="A \\"quoted\\" name"').name).toBe('A "quoted" name');
  });
});

describe('system', () => {
  it('reads one fact a line', () => {
    expect(parseSystem('Linux\nweb1\nabc-1\n8167996\nsystemd\napt\nEnforcing')).toEqual({
      kernel: 'Linux',
      hostname: 'web1',
      bootId: 'abc-1',
      memoryMb: 7977,
      systemd: true,
      packageManager: 'apt',
      selinux: 'enforcing',
    });
  });

  it('bears lines that are missing', () => {
    expect(parseSystem('Linux\nx')).toMatchObject({ memoryMb: 0, systemd: false, packageManager: null, selinux: 'absent' });
  });
});

describe('addresses', () => {
  it('reads ip and leaves loopback and link-local out', () => {
    const text = [
      '1: lo    inet 127.0.0.1/8 scope host lo',
      '1: lo    inet6 ::1/128 scope host',
      '2: eth0    inet 10.0.0.21/24 brd 10.0.0.255 scope global eth0',
      '2: eth0    inet6 2001:db8::21/64 scope global',
      '2: eth0    inet6 fe80::1/64 scope link',
    ].join('\n');
    expect(parseAddresses(text)).toEqual(['10.0.0.21', '2001:db8::21']);
  });

  it('reads hostname -I', () => {
    expect(parseAddresses('10.0.0.21 172.17.0.1 \n')).toEqual(['10.0.0.21', '172.17.0.1']);
  });
});

describe('listeners', () => {
  it('reads ss of Debian and of the Red Hat family', () => {
    const text = [
      'tcp   LISTEN 0      511          127.0.0.1:6379      0.0.0.0:*    users:(("redis-server",pid=812,fd=6))',
      'tcp   LISTEN 0      128               [::]:22           [::]:*    users:(("sshd",pid=50,fd=4))',
      'tcp   LISTEN 0      511                  *:80              *:*    users:(("httpd",pid=9,fd=4),("httpd",pid=10,fd=4))',
      'udp   UNCONN 0      0      127.0.0.53%lo:53         0.0.0.0:*    users:(("systemd-resolve",pid=5,fd=12))',
      'tcp   LISTEN 0      100    10.0.0.41:11211          0.0.0.0:*',
      'Netid State',
    ].join('\n');
    expect(parseListeners(text)).toEqual([
      { protocol: 'tcp', address: '127.0.0.1', port: 6379, process: 'redis-server', pid: 812 },
      { protocol: 'tcp', address: '::', port: 22, process: 'sshd', pid: 50 },
      { protocol: 'tcp', address: '0.0.0.0', port: 80, process: 'httpd', pid: 9 },
      { protocol: 'udp', address: '127.0.0.53', port: 53, process: 'systemd-resolve', pid: 5 },
      { protocol: 'tcp', address: '10.0.0.41', port: 11211, process: '', pid: 0 },
    ]);
  });

  it('keeps sockets of cache services only', () => {
    const text = [
      'u_str LISTEN 0 511 /run/redis/redis-server.sock 20123 * 0 users:(("redis-server",pid=812,fd=7))',
      'u_str LISTEN 0 511 /run/dbus/system_bus_socket 123 * 0 users:(("dbus-daemon",pid=1,fd=7))',
      'u_str LISTEN 0 511 @/tmp/.X11 123 * 0',
    ].join('\n');
    expect(parseUnixListeners(text)).toEqual([{ protocol: 'unix', address: '/run/redis/redis-server.sock', port: 0, process: 'redis-server', pid: 812 }]);
  });
});

describe('units', () => {
  it('joins what is loaded with what is installed', () => {
    const units = [
      'php8.2-fpm.service loaded active running The PHP 8.2 FastCGI Process Manager',
      'redis.service not-found inactive dead redis.service',
      'moodle-muc-app@1.service loaded failed failed x',
    ].join('\n');
    const files = [
      'php8.2-fpm.service enabled enabled',
      'redis-server.service disabled enabled',
      'redis-server@.service disabled enabled',
      'moodle-muc-app@.service enabled enabled',
    ].join('\n');
    expect(parseUnits(units, files)).toMatchObject([
      { name: 'moodle-muc-app@1.service', active: 'failed', enabled: 'enabled' },
      { name: 'php8.2-fpm.service', active: 'active', enabled: 'enabled' },
      { name: 'redis-server.service', active: 'inactive', enabled: 'disabled' },
    ]);
    expect(parseUnits('', '')).toEqual([]);
  });
});

describe('packages', () => {
  it('reads dpkg and rpm', () => {
    expect(parsePackages('ii  php8.2-redis 5.3.7+4.3.0-3\nrc  php8.1-cli 8.1\nii  libmemcached11:amd64 1.1.4-1')).toEqual({
      'php8.2-redis': '5.3.7+4.3.0-3',
      libmemcached11: '1.1.4-1',
    });
    expect(parsePackages('ii php-fpm (none):8.0.30-1.el9\nii redis 0:6.2.7-1.el9\nii httpd 1:2.4-1')).toEqual({
      'php-fpm': '8.0.30-1.el9',
      redis: '6.2.7-1.el9',
      httpd: '1:2.4-1',
    });
  });
});

describe('paths', () => {
  it('reads files, links, folders, and what is absent', () => {
    const text = [
      `regular file|root|root|644|130|${SUM}|/etc/a file`,
      'symbolic link|root|root|777|19|-|/etc/mtab',
      'directory|root|redis|2770|4096|-|/etc/redis',
      'absent|-|/nope',
      'socket|root|root|666|0|-|/run/x',
      'rubbish',
    ].join('\n');
    const paths = parsePaths(text);
    expect(paths['/etc/a file']).toEqual({
      path: '/etc/a file',
      exists: true,
      type: 'file',
      owner: 'root',
      group: 'root',
      mode: '644',
      size: 130,
      sha256: SUM,
    });
    expect(paths['/etc/mtab']).toMatchObject({ type: 'link' });
    expect(paths['/etc/mtab']).not.toHaveProperty('sha256');
    expect(paths['/etc/redis']).toMatchObject({ type: 'directory', mode: '2770' });
    expect(paths['/nope']).toEqual({ path: '/nope', exists: false });
    expect(paths['/run/x']).toMatchObject({ type: 'other' });
    expect(Object.keys(paths)).toHaveLength(5);
  });
});

describe('the answer about Moodle', () => {
  const parse = (text: string) => parseMoodle('web1', text, { dirroot: '/var/www/moodle' });
  it('is the last line of JSON, whatever PHP says before', () => {
    expect(parse('Warning: x\n{"phpBinary":"/usr/bin/php8.2"}\n')).toEqual({ phpBinary: '/usr/bin/php8.2' });
  });

  it('becomes words when there is none', () => {
    expect(parse('PHP Fatal error: y').moodleError).toContain('PHP Fatal error: y');
    expect(parse('{"cut').moodleError).toContain('cut');
    expect(parse('').moodleError).toContain('no output');
  });
});
