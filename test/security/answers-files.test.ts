/** Files that another user of main made, for root to use: every command refuses them with exit 2, before anything is read from them, run or written. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { answersText, mucState, putAnswers } from '../lab-tests/support.js';
import { TARGETS, targetLab } from './lab.js';

/** A whole Moodle of the attacker's, whose code notes who ran it. */
const MARK = '/tmp/evil-mark';
const ANSWERS = `version: 1
cluster: evil
moodle: {dirroot: /home/mallory/moodle, webUser: deploy}
nodes: [{name: main, host: local, roles: [main, web, cron]}]
`;
const SETUP = `set -e
useradd -m -s /bin/sh mallory 2>/dev/null || :
chmod 755 /home/mallory
mkdir -p /home/mallory/moodle/lib
for f in config.php version.php lib/setup.php lib/classes/component.php cache/classes/config.php; do
  mkdir -p "$(dirname /home/mallory/moodle/$f)"
  echo '<?php @file_put_contents("${MARK}", get_current_user()."/".posix_getpwuid(posix_geteuid())["name"]."\\n", FILE_APPEND); ' >/home/mallory/moodle/$f
done
cat >/home/mallory/answers.yaml
chown -R mallory: /home/mallory
rm -rf ${MARK} /tmp/mine /root/own; : >${MARK}; chmod 666 ${MARK}
mkdir -p /root/own; chmod 700 /root/own`;

/** Each way to give root the attacker's content; `$1` is the path to make. As root; what mallory makes is made as mallory. */
const PLANTED: Readonly<Record<string, { readonly path: string; readonly make: string }>> = {
  'of another user': { path: '/tmp/mine', make: 'setpriv --reuid=mallory --regid=mallory --clear-groups cp /home/mallory/answers.yaml "$1"' },
  'that its group may write': { path: '/root/own/a.yaml', make: 'cp /home/mallory/answers.yaml "$1"; chown root:mallory "$1"; chmod 660 "$1"' },
  'that everybody may write': { path: '/root/own/a.yaml', make: 'cp /home/mallory/answers.yaml "$1"; chown root: "$1"; chmod 666 "$1"' },
  'of root in a folder of another user': { path: '/home/mallory/root.yaml', make: 'cp /home/mallory/answers.yaml "$1"; chown root: "$1"; chmod 600 "$1"' },
  'that is a link which another user made': {
    path: '/tmp/mine',
    make: 'setpriv --reuid=mallory --regid=mallory --clear-groups ln -s /home/mallory/answers.yaml "$1"',
  },
  'that is a link of root to a file of another user': { path: '/root/own/a.yaml', make: 'ln -s /home/mallory/answers.yaml "$1"' },
  'that is a named pipe': { path: '/tmp/mine', make: 'setpriv --reuid=mallory --regid=mallory --clear-groups mkfifo "$1"' },
  'that is a device': { path: '/dev/zero', make: ':' },
  'that is a terabyte': { path: '/root/own/a.yaml', make: 'truncate -s 1T "$1"' },
};

const COMMANDS: readonly (readonly string[])[] = [
  ['plan'],
  ['apply', '--yes', '--no-trial'],
  ['verify'],
  ['advise'],
  ['status'],
  ['backups'],
  ['unlock', '--yes'],
  ['confirm'],
  ['revert'],
  ['rollback', '--yes'],
  ['purge', '--yes'],
  ['repair', '--yes'],
];

