/** What root reads, starts and waits for on a node, where others can write: no file of theirs is opened for ever, none of it decides, nothing floods. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fpmProbe } from '../../src/moodle/web-probe/fpm.js';
import type { Lab } from '../lab/index.js';
import { answersText, putAnswers, told, wizard } from '../lab-tests/support.js';
import { TARGETS, targetLab } from './lab.js';

const ANSWERS = '/root/answers.yaml';
const WEB = ['setpriv', '--reuid=www-data', '--regid=www-data', '--init-groups'];

describe.each(TARGETS)('on %s', (release) => {
  let lab: Lab;
  let kit = '';
  const main = (script: string) => lab.hosts.main.must(script);
  /** Runs PHP with the parts of the survey loaded, as root, as the survey does. */
  const php = (code: string) =>
    main(
      `cat >/root/t.php <<'END'\n<?php foreach (array('trust','run','masters','fpm','nginx','apache-own','apache','sites','user','php','clones','web-probe','ask') as $p) { require '${kit}/survey/lib/' . $p . '.php'; }\n${code}\nEND\nphp /root/t.php`,
    );

  beforeAll(async () => {
    lab = await targetLab(release);
    await putAnswers(lab, answersText('redis'));
    const run = await wizard(lab, ['plan', '--answers', ANSWERS]);
    expect(run.code, told(run)).toBe(10);
    kit = (await main('ls -td /var/lib/moodle-cluster-wizard/kit/*/ | head -n 1')).trim().replace(/\/$/, '');
    await main('mkdir -p /srv/attack && chown nobody /srv/attack');
  });
  afterAll(async () => {
    await lab?.hosts.main.exec('rm -rf /srv/attack /srv/trap /root/t.php /etc/nginx/conf.d/zz-attack.conf /root/pwned.log');
  });

  it('loads every part of the survey without a word from PHP', async () => {
    expect(
      await main(`for f in ${kit}/survey/*.php ${kit}/survey/lib/*.php ${kit}/bridge/lib/*.php; do php -l $f; done | grep -v '^No syntax errors' || true`),
    ).toBe('');
  });

  it('tests no nginx configuration that somebody else can write, and says whose it is', async () => {
    await main(`printf 'include /srv/attack/*.conf;\\n' >/etc/nginx/conf.d/zz-attack.conf
      printf 'server { listen 8099; root /srv; error_log /root/pwned.log; }\\n' >/srv/attack/v.conf; chown nobody /srv/attack/v.conf`);
    const run = await wizard(lab, ['plan', '--answers', ANSWERS]);
    const made = await main('ls /root/pwned.log 2>/dev/null || true');
    await main('rm -f /etc/nginx/conf.d/zz-attack.conf /root/pwned.log');
    console.log(`${release}: root made ${made.trim() || 'no file'} for a foreign vhost; plan exit ${run.code}`);
    expect.soft(made).toBe('');
    expect.soft(run.code, told(run)).toBe(10);
    expect.soft(JSON.stringify(run.json['plan']?.findings)).toContain('/srv/attack/v.conf');
  });

  it('ends a program that prints without end, and one whose children hold its output', async () => {
    const answer = JSON.parse(
      await php(`$t = microtime(true);
        $r = mcw_run_all(array('flood' => array('argv' => array('yes', str_repeat('x', 1000)), 'seconds' => 30), 'fine' => array('argv' => array('echo', 'ok'), 'seconds' => 5)));
        $flooded = microtime(true) - $t; $t = microtime(true);
        $held = mcw_run_all(array('held' => array('argv' => array('sh', '-c', 'setsid sleep 60 & echo left'), 'seconds' => 2)));
        echo json_encode(array('code' => $r['flood']['code'], 'fine' => $r['fine']['out'], 'flooded' => $flooded, 'held' => microtime(true) - $t, 'left' => $held['held']['out'], 'peak' => memory_get_peak_usage()));`),
    ) as Record<string, number | string>;
    console.log(`${release}: ${JSON.stringify(answer)}`);
    expect(answer).toMatchObject({ code: 125, fine: 'ok\n', left: 'left\n' });
    expect(answer['flooded']).toBeLessThan(10);
    expect(answer['held']).toBeLessThan(8);
    expect(answer['peak']).toBeLessThan(64 * 1024 * 1024);
  });

  it('reads no answer without end from a pool, also where the php.ini of root’s PHP sets no limit of memory', async () => {
    await main(`cat >/srv/attack/pool.pl <<'END'
use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new(Local => '/srv/attack/pool.sock', Listen => 5); $SIG{PIPE} = 'IGNORE';
while (my $c = $s->accept) { sysread($c, my $b, 65536); my $r = pack('CCnnCC', 1, 6, 1, 65528, 0, 0) . ('x' x 65528); while (syswrite($c, $r)) {} close $c }
END
      mv /etc/php/*/cli/conf.d/90-moodle.ini /root/
      setsid setpriv --reuid=nobody --regid=nogroup --clear-groups perl /srv/attack/pool.pl >/dev/null 2>&1 </dev/null & echo $! >/root/pool.pid; sleep 1`);
    const request = JSON.stringify({
      marker: 'mcw-flooded-pool',
      op: 'fcgi',
      listen: '/srv/attack/pool.sock',
      timeout: 20,
      token: 't'.repeat(20),
      probe: '/p.php',
      request: { op: 'sapi' },
    });
    const argv = fpmProbe.argv({ phpBinary: 'php' }, kit, 'sapi');
    const run = await lab.hosts.main.exec([...argv], { stdin: request, timeoutMs: 60_000 });
    await main('kill $(cat /root/pool.pid); mv /root/90-moodle.ini $(ls -d /etc/php/*/cli/conf.d)/');
    console.log(`${release}: ${run.stdout.slice(0, 300)}`);
    expect(run.stdout).toContain('"code":"web-flood"');
  });

  it('names a Moodle that prints without end, instead of taking it all in', async () => {
    await main(`mkdir -p /srv/trap/lib; cd /srv/trap; for f in version.php lib/setup.php; do echo '<?php' >$f; done
      printf '%s\\n' '<?php while (true) { fwrite(STDOUT, str_repeat("x", 65536)); }' >config.php; chmod -R a+rX .`);
    await putAnswers(
      lab,
      answersText('redis', (t) => t.replace('dirroot: /var/www/moodle', 'dirroot: /srv/trap')),
      '/root/trap.yaml',
    );
    const run = await wizard(lab, ['plan', '--answers', '/root/trap.yaml']);
    console.log(`${release}: a flood from config.php: exit ${run.code} ${run.json['error']?.code} ${String(run.json['error']?.message).slice(0, 300)}`);
    expect(run.code).toBe(7);
    expect(JSON.stringify(run.json['error'])).toContain('8 MiB');
  });

  it.each([
    ['a pipe', 'mkfifo'],
    ['a device', 'ln -s /dev/zero'],
    ['a file of 100 GB', 'truncate -s 100G'],
  ])('is not held up by %s as config.php or in the place of the cache configuration', async (_name, make) => {
    await main(
      `rm -rf /srv/trap; mkdir -p /srv/trap/lib; cd /srv/trap; for f in version.php lib/setup.php; do echo '<?php' >$f; done; ${make} config.php; chmod -R a+rX . 2>/dev/null || true`,
    );
    const owner = await php(`$t = microtime(true); $o = mcw_muc_owner('/srv/trap'); echo json_encode(array($o, microtime(true) - $t));`);
    const [found, took] = JSON.parse(owner) as [string, number];
    expect(found).toBe('');
    expect(took).toBeLessThan(5);
    await main(`cp -a /mnt/moodledata/muc/config.php /root/muc.kept; cd /mnt/moodledata/muc; rm config.php; ${make} config.php; chown -h www-data config.php`);
    const began = Date.now();
    const run = await wizard(lab, ['plan', '--answers', ANSWERS]);
    await main('rm -f /mnt/moodledata/muc/config.php; cp -a /root/muc.kept /mnt/moodledata/muc/config.php');
    console.log(
      `${release}: ${make}: exit ${run.code} ${run.json['error']?.code} after ${Date.now() - began} ms: ${String(run.json['error']?.message).slice(0, 200)}`,
    );
    expect(run.code).toBe(7);
    expect(Date.now() - began).toBeLessThan(90_000);
  });

  it('knows a master without systemd by its program and uids, never by its title', async () => {
    await main(`cp -r /etc/php/*/fpm /root/fpm-own; cd /root/fpm-own; printf '[global]\\nerror_log = /dev/null\\npid = /run/own-fpm.pid\\n[own]\\nuser = www-data\\nlisten = /run/own-fpm.sock\\npm = static\\npm.max_children = 1\\n' >php-fpm.conf; rm -rf pool.d
      setsid $(ls /usr/sbin/php-fpm[0-9]* | head -n 1) -n --nodaemonize --fpm-config /root/fpm-own/php-fpm.conf >/dev/null 2>&1 </dev/null & sleep 1
      setsid bash -c 'exec -a "php-fpm: master process (/etc/php-fpm.conf)" sleep 60' >/dev/null 2>&1 </dev/null &`);
    const own = (await main('cat /run/own-fpm.pid')).trim();
    const found = JSON.parse(await php('echo json_encode(array_values(mcw_fpm_processes()));')) as { config: string }[];
    const pools = JSON.parse(await php('echo json_encode(mcw_fpm_pools());')) as { name: string; running: boolean }[];
    await main('chown nobody /root/fpm-own/php-fpm.conf');
    const foreign = JSON.parse(await php('echo json_encode(array(mcw_fpm_pools(), mcw_notes()));')) as [{ name: string }[], string[]];
    await main(`kill ${own}; rm -rf /root/fpm-own`);
    expect(found.map((f) => f.config).sort()).toEqual(expect.arrayContaining(['/root/fpm-own/php-fpm.conf']));
    expect(found.map((f) => f.config)).not.toContain('/etc/php-fpm.conf');
    expect(pools.map((p) => [p.name, p.running])).toEqual([
      ['www', true],
      ['own', true],
    ]);
    expect(foreign[0].map((p) => p.name)).toEqual(['www']);
    expect(foreign[1].join()).toContain('/root/fpm-own/php-fpm.conf');
  });

  it('waits for workers of the proven unit and for tasks of this Moodle, not for what only says so', async () => {
    const unit = (await main("systemctl list-units --plain --no-legend 'php*fpm*.service' | cut -d' ' -f1")).trim();
    const drain = (dirroot = '/var/www/moodle') => lab.hosts.main.exec(['sh', `${kit}/sh/drain.sh`, '2', 'www-data', dirroot, `fpm:${unit}`]);
    const start = async (script: string) => (await lab.hosts.main.must([...WEB, 'sh', '-c', `${script} >/dev/null 2>&1 </dev/null & echo $!`])).trim();
    const fake = await start(`setsid bash -c 'exec -a "php-fpm: pool www" sleep 30'`);
    expect((await drain()).stdout).toBe('drained\n');
    const task = await start(`cd /var/www/moodle && setsid php -r 'sleep(30);' admin/cli/cron.php`);
    const busy = await drain();
    expect([busy.code, busy.stdout]).toEqual([3, expect.stringContaining('admin/cli/cron.php')]);
    // No pattern: a folder of another name is another Moodle.
    expect((await drain('/var/www/m.odl.')).stdout).toBe('drained\n');
    await main(`kill ${fake} ${task} || true; pkill -P ${fake} || true; pkill -P ${task} || true`);
  });
});
