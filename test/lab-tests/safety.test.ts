/** What keeps a live site safe, on real hosts: killed runs, two runs at once, other people's edits, planted links, secrets, rights that must not come back. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import {
  allSee,
  changeEvent,
  changeRight,
  filesWithSecret,
  foreignEdit,
  installWizard,
  LOCK,
  MUC,
  meanwhile,
  NEEDLES,
  NODES,
  prepare,
  put,
  RECORD,
  runAtEvent,
  safetyAnswers,
  seenRights,
  watch,
  watched,
} from './safety-lab.js';
import { dailyRelease, labFor, mucConfig, mucState, pageStatus, told, type WizardRun, wizard } from './support.js';

const release = dailyRelease();
const APPLY = ['apply', '--answers', '/root/answers.yaml', '--yes', '--trial', '1'] as const;
const PUBLISHED = changeEvent('muc-publish:main:mappings', 'done');
const STORES_PROVEN = changeEvent('prove:\\*:stores', 'done');

/** The managed Redis made smaller: a change of the services stage that takes no package. */
const small = (text: string) => text.replace('memory: 256M', 'memory: 128M');

describe(`safety on Moodle ${release}`, () => {
  let lab: Lab;
  let before: string;
  let foreign: string;
  const outputs: string[] = [];

  const kept = <T extends WizardRun>(run: T): T => {
    outputs.push(run.stdout, run.stderr);
    return run;
  };
  const run = async (...args: readonly string[]) => kept(await wizard(lab, args));
  const runAt = async (pattern: string, command: string, args: readonly string[]) => kept(await runAtEvent(lab, pattern, command, args));
  const status = () => run('status');
  const pagesAnswer = async () => {
    for (const node of NODES) expect(await pageStatus(lab, node), `page of ${node}`).toBe('200');
  };
  const restoreMuc = async (text: string) => {
    await lab.hosts.main.must(['runuser', '-u', 'www-data', '--', 'sh', '-c', 'umask 007; rm -f "$1"; cat >"$1.x" && mv "$1.x" "$1"', 'sh', MUC], {
      stdin: text,
    });
  };
  const storeNames = async () => Object.keys((await mucConfig(lab)).stores);

  beforeAll(async () => {
    lab = await labFor({ release, name: 'safety', foreignServices: true });
    await prepare(lab);
    before = await mucState(lab);
    foreign = await lab.foreignData();
    await watch(lab);
  });
  afterAll(async () => {
    await lab?.down();
  });

  describe('a run that is killed', () => {
    it('while services are set up: status says so with exit 10, the dead lock is known, another apply stops with exit 6', async () => {
      const killed = await runAt(changeEvent('unit:cache1:moodle-muc-redis1.service', 'begin'), 'kill -9 $WIZARD', APPLY);
      expect(killed.code, told(killed)).toBe(137);
      const now = await status();
      expect(now.code, told(now)).toBe(10);
      expect(now.json['result']).toMatchObject({ unfinished: true, lockStale: true, lock: { host: 'main', user: 'root' } });
      const again = await run(...APPLY);
      expect(again.code, told(again)).toBe(6);
      expect(again.json['error'].code).toBe('run-unfinished');
      expect(await mucState(lab)).toBe(before);
    });

    it('while modules are installed, and again between the publish and what follows: apply --resume ends right', async () => {
      const inModules = await runAt(changeEvent('package:web1:[^"]*', 'begin'), 'kill -9 $WIZARD', [...APPLY, '--resume']);
      expect(inModules.code, told(inModules)).toBe(137);
      expect((await status()).code).toBe(10);
      const published = await runAt(PUBLISHED, 'kill -9 $WIZARD', [...APPLY, '--resume']);
      expect(published.code, told(published)).toBe(137);
      expect((await status()).code).toBe(10);
      const resumed = await runAt('"type":"run-begin"', 'true', [...APPLY, '--resume']);
      expect(resumed.code, told(resumed)).toBe(0);
      // What the killed run owed after its publish was made up for: nodes converged, what moved was emptied, all was proven.
      const did = resumed.events.filter((e) => e['type'] === 'change' && e['state'] === 'done').map((e) => String(e['id']).split(':')[0]);
      for (const kind of ['converge', 'settle', 'empty', 'prove']) expect(did).toContain(kind);
      const verified = await run('verify');
      expect(verified.code, told(verified)).toBe(0);
      expect((await status()).code).toBe(0);
      expect(await storeNames()).toEqual(expect.arrayContaining(['- shared redis_1 -', 'apcu  local']));
      await pagesAnswer();
    });

    it('leaves no rights behind: one taken away while the new mappings were live is gone after the rollback, on every node', async () => {
      await run('rollback', '--muc-only', '--yes');
      expect(await mucState(lab)).toBe(before);
      await changeRight(lab, release, 'one', 'allow');
      expect(await seenRights(lab, release)).toEqual(allSee(release, 'one', 'allowed'));
      const killed = await runAt(PUBLISHED, 'kill -9 $WIZARD', APPLY);
      expect(killed.code, told(killed)).toBe(137);
      await changeRight(lab, release, 'two', 'prevent');
      await seenRights(lab, release);
      const back = await run('rollback', '--muc-only', '--yes');
      expect(back.code, told(back)).toBe(0);
      expect(await mucState(lab)).toBe(before);
      expect(await seenRights(lab, release)).toEqual(allSee(release, 'two', 'denied'));
    });

    it('told to end while nodes converge: puts the file back, gives the lock back, exit 143', async () => {
      const ended = await runAt(PUBLISHED, 'kill -TERM $WIZARD', APPLY);
      expect(ended.code, told(ended)).toBe(143);
      expect(ended.json['outcome']).toBe('reverted');
      expect(await mucState(lab)).toBe(before);
      expect((await lab.hosts.main.exec(['test', '-e', LOCK])).code).not.toBe(0);
      const back = await run('rollback', '--muc-only', '--yes');
      expect(back.code, told(back)).toBe(0);
    });
  });

  describe('a setting and a right changed while new mappings were live', () => {
    it('are seen by pages and scripts of every node before and after the rollback', async () => {
      await changeRight(lab, release, 'three', 'allow');
      expect(await seenRights(lab, release)).toEqual(allSee(release, 'three', 'allowed'));
      const applied = await run(...APPLY);
      expect(applied.code, told(applied)).toBe(0);
      expect(await seenRights(lab, release)).toEqual(allSee(release, 'three', 'allowed'));
      await changeRight(lab, release, 'four', 'prevent');
      await seenRights(lab, release);
      const back = await run('rollback', '--muc-only', '--yes');
      expect(back.code, told(back)).toBe(0);
      expect(await seenRights(lab, release)).toEqual(allSee(release, 'four', 'denied'));
    });
  });

  describe("somebody else's edit", () => {
    it('between plan and apply: exit 6 that names what moved, the edit stays', async () => {
      const original = await lab.hosts.main.must(['cat', MUC]);
      const plan = await run('plan', '--answers', '/root/answers.yaml', '--out', '/root/plan.json', '--report', '/root/plan.txt', '--verbose');
      expect(plan.code, told(plan)).toBe(10);
      await lab.hosts.main.must(foreignEdit('theirs'));
      const edited = await mucState(lab);
      const applied = await run(...APPLY, '--plan', '/root/plan.json');
      expect(applied.code, told(applied)).toBe(6);
      expect(applied.json['error']).toMatchObject({ code: 'plan-stale' });
      expect(applied.json['error'].evidence.join('\n')).toContain(edited.slice(0, 64));
      expect(await mucState(lab)).toBe(edited);
      expect((await status()).code).toBe(0);
      await restoreMuc(original);
      expect(await mucState(lab)).toBe(before);
    });

    it('between approval and the write: exit 6, nothing is written over it; break-glass still works, and status and rollback tell the truth', async () => {
      const applied = await runAt(STORES_PROVEN, meanwhile(foreignEdit('theirs')), APPLY);
      expect(applied.code, told(applied)).toBe(6);
      expect(applied.json['error'].code).toBe('muc-moved');
      expect(await storeNames()).toContain('theirs');
      expect((await mucConfig(lab)).definitionmappings).toEqual([]);
      const edited = await mucState(lab);
      expect((await status()).code).toBe(10);
      for (const way of [
        [...APPLY, '--resume'],
        ['rollback', '--yes', '--muc-only'],
      ]) {
        const stopped = await run(...way);
        expect(stopped.code, told(stopped)).toBe(6);
        expect(await mucState(lab)).toBe(edited);
      }
      await breakGlass();
      const now = await status();
      expect(now.code, told(now)).toBe(10);
      const back = await run('rollback', '--yes', '--muc-only');
      expect(back.code, told(back)).toBe(0);
      expect(await mucState(lab)).toBe(before);
      expect((await status()).code).toBe(0);
    });

    it('while services are changed: the MUC stage is not begun, exit 6 names the instance; resumed, the run keeps it and its rollback too', async () => {
      await put(lab, 'main', '/root/answers.yaml', safetyAnswers(small), '600');
      const applied = await runAt(changeEvent('unit:cache1:moodle-muc-redis1.service', 'begin'), meanwhile(foreignEdit('theirs')), [
        ...APPLY,
        '--allow-irreversible',
      ]);
      expect(applied.code, told(applied)).toBe(6);
      expect(applied.json['error'].evidence.join(), told(applied)).toContain('store instance "theirs" is new');
      const edited = await mucState(lab);
      expect(await storeNames()).toEqual(expect.arrayContaining(['theirs']));
      expect(await storeNames()).not.toContain('- shared redis_1 -');
      const resumed = await run(...APPLY, '--resume');
      expect(resumed.code, told(resumed)).toBe(0);
      expect(await storeNames()).toEqual(expect.arrayContaining(['theirs', '- shared redis_1 -']));
      const back = await run('rollback', '--yes', '--muc-only');
      expect(back.code, told(back)).toBe(0);
      expect(await mucState(lab)).toBe(edited);
    });
  });

  describe('two runs at once', () => {
    const web1Answers = () =>
      safetyAnswers((t) =>
        small(t)
          .replace(/^cluster: .*$/m, 'cluster: "quite another label"')
          .replace('{name: main, host: local,', '{name: main, host: main,')
          .replace('{name: web1, host: web1,', '{name: web1, host: local,'),
      );

    beforeAll(async () => {
      const key = await lab.hosts.main.must('cat /root/.ssh/id_ed25519');
      await put(lab, 'main', '/root/answers.yaml', safetyAnswers(small), '600');
      await installWizard(lab, 'web1');
      await lab.hosts.web1.must('mkdir -p -m 700 /root/.ssh');
      await put(lab, 'web1', '/root/.ssh/id_ed25519', key, '600');
      await put(lab, 'web1', '/root/.ssh/known_hosts', await lab.hosts.main.must('cat /root/.ssh/known_hosts'), '600');
      await put(lab, 'web1', '/root/answers.yaml', web1Answers(), '600');
      await put(lab, 'web1', '/root/redis-password', await lab.hosts.main.must('cat /root/redis-password'), '600');
    });

    it('from another machine, under another label: exit 6 naming who holds the lock; the first one ends right', async () => {
      const second = 'ssh -o BatchMode=yes deploy@web1 sudo moodle-cluster-wizard apply --answers /root/answers.yaml --yes --json';
      const first = await runAt('"type":"stage","stage":"muc","state":"begin"', meanwhile(second), APPLY);
      expect(first.code, told(first)).toBe(0);
      const other = JSON.parse((await lab.hosts.main.must('cat /root/meanwhile')).replace(/^[^{]*/, '').replace(/[^}]*$/, '')) as Record<string, any>;
      outputs.push(JSON.stringify(other));
      expect(other['exitCode'], JSON.stringify(other)).toBe(6);
      expect(other['error'].code).toBe('lock-held');
      expect(other['error'].message).toMatch(/root@main, process \d+/);
      expect((await storeNames()).filter((n) => n === '- shared redis_1 -')).toHaveLength(1);
    });

    it('begun together: each ends with 0 or 6, nothing is doubled, and a further run has nothing to do', async () => {
      await run('rollback', '--yes', '--muc-only');
      const both = await Promise.all([
        lab.hosts.main.exec(['moodle-cluster-wizard', ...APPLY, '--json'], { timeoutMs: 600_000 }),
        lab.hosts.web1.exec(['moodle-cluster-wizard', ...APPLY, '--json'], { timeoutMs: 600_000 }),
      ]);
      const codes = both.map((r) => r.code);
      outputs.push(...both.flatMap((r) => [r.stdout, r.stderr]));
      expect([0, 6], JSON.stringify(both)).toContain(codes[0]);
      expect([0, 6], JSON.stringify(both)).toContain(codes[1]);
      expect(codes).toContain(0);
      const stores = Object.values<any>((await mucConfig(lab)).stores).filter((s) => s.plugin === 'redis');
      expect(stores).toHaveLength(1);
      const next = await run(...APPLY);
      expect(next.code, told(next)).toBe(0);
      expect(next.json['outcome']).toBe('unchanged');
    });
  });

  const breakGlass = async () => {
    const script = (await lab.hosts.main.must(`echo ${RECORD}/sites/*/break-glass.sh`)).trim();
    const done = await lab.hosts.main.exec(['sh', script]);
    outputs.push(done.stdout, done.stderr);
    expect(done.code, done.stderr).toBe(0);
    await pagesAnswer();
    return done.stdout;
  };

  describe('break-glass', () => {
    it('brings no right back that was taken away while the new mappings were live', async () => {
      await changeRight(lab, release, 'five', 'allow');
      expect(await seenRights(lab, release)).toEqual(allSee(release, 'five', 'allowed'));
      await changeRight(lab, release, 'six', 'prevent');
      const told = await breakGlass();
      // The reload on the other nodes that its last line asks for.
      const reload = /systemctl reload (\S+)/.exec(told)?.[0] ?? 'false';
      for (const node of ['web1', 'web2']) await lab.host(node).must(reload);
      expect(await seenRights(lab, release)).toEqual(allSee(release, 'six', 'denied'));
      const back = await run('rollback', '--yes', '--muc-only');
      expect(back.code).toBe(0);
      const applied = await run(...APPLY);
      expect(applied.code).toBe(0);
    });

    it('puts file, owner and mode back when the file is broken and Moodle cannot start; a planted link harms nothing', async () => {
      await lab.hosts.main.must(`echo kept >/root/victim; mkdir -p /root/victims; echo kept >/root/victims/file; chmod 700 /root/victims`);
      await lab.hosts.main.must([
        'runuser',
        '-u',
        'www-data',
        '--',
        'sh',
        '-c',
        'echo "<?php nonsense(" >"$1"; rm -rf "$2"; ln -s /root/victims "$2"',
        'sh',
        MUC,
        '/mnt/moodledata/cache/cachestore_file/default_application',
      ]);
      // Not even the purge can run: it is owed, and the next run of the wizard makes up for it.
      const purge = '/var/www/moodle/admin/cli/purge_caches.php';
      await lab.hosts.main.must(`mv ${purge} ${purge}.away`);
      const before = await lab.hosts.main.must(`sha256sum <$(ls -td ${RECORD}/sites/*/restore-points/*/muc-config.php | head -1)`);
      await breakGlass();
      expect(await lab.hosts.main.must(`sha256sum <${MUC}`)).toBe(before);
      expect(await lab.hosts.main.must(['stat', '-c', '%U %a', MUC])).toBe('www-data 660\n');
      expect(await lab.hosts.main.must('cat /root/victim /root/victims/file')).toBe('kept\nkept\n');
      const now = await status();
      expect(now.code, told(now)).toBe(10);
      expect(now.json['result']).toMatchObject({ mucPutBack: true, mucChangedSince: false });
      expect(now.json['result'].purgeOwed).toBeTruthy();
      await lab.hosts.main.must(`mv ${purge}.away ${purge}`);
      const back = await run('rollback', '--yes', '--muc-only');
      expect(back.code, told(back)).toBe(0);
      const after = await status();
      expect(after.code, told(after)).toBe(0);
      expect(after.json['result'].purgeOwed).toBeNull();
    });
  });

  describe('a link planted by the web user', () => {
    const plant = (target: string, path: string) =>
      lab.hosts.main.must(['runuser', '-u', 'www-data', '--', 'sh', '-c', 'rm -rf "$2"; mkdir -p "$(dirname "$2")"; ln -s "$1" "$2"', 'sh', target, path]);
    const asWeb = (command: string) => lab.hosts.main.must(['runuser', '-u', 'www-data', '--', 'sh', '-c', command]);
    let victim: string;
    const victimState = () => lab.hosts.main.must('sha256sum /etc/victim.php; stat -c "%U %G %a %Y" /etc/victim.php');

    beforeAll(async () => {
      await put(lab, 'main', '/etc/victim.php', await lab.hosts.main.must(['cat', MUC]), '644');
      await put(lab, 'web1', '/etc/victim.php', await lab.hosts.main.must(['cat', MUC]), '644');
      victim = await victimState();
    });

    it('in the place of the MUC file: refused, what it points at is as it was', async () => {
      const original = await lab.hosts.main.must(['cat', MUC]);
      await plant('/etc/victim.php', MUC);
      for (const args of [APPLY, ['rollback', '--yes']]) {
        const refused = await run(...args);
        expect([6, 7], told(refused)).toContain(refused.code);
      }
      expect(await victimState()).toBe(victim);
      await restoreMuc(original);
    });

    it("in the place of the wizard's lock: a lock of nobody, which unlock removes", async () => {
      await plant('/etc/victim.php', LOCK);
      const refused = await run(...APPLY);
      expect(refused.code, told(refused)).toBe(6);
      expect(refused.json['error'].code).toBe('lock-held');
      expect((await run('unlock')).code).toBe(6);
      const removed = await run('unlock', '--yes');
      expect(removed.code, told(removed)).toBe(0);
      expect((await lab.hosts.main.exec(['test', '-L', LOCK])).code).not.toBe(0);
      expect(await victimState()).toBe(victim);
    });

    it("in the place of Moodle's lock, and under temporary names: nothing goes through it", async () => {
      const moodleLock = '/mnt/moodledata/cache/filelocks/configwrite.lock';
      const temporary = `/mnt/moodledata/muc/.moodle-cluster-wizard-${'0'.repeat(32)}`;
      await plant('/etc/victim.php', moodleLock);
      await plant('/etc/victim.php', temporary);
      await plant('/etc/victim.php', `${MUC}.tmp`);
      const state = await mucState(lab);
      const refused = await run(...APPLY);
      expect([6, 7], told(refused)).toContain(refused.code);
      expect(await mucState(lab)).toBe(state);
      expect(await victimState()).toBe(victim);
      await asWeb(`rm -f ${moodleLock} ${MUC}.tmp`);
      const resumed = await run(...APPLY, ...((await status()).code === 10 ? ['--resume'] : []));
      expect(resumed.code, told(resumed)).toBe(0);
      expect(await victimState()).toBe(victim);
      expect((await lab.hosts.main.exec(['test', '-L', temporary])).code).not.toBe(0);
    });
  });

  describe('secrets', () => {
    it('stand in no command line and no environment of any process, on any host, at any time', async () => {
      const found = await watched(lab);
      expect(found.filter((l) => !/: rounds \d+$/.test(l))).toEqual([]);
      expect(found).toHaveLength(lab.all.length);
    });

    it('stand in no output: JSON, events, plans, reports, words', () => {
      expect(outputs.length).toBeGreaterThan(30);
      expect(outputs.filter((text) => NEEDLES.some((n) => text.includes(n)))).toEqual([]);
    });

    it('are on disk only where they are used, and in restore points that only root can read', async () => {
      const found = await filesWithSecret(lab);
      const own = [
        /^(main|web1): \/root\/redis-password root 600$/,
        /^cache1: \/etc\/moodle-cluster-wizard\/redis1\.secret\.conf \S+ (640|600)$/,
        /^main: \/var\/lib\/moodle-cluster-wizard\/sites\/\w+\/(restore-points\/[^/]+\/muc-config|last-good)\.php root 600$/,
        /^cache1: \/var\/lib\/moodle-cluster-wizard\/before\/[^/]+\/[0-9a-f]+ root 600$/,
        /^shared: \/mnt\/moodledata\/muc\/config\.php$/,
      ];
      expect(found.filter((line) => !own.some((o) => o.test(line)))).toEqual([]);
      expect(found.some((line) => line.includes('redis1.secret.conf'))).toBe(true);
    });
  });

  describe("another site's services on the cache host", () => {
    it('and its sessions are untouched by all of this, and by the rollback of everything: same data, same processes', async () => {
      expect(await lab.foreignData()).toBe(foreign);
      const { restorePoints } = (await run('backups')).json['result'] as { restorePoints: { id: string; kind: string; state: string }[] };
      const oldest = restorePoints.find((p) => p.kind === 'apply' && p.state !== 'rolled-back');
      const back = await run('rollback', '--to', oldest?.id ?? '', '--yes');
      expect(back.code, told(back)).toBe(0);
      const again = await run('rollback', '--yes');
      expect(again.json['message'], told(again)).toBe('Nothing to roll back.');
      expect(await lab.foreignData()).toBe(foreign);
      expect((await lab.hosts.web1.exec('php -m')).stdout).not.toMatch(/^redis$/m);
      expect(await lab.hosts.cache1.must('ls /etc/systemd/system/moodle-muc-* /etc/moodle-cluster-wizard 2>/dev/null || true')).toBe('');
      await pagesAnswer();
    });
  });
});
