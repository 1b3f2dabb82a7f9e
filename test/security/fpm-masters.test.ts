/**
 * A local user without rights, or the web user, who wants the survey of root to trust a process or a file of theirs: fake masters of PHP-FPM,
 * and accounts that the answers name though nothing serves the site as them.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { answersText, putAnswers, told, wizard } from '../lab-tests/support.js';
import { TARGETS, targetLab } from './lab.js';

const DIR = '/tmp/mcw-attack';
const ANSWERS = '/root/answers.yaml';

/** A pool that listens where the real one does and would run the site as somebody else. */
function hostileConf(listen: string): string {
  return `[global]\n[evil]\nuser = deploy\ngroup = deploy\nlisten = ${listen}\n`;
}

/** Starts a process under a chosen title, detached; prints its id. */
const AS_TITLED = `held() { # NAME: a pipe that nobody writes to and that stays open
  mkfifo ${DIR}/$1.in; setsid sleep 900 >${DIR}/$1.in 2>/dev/null </dev/null & echo "pid $!"
}
titled() { # TITLE PROGRAM ARGUMENT…
  title=$1; shift
  exec 3<&0
  setsid bash -c 'title=$1; shift; exec -a "$title" "$@" 3<&-' bash "$title" "$@" <&3 >/dev/null 2>&1 & echo "pid $!"
}`;

/** What each fake of threat model B is; all run as nobody. */
const FAKES: readonly { readonly name: string; readonly script: string }[] = [
  { name: 'a title with a hostile configuration', script: `titled "php-fpm: master process (${DIR}/a.conf)" sleep 900 </dev/null` },
  {
    name: 'an executable that is replaced by a script while it runs',
    script: `cp /bin/sleep ${DIR}/b1 && titled "php-fpm: master process (${DIR}/b1.conf)" ${DIR}/b1 900 </dev/null; sleep 0.3
      printf '#!/bin/sh\\nid -u >>${DIR}/pwned-b1\\necho PHP 8.2\\n' >${DIR}/b1.new && chmod 755 ${DIR}/b1.new && mv -f ${DIR}/b1.new ${DIR}/b1`,
  },
  {
    name: 'an executable whose name says that it is deleted',
    script: `printf '#!/bin/sh\\nid -u >>${DIR}/pwned-b2\\necho PHP 8.2\\n' >${DIR}/b2 && chmod 755 ${DIR}/b2
      cp /bin/sleep "${DIR}/b2 (deleted)" && titled "php-fpm: master process (${DIR}/b2.conf)" "${DIR}/b2 (deleted)" 900 </dev/null`,
  },
  {
    name: 'an executable named like PHP-FPM',
    script: `cp /bin/sleep ${DIR}/php-fpm && titled "php-fpm: master process (${DIR}/b3.conf)" ${DIR}/php-fpm 900 </dev/null`,
  },
  { name: 'su, which is root in effect', script: `held c1; titled "php-fpm: master process (${DIR}/c1.conf)" su root <${DIR}/c1.in` },
  {
    name: 'sudo, which is root in every respect',
    script: `held c2; titled "php-fpm: master process (${DIR}/c2.conf)" sudo -S -p '' -u root true <${DIR}/c2.in`,
  },
  { name: 'passwd, which is root in effect', script: `held c3; titled "php-fpm: master process (${DIR}/c3.conf)" passwd <${DIR}/c3.in` },
];

/** Runs a script on main as an account without rights; Debian's `nobody` has a group of another name. */
async function asNobody(lab: Lab, script: string): Promise<string> {
  return lab.hosts.main.must(['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', 'sh', '-c', script]);
}

