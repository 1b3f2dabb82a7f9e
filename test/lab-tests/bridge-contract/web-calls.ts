/** Calls through the web server: under maintenance, behind proxies, only with the token, and what may keep a pool from answering. */

import { expect, it } from 'vitest';
import { type BridgeSuite, troubleOf } from './suite.js';

export function webCallTests(suite: BridgeSuite): void {
  it('proves in the web SAPI under CLI maintenance, leaving no session', async () => {
    const sessions = 'ls /mnt/moodledata/sessions 2>/dev/null | wc -l';
    const before = await suite.lab.hosts.main.must(sessions);
    await suite.lab.hosts.main.must('echo closed > /mnt/moodledata/climaintenance.html', { user: 'www-data' });
    const web1 = await suite.site.bridge('web1');
    const ask = { stores: ['default_application'], definitions: ['core/string'], write: 'k' };
    expect(await web1.proveWeb(suite.site.pool, ask)).toMatchObject({ sapi: 'fpm-fcgi', effective: { 'core/string': ['default_application'] } });
    await suite.lab.hosts.main.must('rm /mnt/moodledata/climaintenance.html');
    expect(await web1.proveWeb(suite.site.pool, ask)).toMatchObject({ sapi: 'fpm-fcgi' });
    expect(await suite.lab.hosts.main.must(sessions)).toBe(before);
  });

  it.each([
    ['behind a proxy that ends TLS', { wwwroot: 'https://moodle.lab', lines: ["$CFG->wwwroot = 'https://moodle.lab';", '$CFG->sslproxy = true;'] }],
    ['behind a reverse proxy', { wwwroot: 'http://moodle.lab', lines: ['$CFG->reverseproxy = true;'] }],
    ['in a folder of the host, on a port', { wwwroot: 'http://moodle.lab:8080/school', lines: ["$CFG->wwwroot = 'http://moodle.lab:8080/school';"] }],
  ])('is taken for a page of the site %s', async (_words, { wwwroot, lines }) => {
    const config = '/var/www/moodle/config.php';
    await suite.lab.hosts.web1.must(`cp -p ${config} /root/config.saved`);
    for (const line of lines) await suite.lab.hosts.web1.must(['sed', '-i', `/setup.php/i ${line}`, config]);
    await (await suite.site.bridge('web1')).converge(suite.site.pool);
    await suite.lab.hosts.web1.must('systemctl reset-failed; v=$(ls /etc/php); systemctl restart php$v-fpm');
    const facts = await suite.site.facts('web1');
    expect(facts.wwwroot).toBe(wwwroot);
    const calls = (): number => (suite.site.executor['web1']?.seen ?? []).filter((line) => line.includes('fcgi-call')).length;
    const earlier = calls();
    const proof = await (await suite.site.bridge('web1', { facts })).proveWeb(suite.site.pool, {
      stores: ['default_application'],
      definitions: ['core/string'],
      write: 'k',
    });
    expect(proof).toMatchObject({ sapi: 'fpm-fcgi', stores: { default_application: { roundTrip: true } } });
    // A second call would mean that Moodle sent the first one away.
    expect(calls()).toBe(earlier + 1);
    await suite.lab.hosts.web1.must(`cp -p /root/config.saved ${config}; v=$(ls /etc/php); systemctl restart php$v-fpm`);
  });

  it("answers only the run's token, and never as root", async () => {
    expect((await troubleOf((await suite.site.bridge('web1', { webToken: 'some other token, also long' })).converge(suite.site.pool))).code).toBe(
      'outcome-unknown',
    );
    expect((await troubleOf((await suite.site.bridge('web1', { webUser: 'root' })).readMuc())).message).toContain('not as root');
  });

  it('names what keeps a pool from answering', async () => {
    const conf = suite.site.pool.configFile;
    const { unit } = suite.site.pool;
    const web1 = await suite.site.bridge('web1');
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['php_admin_value[open_basedir] = /var/www:/mnt/moodledata:/tmp', 'platform-refused', /open_basedir/],
      ['security.limit_extensions = .php7', 'platform-refused', /limit_extensions/],
      ['chroot = /var/www', 'platform-refused', /chroot/],
    ];
    for (const [line, code, words] of cases) {
      await suite.lab.hosts.web1.must(`cp ${conf} /root/pool.saved; echo '${line}' >> ${conf}; systemctl reset-failed ${unit}; systemctl restart ${unit}`);
      const trouble = await troubleOf(web1.converge(suite.site.pool));
      expect([trouble.code, trouble.message]).toEqual([code, expect.stringMatching(words)]);
      await suite.lab.hosts.web1.must(`cp /root/pool.saved ${conf}; systemctl reset-failed ${unit}; systemctl restart ${unit}`);
    }
    await suite.lab.hosts.web1.must(`systemctl reset-failed ${unit}; systemctl stop ${unit}`);
    expect((await troubleOf(web1.converge(suite.site.pool))).code).toBe('service-unreachable');
    await suite.lab.hosts.web1.must(`systemctl start ${unit}`);
  });
}
