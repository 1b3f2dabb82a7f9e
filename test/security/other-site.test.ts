/** The user of another site's pool on the same host, who owns the folder that his site is served from: he must not be taken for the site's own user. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { answersText, PASSWORD, putAnswers, told, wizard } from '../lab-tests/support.js';
import { TARGETS, targetLab } from './lab.js';

/** Another site, as an administrator sets it up; its user owns the document root. */
const SITE = `useradd -m -d /home/siteb siteb && chmod 0755 /home/siteb && install -d -o siteb -g siteb /home/siteb/www
for pools in /etc/php/*/fpm/pool.d; do
  printf '[siteb]\\nuser = siteb\\ngroup = siteb\\nlisten = /run/php/siteb.sock\\nlisten.owner = www-data\\npm = ondemand\\npm.max_children = 4\\n' >"$pools/siteb.conf"
done
printf 'server {\\n listen 80;\\n server_name siteb.lab;\\n root /home/siteb/www;\\n location ~ \\\\.php$ { fastcgi_pass unix:/run/php/siteb.sock; }\\n}\\n' >/etc/nginx/sites-enabled/aaa-siteb
systemctl reload nginx 'php*-fpm.service'`;

/** Writes down every command that runs as this user. */
const WATCH = `$| = 1; my %seen; for (1 .. 4000) {
  for my $p (grep { -o $_ } glob "/proc/[0-9]*") { open(my $f, "<", "$p/cmdline") or next; local $/; my $c = <$f> // ""; $c =~ s/\\0/ /g; print "$c\\n" unless $seen{$c}++ }
  select undef, undef, undef, 0.005;
}`;

for (const release of TARGETS) {
  describe(`another site on the same host, ${release}`, () => {
    let lab: Lab;
    let answers: string;
    const asSite = (host: string, script: string): Promise<string> =>
      lab.host(host).must(['setpriv', '--reuid=siteb', '--regid=siteb', '--clear-groups', 'sh', '-c', script]);
    /** What ran as the other site's user while the wizard planned. */
    async function planned(host: string, codes: readonly number[]): Promise<string> {
      await lab.host(host).exec(['sh', '-c', 'cat >/usr/local/share/watch.pl'], { stdin: WATCH });
      await asSite(host, 'perl /usr/local/share/watch.pl >/tmp/siteb.log 2>&1 & echo $! >/tmp/siteb.pid');
      const run = await wizard(lab, ['plan', '--answers', answers]);
      console.log(`${release}: plan with another site on ${host}: exit ${run.code} ${run.json['error']?.message ?? ''}`);
      expect.soft(codes, told(run)).toContain(run.code);
      return lab.host(host).must('kill "$(cat /tmp/siteb.pid)"; cat /tmp/siteb.log');
    }

    beforeAll(async () => {
      lab = await targetLab(release);
      answers = await putAnswers(lab, answersText('redis'));
      for (const host of ['web1', 'main']) await lab.host(host).must(SITE);
    });
    afterAll(async () => {
      await lab?.restore();
    });

    it('is not taken for the site when its document root becomes a link to it', async () => {
      await asSite('web1', 'rmdir /home/siteb/www && ln -s /var/www/moodle /home/siteb/www');
      const ran = await planned('web1', [10]);
      expect(ran).not.toContain('bridge.php');
      expect(ran).not.toContain(PASSWORD);
    });

    it('is not taken for the site where its pool is the only one', async () => {
      await lab.hosts.main.must('rm /etc/php/*/fpm/pool.d/www.conf /etc/nginx/sites-enabled/moodle; systemctl restart nginx "php*-fpm.service"');
      // Refused: no pool serves this Moodle.
      expect(await planned('main', [7])).not.toContain('bridge.php');
    });
  });
}
