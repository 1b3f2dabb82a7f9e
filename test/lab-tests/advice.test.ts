/** Advice from measurement on real hosts: a fast and a slow share, near and far services, probes that are killed or find no room. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, slowShare } from '../lab/index.js';
import { mongoForTests } from '../mongodb-stand-in/index.js';
import { answersText, dailyRelease, labFor, mucState, putAnswers, told, type WizardRun, wizard } from './support.js';

const PROBE = '.moodle-cluster-wizard-probe-';

/** Answers with these services, as lines of the answers file; the disk is to be measured. */
function answersWith(users: number, services: readonly string[]): string {
  const needs = `needs: {users: ${users}, sharedDisk: measure, aim: balanced}\nservices: [${services.join(', ')}]\nmodules:`;
  return answersText('redis', (text) => {
    const changed = text.replace(/needs:[\s\S]*?modules:/, needs);
    return services.some((s) => s.includes('secret:')) ? changed : changed.replace(/^secrets:[\s\S]*$/m, '');
  });
}

/** Without services, or with Redis at an address. */
const answers = (users: number, address?: string): string => answersWith(users, address ? [`{name: r, plugin: redis, address: "${address}"}`] : []);

describe('advice from measurement', () => {
  let lab: Lab;
  let kit: string;

  const advise = async (text: string): Promise<WizardRun> => {
    await putAnswers(lab, text);
    const run = await wizard(lab, ['advise', '--answers', '/root/answers.yaml']);
    expect(run.code, told(run)).toBe(0);
    return run;
  };
  const measuredOf = (run: WizardRun): any => run.json['result'].measured;
  const application = (run: WizardRun): string => run.json['result'].advice.modes[0].store;
  const leftovers = async (): Promise<string> => {
    const found = await Promise.all(
      ['main', 'web1', 'web2'].map((name) =>
        lab
          .host(name)
          .must(
            `find /mnt/moodledata /var/tmp /dev/shm -maxdepth 1 -name '${PROBE}*'; ps -eo args | grep -E 'guarded.sh|mcw-guard|/measure/' | grep -v grep || true`,
          ),
      ),
    );
    return found.join('');
  };

  beforeAll(async () => {
    lab = await labFor({ release: dailyRelease(), name: 'advice', foreignServices: true });
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('measures every node, cites what it measured, and leaves nothing behind', async () => {
    const before = await mucState(lab);
    const foreign = await lab.foreignData();
    const mongo = await mongoForTests({ host: lab.gateway });
    const services = [
      '{name: r, plugin: redis, address: "cache1:6379"}',
      '{name: m, plugin: memcached, address: "cache1:11211"}',
      `{name: d, plugin: mongodb, address: "${mongo.host}:${mongo.port}"}`,
    ];
    const run = await advise(answersWith(300, services));
    const measured = measuredOf(run);
    // Without PHP's driver nothing is written to MongoDB.
    const { inserts, drops } = await mongo.counters();
    await mongo.stop();
    expect({ inserts, drops }).toEqual({ inserts: 0, drops: 0 });
    expect(measured.memcached).toEqual([expect.objectContaining({ service: 'm', ok: true, proven: true, limitMb: expect.any(Number) })]);
    expect(Object.keys(measured.nodes).sort()).toEqual(['main', 'web1', 'web2']);
    for (const node of Object.values<any>(measured.nodes)) {
      for (const place of ['dataroot', 'local', 'tmpfs']) {
        const found = node.places.find((p: any) => p.place === place);
        expect(found.ops.read.p50, JSON.stringify(found)).toBeGreaterThan(0);
        expect(found.bytesWritten).toBeLessThan(50 * 1024 * 1024);
      }
      // None has its extension yet: Redis and memcached are asked in their own protocols, MongoDB is only found to answer.
      expect(node.services.map((s: any) => s.service)).toEqual(['r', 'm', 'd']);
      expect(node.services[2]).toMatchObject({ via: 'tcp', roundTrips: [], unmeasured: expect.stringContaining('extension mongodb is not installed') });
      for (const service of node.services.slice(0, 2)) {
        expect(service).toMatchObject({ via: 'raw', estimate: true });
        expect(service.roundTrips.find((r: any) => r.bytes === 1000).get.p50).toBeGreaterThan(0);
      }
    }
    expect(measured.shared.lookers.map((l: any) => [l.node, l.sees, l.lock])).toEqual([
      ['web1', true, 'seen'],
      ['web2', true, 'seen'],
    ]);
    expect(run.json['message']).toMatch(/ ms from the shared disk .* fast\./);
    expect(application(run)).toBe('default_application');
    expect(run.json['result'].units.p50).toBe('ms');
    expect(await leftovers()).toBe('');
    expect(await mucState(lab)).toBe(before);
    expect(await lab.foreignData()).toBe(foreign);
    kit = (await lab.hosts.web1.must('ls -d /var/lib/moodle-cluster-wizard/kit/*')).trim().split('\n')[0] ?? '';
  });

  it('says that a listed service is too small for what the caches hold', async () => {
    const values = `<?php define('CLI_SCRIPT', true); require '/var/www/moodle/config.php'; foreach (range(1, 30) as $i) cache::make('core', 'string')->set('large' . $i, str_repeat('x', 2097152));`;
    await lab.hosts.main.must('runuser -u www-data -- php', { stdin: values });
    const small = await advise(answersWith(300, ['{name: redis1, plugin: redis, node: cache1, manage: true, memory: 32M, password: secret:redisPassword}']));
    await lab.hosts.main.must('runuser -u www-data -- php /var/www/moodle/admin/cli/purge_caches.php');
    const [advised] = small.json['result'].advice.services;
    expect(advised).toMatchObject({ name: 'redis1', policy: 'allkeys-lru', memoryMb: expect.toSatisfy((mb: number) => mb >= 128), listed: true });
    expect(small.json['result'].findings.find((f: any) => f.id.includes('service-size-redis1'))).toMatchObject({
      node: 'cache1',
      level: 'warning',
      is: expect.stringMatching(/^32 MB; the caches hold \d\d+ MB now/),
      mustBe: `${advised.memoryMb} MB`,
    });
  });

  it('keeps what it measured: plans made later agree, and measure nothing', async () => {
    const kept = () => lab.hosts.main.must('sha256sum /var/lib/moodle-cluster-wizard/sites/*/measurements.json');
    const before = await kept();
    const plan = async () => (await wizard(lab, ['plan', '--answers', '/root/answers.yaml'])).json['plan']?.hash;
    const first = await plan();
    expect(first).toBeTruthy();
    expect(await plan()).toBe(first);
    expect(await kept()).toBe(before);
  });

  it('tells a copy of this site that is served beside it; not another site, nor its own old code; and is held up by none', async () => {
    const site = (name: string, port: number) => `server { listen ${port}; root /srv/${name}; }`;
    await lab.hosts.web2.must(`
      mkdir -p /srv/copy /srv/own /srv/old /srv/trap /srv/copydata/muc /srv/owndata/muc
      moodle() { printf '<?php\n$CFG->dataroot = "%s";\n' "$2" >/srv/$1/config.php; }
      moodle copy /srv/copydata; moodle own /srv/owndata; moodle old /mnt/moodledata
      cp -a /mnt/moodledata/muc/config.php /srv/copydata/muc/
      sed "s/'siteidentifier' => '[^']*'/'siteidentifier' => '$(echo other | md5sum | cut -c1-32)'/" /mnt/moodledata/muc/config.php >/srv/owndata/muc/config.php
      ln -s /proc/kmsg /srv/trap/config.php
      echo '${site('copy', 8096)} ${site('own', 8097)} ${site('old', 8098)} ${site('trap', 8099)}' >/etc/nginx/conf.d/others.conf; nginx -s reload`);
    await putAnswers(lab, answers(300, 'cache1:6379'));
    const plan = await wizard(lab, ['plan', '--answers', '/root/answers.yaml']);
    await lab.hosts.web2.must('rm -rf /srv/copy /srv/own /srv/old /srv/trap /srv/copydata /srv/owndata /etc/nginx/conf.d/others.conf; nginx -s reload');
    expect(plan.json['plan'], told(plan)).toBeTruthy();
    const copies = plan.json['plan'].findings.filter((f: any) => f.id.includes('.clone-'));
    expect(copies).toEqual([expect.objectContaining({ node: 'web2', is: '/srv/copy has the same siteidentifier' })]);
  });

  it('leaves nothing when a probe is killed, alone or with all its group', async () => {
    const name = `${PROBE}${'a'.repeat(32)}`;
    const request = JSON.stringify({ marker: 'mcw-killed-test', op: 'shared', name, path: '/mnt/moodledata', role: 'writer', others: ['nobody'], seconds: 20 });
    // In a session of its own, as over SSH; every process of that session is ended without a word.
    const script = (kill: string) => `
      printf %s "$1" | setsid setpriv --reuid=www-data --regid=www-data --init-groups sh ${kit}/measure/guarded.sh ${name} /mnt/moodledata php ${kit}/measure/shared.php >/dev/null 2>&1 &
      for i in $(seq 100); do [ -e /mnt/moodledata/${name}/beat ] && break; sleep 0.1; done
      [ -e /mnt/moodledata/${name}/beat ] || exit 9
      ${kill}
      for i in $(seq 100); do [ -e /mnt/moodledata/${name} ] || exit 0; sleep 0.1; done
      exit 8`;
    const php = `kill -9 $(ps -eo pid,args | awk '/shared.php/ && !/awk/ && !/guarded/ {print $1}')`;
    const group = `kill -9 -$(ps -eo pgid,args | awk '/guarded.sh/ && !/awk/ && !/setsid/ {print $1; exit}')`;
    for (const kill of [php, group]) {
      const result = await lab.hosts.web1.exec(['sh', '-c', script(kill), 'sh', request], { timeoutMs: 60_000 });
      expect(result.code, `${kill}\n${result.stderr}`).toBe(0);
    }
    expect(await leftovers()).toBe('');
  });

  it('writes nothing and says why on a full disk, one without inodes, and one that is read-only', async () => {
    const name = `${PROBE}${'b'.repeat(32)}`;
    await lab.hosts.web2.must(
      'mkdir -p /t/full /t/inodes /t/ro; mount -t tmpfs -o size=20m,mode=777 t /t/full; mount -t tmpfs -o size=500m,nr_inodes=500,mode=777 t /t/inodes; mount -t tmpfs -o size=500m,mode=777 t /t/ro; mount -o remount,ro /t/ro',
    );
    const places = ['/t/full', '/t/inodes', '/t/ro'].map((path) => ({ place: 'dataroot', path }));
    const request = JSON.stringify({ marker: 'mcw-refused-test', op: 'disk', name, places, seconds: 3 });
    const out = await lab.hosts.web2.must(['sh', `${kit}/measure/guarded.sh`, name, '/t/full\n/t/inodes\n/t/ro', 'php', `${kit}/measure/disk.php`], {
      user: 'www-data',
      stdin: request,
    });
    const answer = JSON.parse(/mcw-refused-test(\{.*\})mcw-refused-test/.exec(out)?.[1] ?? '{}');
    expect(answer.data.map((p: any) => p.refused)).toEqual([
      expect.stringMatching(/only \d+ MB are free/),
      expect.stringMatching(/only \d+ inodes are free/),
      expect.stringContaining('Read-only file system'),
    ]);
    expect(await lab.hosts.web2.must('ls -A /t/full /t/inodes /t/ro | grep -c probe || true')).toBe('0\n');
  });

  it('gives its keys an end of their own', async () => {
    const request = JSON.stringify({
      marker: 'mcw-keys-test',
      op: 'services',
      key: 'mcw-probe-killed',
      services: [{ service: 'r', plugin: 'redis', host: 'cache1', port: 6379 }],
      seconds: 3,
    });
    // Killed as soon as its first key is there.
    const script = `
      printf %s "$1" | php ${kit}/measure/services.php >/dev/null 2>&1 & probe=$!
      for i in $(seq 400); do kill -0 $probe 2>/dev/null || break; sleep 0.005; [ "$i" = 12 ] && kill -9 $(ps -eo pid,args | awk '/services.php/ && !/awk/ && !/sh -c/ {print $1}') 2>/dev/null; done; true`;
    await lab.hosts.web1.exec(['sh', '-c', script, 'sh', request], { timeoutMs: 60_000 });
    const ttl = Number(await lab.hosts.cache1.must('redis-cli ttl mcw-probe-killed'));
    // -2: it was gone already. -1 would be a key without an end.
    expect(ttl === -2 || (ttl > 0 && ttl <= 60), `ttl ${ttl}`).toBe(true);
  });

  it('on a slow share moves to the near Redis, says what the share lacks, and thinks otherwise of 30 people and of a far Redis', async () => {
    await slowShare(lab);
    const near = await advise(answers(2000, 'cache1:6379'));
    expect(near.json['message']).toMatch(/ ms from the shared disk \(fuse\.sshfs.* slow\./);
    expect(application(near)).toBe('r');
    expect(near.json['message']).toContain('Repair the shared disk first: locks taken on main are not visible on web1, web2');
    expect(measuredOf(near).shared.lookers.every((l: any) => l.lock === 'not-seen')).toBe(true);
    expect(near.json['result'].findings.find((f: any) => f.id.includes('sessions-in-files'))).toMatchObject({
      level: 'warning',
      is: expect.stringContaining('changes reach web1, web2 late or without locks'),
      todo: expect.stringContaining('session_handler_class'),
    });

    await lab.hosts.main.must(['sh', '-c', 'cat > /root/relay.mjs'], { stdin: readFileSync('test/lab-tests/files/delay-relay.mjs') });
    await lab.hosts.main.must('systemd-run -q --unit=relay node /root/relay.mjs 7390 cache1 6379 15');
    const far = await advise(answers(2000, 'main:7390'));
    expect(application(far)).toBe('default_application');
    expect(far.json['result'].advice.modes[0].reason).toMatch(/"r" is listed, but the measurements show no gain.* ms/);

    const few = await advise(answers(30));
    const many = await advise(answers(5000));
    expect(few.json['message']).not.toContain('worth setting up');
    expect(many.json['message']).toContain('worth setting up');
    // The line that it gives is one that the answers file takes.
    const line = /\{name: redis1, [^}]*\}/.exec(many.json['message'])?.[0] ?? '';
    await putAnswers(lab, answersWith(5000, [line]));
    const plan = await wizard(lab, ['plan', '--answers', '/root/answers.yaml']);
    expect(plan.code, told(plan)).toBe(10);
    expect(plan.json['plan'].advice.modes[0].store).toBe('redis1');
    for (const run of [near, far, few, many]) expect(run.json['message']).toMatch(/\d ms/);
    expect(await leftovers()).toBe('');
  }, 900_000);
});