describe.each(TARGETS)('answers that another user could have written, on %s', (target) => {
  let lab: Lab;
  let attempts = 0;
  let muc: string;

  beforeAll(async () => {
    lab = await targetLab(target);
    muc = await mucState(lab);
  });
  afterAll(async () => {
    console.log(`${target}: ${attempts} attempts`);
    await lab?.down();
  });

  /** Never longer than a minute: a hang is a finding. */
  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    attempts += 1;
    const result = await lab.hosts.main.exec(['timeout', '-k', '5', '60', 'moodle-cluster-wizard', ...args, '--json'], {
      env: { HOME: '/root', REDIS_PASSWORD: 'password', ...env },
      timeoutMs: 120_000,
    });
    const error = ((): { code?: string; message?: string; remedies?: string[] } => {
      try {
        return (JSON.parse(result.stdout) as { error?: object }).error ?? {};
      } catch {
        return {};
      }
    })();
    return { ...result, error };
  }

  const setUp = () => lab.hosts.main.must(['sh', '-c', SETUP], { stdin: ANSWERS });

  it.each(Object.entries(PLANTED))('a file %s: exit 2 in every command, nothing run as anybody, nothing touched', async (_name, { path, make }) => {
    await setUp();
    await lab.hosts.main.must(['sh', '-c', make, 'sh', path]);
    const all = [...COMMANDS.map((c) => [...c, '--answers', path]), ['answers', 'check', path]];
    const found = [];
    for (const args of all) {
      const { code, error, stderr } = await run(args);
      found.push({
        command: args.join(' '),
        code,
        error: error.code,
        named: error.message?.includes(path) === true,
        remedy: (error.remedies ?? []).length > 0,
        stderr: code === 2 ? '' : stderr.slice(-500),
      });
    }
    const ran = await lab.hosts.main.must(`sort ${MARK} | uniq -c`);
    expect({ ran, found }).toEqual({
      ran: '',
      found: all.map((args) => ({ command: args.join(' '), code: 2, error: 'file-untrusted', named: true, remedy: true, stderr: '' })),
    });
    expect(await lab.hosts.main.must('ls /var/lib/moodle-cluster-wizard 2>/dev/null || :')).toBe('');
    expect(await mucState(lab)).toBe(muc);
    await lab.hosts.main.must(`[ ${path} = /dev/zero ] || rm -f ${path}`);
  });

  it('a file that is swapped for one of another user while it is loaded: refused, or ours, never theirs', async () => {
    await setUp();
    // Ours is refused by its content alone; theirs would be run.
    await lab.hosts.main.must(
      'cp /home/mallory/answers.yaml /root/own/theirs; chown mallory: /root/own/theirs; printf "version: 1\\nours: true\\n" >/root/own/a.yaml',
    );
    const flip = `cd /root/own; end=$(($(date +%s) + 25)); while [ $(date +%s) -lt $end ]; do mv a.yaml t; mv theirs a.yaml; mv a.yaml theirs; mv t a.yaml; done`;
    const flipping = lab.hosts.main.exec(['sh', '-c', flip], { timeoutMs: 60_000 });
    const codes = new Set<string>();
    for (let i = 0; i < 20; i += 1) {
      const { code, error } = await run(['plan', '--answers', '/root/own/a.yaml']);
      expect(code, JSON.stringify(error)).toBe(2);
      codes.add(error.code ?? '');
    }
    await flipping;
    for (const code of codes) expect(['answers-invalid', 'file-untrusted', 'usage']).toContain(code);
    expect(await lab.hosts.main.must(`cat ${MARK}`)).toBe('');
  });

  it('a plan that another user could have written is refused before the answers are read', async () => {
    await setUp();
    await putAnswers(lab, answersText('redis'));
    await lab.hosts.main.must('setpriv --reuid=mallory --regid=mallory --clear-groups sh -c "echo {} >/tmp/mine"');
    const { code, error } = await run(['apply', '--yes', '--answers', '/root/answers.yaml', '--plan', '/tmp/mine']);
    expect({ code, error: error.code }).toEqual({ code: 2, error: 'file-untrusted' });
    expect(error.message).toContain('belongs to another user');
  });

  const VICTIM = '/root/own/victim';
  it.each([
    ['--out', `ln -s ${VICTIM} /tmp/mine`],
    ['--report', `ln -s ${VICTIM} /tmp/mine`],
    ['--out', 'mkfifo /tmp/mine'],
    ['--report', 'touch /tmp/mine; chmod 666 /tmp/mine'],
    ['--state-dir', 'ln -s /root/own /tmp/mine'],
    ['--state-dir', 'mkdir -m 777 /tmp/mine'],
  ])('%s where another user did "%s": exit 2 at once, nothing written there', async (option, plant) => {
    await setUp();
    await putAnswers(lab, answersText('redis'));
    await lab.hosts.main.must(`echo precious >${VICTIM}`);
    await lab.hosts.main.must(['setpriv', '--reuid=mallory', '--regid=mallory', '--clear-groups', 'sh', '-c', plant]);
    const { code, error } = await run(['plan', '--answers', '/root/answers.yaml', option, '/tmp/mine']);
    expect({ code, error: error.code }, JSON.stringify(error)).toEqual({ code: 2, error: 'file-untrusted' });
    expect(await lab.hosts.main.must(`cat ${VICTIM}`)).toBe('precious\n');
    expect(await lab.hosts.main.must('ls /root/own')).toBe('victim\n');
    expect(await lab.hosts.main.must('if [ -f /tmp/mine ]; then cat /tmp/mine; elif [ -d /tmp/mine ]; then ls /tmp/mine; fi')).not.toContain('plan');
  });

  it('the site record of another site is opened by no command, and the one of this site is', async () => {
    await setUp();
    await putAnswers(lab, answersText('redis'));
    const first = await run(['plan', '--answers', '/root/answers.yaml', '--out', '/root/own/plan.json']);
    expect(first.code, first.stderr.slice(-1000)).toBe(10);
    const { siteId } = JSON.parse(await lab.hosts.main.must('cat /root/own/plan.json')) as { siteId: string };
    const dir = `/var/lib/moodle-cluster-wizard/sites/${siteId}`;
    const card = (bound: object) => JSON.stringify({ site: siteId, cluster: 'lab', mucPath: '/mnt/moodledata/muc/config.php', wwwroot: 'x', ...bound });
    const put = (text: string) => lab.hosts.main.must(['sh', '-c', 'umask 077; mkdir -p "$1"; cat >"$1/site.json"', 'sh', dir], { stdin: text });
    for (const bound of [{ dirroot: '/var/www/other' }, { dirroot: '/var/www/moodle', webUser: 'web-other' }]) {
      await put(card(bound));
      for (const command of [['plan'], ['status'], ['backups'], ['rollback', '--yes'], ['apply', '--yes', '--no-trial']]) {
        const { code, error } = await run([...command, '--answers', '/root/answers.yaml']);
        expect({ command, code, error: error.code }, error.message ?? '').toEqual({ command, code: 2, error: 'record-differs' });
        for (const value of Object.values(bound)) if (value !== '/var/www/moodle') expect(error.message).toContain(value);
      }
    }
    // An old card names no web user.
    await put(card({ dirroot: '/var/www/moodle' }));
    expect((await run(['status', '--answers', '/root/answers.yaml'])).code).toBe(0);
  });

  it("a login user with sudo uses a file in that user's home", async () => {
    await lab.hosts.main.must(['sh', '-c', 'umask 077; cat >/home/deploy/answers.yaml; chown deploy: /home/deploy/answers.yaml'], {
      stdin: answersText('redis'),
    });
    const check = (command: string, user?: string) => lab.hosts.main.exec(['sh', '-c', command], user === undefined ? {} : { user });
    const wizard = 'moodle-cluster-wizard answers check /home/deploy/answers.yaml --json';
    const viaSudo = await check(`cd / && sudo -n env REDIS_PASSWORD=password ${wizard}`, 'deploy');
    expect(viaSudo.code, viaSudo.stdout + viaSudo.stderr).toBe(0);
    const own = await check(`cd / && REDIS_PASSWORD=password ${wizard}`, 'deploy');
    expect(own.code, own.stdout + own.stderr).toBe(0);
    // Root itself, without sudo, was asked by nobody in particular.
    expect((await check(`cd / && env -u SUDO_UID REDIS_PASSWORD=password ${wizard}`)).code).toBe(2);
  });
});