/** The survey's own answer about Moodle on main, without what differs from one second to the next. */
async function pools(
  lab: Lab,
): Promise<{ readonly pools: unknown; readonly webUser: unknown; readonly sitePool: unknown; readonly notes: unknown; readonly took: number }> {
  const began = Date.now();
  const kit = (await lab.hosts.main.must('ls -td /var/lib/moodle-cluster-wizard/kit/*/ | head -n 1')).trim();
  const request = JSON.stringify({ marker: 'mcw-test-marker', dirroot: '/var/www/moodle', webUser: null, services: [], hmacKey: 'k', webToken: 't' });
  const text = await lab.hosts.main.exec(['sh', '-c', `php "$1/survey/moodle-node.php"`, 'sh', kit], { stdin: request });
  const facts = JSON.parse(text.stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, any>;
  const list = (facts['pools'] as Record<string, any>[]).map(({ kind, name, version, user, listen, unit, configFile }) => ({
    kind,
    name,
    version,
    user,
    listen,
    unit,
    configFile,
  }));
  return { pools: list, webUser: facts['webUser'], sitePool: facts['sitePool'], notes: facts['notes'], took: Date.now() - began };
}

/** What a plan says, without its own id and times. */
function planOf(run: { readonly json: Record<string, any> }): unknown {
  const { plan, error, exitCode, outcome } = run.json;
  const stages = plan?.stages?.map((s: any) => s.changes.map((c: any) => ({ kind: c.kind, node: c.node, title: c.title })));
  const findings = plan?.findings?.filter((f: any) => !/clock|dwell|measure/.test(f.id)).map((f: any) => `${f.id} ${f.level}`);
  return { stages, findings, error: error?.message, exitCode, outcome };
}

describe.each(TARGETS)('on %s', (release) => {
  let lab: Lab;
  let socket = '';
  const started: string[] = [];

  /** Runs a script there and remembers the processes that it started. */
  async function start(user: string, script: string): Promise<void> {
    const text = user === 'nobody' ? await asNobody(lab, `${AS_TITLED}\n${script}`) : await lab.hosts.main.must(`${AS_TITLED}\n${script}`);
    const ids = [...text.matchAll(/^pid (\d+)$/gm)].map((m) => m[1] ?? '');
    expect(ids.length).toBeGreaterThan(0);
    started.push(...ids);
  }

  beforeAll(async () => {
    lab = await targetLab(release);
    await putAnswers(lab, answersText('redis'));
    // Leaves the helper files on every host, and shows that the cluster can be planned at all.
    const run = await wizard(lab, ['plan', '--answers', ANSWERS]);
    expect(run.code, told(run)).toBe(10);
    socket = (await lab.hosts.main.must("sed -n 's/^listen = //p' /etc/php/*/fpm/pool.d/www.conf")).trim();
    await lab.hosts.main.must(`rm -rf ${DIR}; mkdir -m 1777 ${DIR}`);
    for (const name of ['a', 'b1', 'b2', 'b3', 'c1', 'c2', 'c3', 'd1']) {
      await lab.hosts.main.exec(['sh', '-c', `cat >${DIR}/${name}.conf && chown nobody ${DIR}/${name}.conf`], { stdin: hostileConf(socket) });
    }
  });
  afterAll(async () => {
    for (const pid of started) await lab?.hosts.main.exec(['sh', '-c', 'kill -9 -- -"$1" 2>/dev/null || kill -9 "$1" 2>/dev/null || true', 'sh', pid]);
    await lab?.hosts.main.exec(`rm -rf ${DIR} /srv/trap`);
  });

  it('takes no process for a master that only says so', async () => {
    const before = await pools(lab);
    const planned = planOf(await wizard(lab, ['plan', '--answers', ANSWERS]));
    const stood = await wizard(lab, ['status', '--answers', ANSWERS]);
    for (const fake of FAKES) await start('nobody', fake.script);
    // A process of root with the right title, led to a file of somebody else.
    await start('root', `titled "php-fpm: master process (${DIR}/d1.conf)" sleep 900 </dev/null`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const running = await lab.hosts.main.must(`ps -eo pid,user,euser,args | grep 'php-fpm: master process (${DIR}' | grep -v grep || true`);
    console.log(`${release}: fakes that run\n${running}`);
    expect(running.trim().split('\n').length).toBeGreaterThanOrEqual(FAKES.length - 1);

    const after = await pools(lab);
    const plan = await wizard(lab, ['plan', '--answers', ANSWERS]);
    const stands = await wizard(lab, ['status', '--answers', ANSWERS]);
    const executed = await lab.hosts.main.must(`grep -H . ${DIR}/pwned-* 2>/dev/null || true`);
    console.log(
      `${release}: executed as root: ${executed.trim() || 'nothing'}; pools: ${JSON.stringify(after.pools)}; plan exit ${plan.code}, status exit ${stands.code}`,
    );
    expect.soft(executed).toBe('');
    expect.soft(after).toEqual({ ...before, took: expect.any(Number) });
    expect.soft(planOf(plan)).toEqual(planned);
    expect.soft(stands.code).toBe(stood.code);
  });

  it('excludes a pool whose file is not root-owned, and says so', async () => {
    const folder = (await lab.hosts.main.must('dirname /etc/php/*/fpm/pool.d/www.conf')).trim();
    const before = await pools(lab);
    await lab.hosts.main.exec(['sh', '-c', `cat >${folder}/zz.conf && chown nobody ${folder}/zz.conf`], {
      stdin: `[zz]\nuser = deploy\nlisten = /run/php/zz.sock\n`,
    });
    const after = await pools(lab);
    await lab.hosts.main.must(`rm ${folder}/zz.conf`);
    expect(after.pools).toEqual(before.pools);
    expect(JSON.stringify(after.notes)).toContain(`zz.conf`);
  });

  it('reads no pool file that is a pipe, a device or without end', async () => {
    const folder = (await lab.hosts.main.must('dirname /etc/php/*/fpm/pool.d/www.conf')).trim();
    const before = await pools(lab);
    await lab.hosts.main.must(`mkfifo ${folder}/y1.conf; ln -s /dev/zero ${folder}/y2.conf; truncate -s 8G ${folder}/y3.conf`);
    const after = await pools(lab);
    await lab.hosts.main.must(`rm ${folder}/y?.conf`);
    expect(after.pools).toEqual(before.pools);
    expect(after.took).toBeLessThan(20_000);
    for (const name of ['y1', 'y2', 'y3']) expect(JSON.stringify(after.notes)).toContain(`${name}.conf`);
  });

  it.each(['root', 'nobody', 'deploy', 'no-such-user'])('refuses webUser: %s, and runs nothing as them', async (user) => {
    await lab.hosts.main.must(`mkdir -p /srv/trap/lib && cd /srv/trap && for f in version.php lib/setup.php; do echo '<?php' >$f; done; chmod -R a+rX /srv/trap
      printf '%s\\n' '<?php @file_put_contents("${DIR}/ran-" . posix_geteuid(), "x");' '$CFG->dataroot = "/mnt/moodledata";' >config.php; rm -f ${DIR}/ran-*`);
    for (const [dirroot, commands] of [
      ['/var/www/moodle', ['plan', 'status']],
      ['/srv/trap', ['plan', 'verify']],
    ] as const) {
      const text = answersText('redis', (t) => t.replace('dirroot: /var/www/moodle', `dirroot: ${dirroot}\n  webUser: ${user}`));
      await putAnswers(lab, text, '/root/web-user.yaml');
      for (const command of commands) {
        const run = await wizard(lab, [command, '--answers', '/root/web-user.yaml']);
        console.log(
          `${release}: ${command} with webUser ${user} and ${dirroot}: exit ${run.code} ${run.json['error']?.code ?? ''} ${run.json['error']?.message ?? ''}`,
        );
        expect.soft(run.code, told(run)).toBe(2);
        expect.soft(JSON.stringify(run.json['error'])).toContain(user);
        expect.soft(JSON.stringify(run.json['error'])).toContain('www-data');
      }
    }
    expect(await lab.hosts.main.must(`ls ${DIR} | grep ^ran- || true`)).toBe('');
  });

  it('accepts the web user that the site is served as', async () => {
    await putAnswers(
      lab,
      answersText('redis', (t) => t.replace('dirroot: /var/www/moodle', 'dirroot: /var/www/moodle\n  webUser: www-data')),
      '/root/web-user.yaml',
    );
    const run = await wizard(lab, ['plan', '--answers', '/root/web-user.yaml']);
    expect(run.code, told(run)).toBe(10);
  });
});
