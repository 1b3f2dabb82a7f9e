/** A node that is hostile as root: what it prints can neither fill main's memory nor be taken for facts, and the others are left alone. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { answersText, pageStatus, putAnswers, told, type WizardRun, wizard } from '../lab-tests/support.js';
import { TARGETS, targetLab } from './lab.js';

const MEGABYTES = 600;
const LOCK = '/mnt/moodledata/muc/moodle-cluster-wizard.lock';
/** MB: the wizard's own limit for a cluster of this size and what it may take for a hostile node besides. */
const MOST_RSS = 300;

/** Read by the wizard's own process when it ends. */
const RSS_PROBE = `const fs = require('fs');
process.on('exit', () => fs.writeFileSync('/root/rss', /VmHWM:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]));
`;

/** The mark of the survey that runs a tool, out of the memory of its shell, as root alone can read it. */
const MARK = `mark=$(perl -e 'open M, "/proc/$ARGV[0]/maps"; open F, "</proc/$ARGV[0]/mem"; while (<M>) { /^(\\w+)-(\\w+) rw.*(heap|stack)/ or next;
  sysseek F, hex $1, 0; sysread F, $t, hex($2) - hex $1; $t =~ /(mcw-[0-9a-f]{18})(?![0-9a-f])/ and print($1), exit }' "$PPID")`;

interface Attack {
  readonly name: string;
  /** A tool that stands before the system's own, and what it does; `profile`: what every login of the node runs first. */
  readonly tool: 'uname' | 'php' | 'profile';
  readonly script: string;
  readonly code: string;
}

const FORGED = JSON.stringify({
  phpBinary: '/usr/bin/php\u001b[2J;id>/tmp/pwned',
  webUser: 'root',
  sitePool: 7,
  moodle: { dirroot: '/etc' },
  __proto__: 1,
});

const ATTACKS: readonly Attack[] = [
  { name: 'zeros on stdout', tool: 'uname', script: `head -c ${MEGABYTES}M /dev/zero`, code: 'output-limit' },
  { name: 'zeros on stderr', tool: 'uname', script: `head -c ${MEGABYTES}M /dev/zero >&2; echo Linux`, code: 'output-limit' },
  { name: 'one endless line', tool: 'uname', script: `head -c ${MEGABYTES}M /dev/zero | tr '\\0' x`, code: 'output-limit' },
  { name: 'empty lines', tool: 'uname', script: `yes '' | head -c ${MEGABYTES}M`, code: 'output-limit' },
  { name: 'empty lines below the limit', tool: 'uname', script: `echo x; yes '' | head -c 6M`, code: 'answer-invalid' },
  { name: 'before the mark', tool: 'profile', script: `head -c ${MEGABYTES}M /dev/zero`, code: 'output-limit' },
  { name: 'a hundred thousand sections', tool: 'uname', script: `${MARK}; yes "$mark x" | head -n 100000; echo Linux`, code: 'answer-invalid' },
  { name: 'forged JSON', tool: 'php', script: `case "$*" in *moodle-node.php*) printf '%s\\n' '${FORGED}' ;; esac`, code: 'answer-invalid' },
  {
    name: 'a million values',
    tool: 'php',
    script: `case "$*" in *moodle-node.php*) printf '{"pools":['; yes '{},' | head -n 1000000 | tr -d '\\n'; printf '{}]}\\n' ;; esac`,
    code: 'answer-invalid',
  },
];

// Before the system's own on every PATH that the wizard sets.
const PATHS = { uname: '/usr/sbin/uname', php: '/usr/local/sbin/php', profile: '' } as const;

for (const release of TARGETS) {
  describe(`a hostile node, ${release}`, () => {
    let lab: Lab;
    let hostile: Awaited<ReturnType<Lab['host']>>;
    let answers: string;
    const run = async (...args: readonly string[]): Promise<WizardRun & { readonly rss: number }> => {
      const result = await wizard(lab, args, { NODE_OPTIONS: '--require /root/rss.cjs' });
      return { ...result, rss: Math.round(Number(await lab.hosts.main.must('cat /root/rss; rm /root/rss')) / 1024) };
    };

    beforeAll(async () => {
      lab = await targetLab(release);
      hostile = lab.host('web1');
      answers = await putAnswers(lab, answersText('redis'));
      await lab.hosts.main.exec(['sh', '-c', 'cat >/root/rss.cjs'], { stdin: RSS_PROBE });
    });
    afterAll(async () => {
      await lab?.restore();
    });

    /** Root of web1 plants it, for as long as `work` takes. */
    async function planted<T>({ tool, script }: Pick<Attack, 'tool' | 'script'>, work: () => Promise<T>): Promise<T> {
      if (tool === 'profile') {
        await hostile.exec(
          [
            'sh',
            '-c',
            'cat >/usr/local/sbin/login-flood; chmod 755 /usr/local/sbin/login-flood; sed -i.kept "s#^#command=\\"/usr/local/sbin/login-flood\\" #" /home/deploy/.ssh/authorized_keys',
          ],
          {
            stdin: `#!/bin/sh\n${script}\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n`,
          },
        );
      } else await hostile.exec(['sh', '-c', `cat >${PATHS[tool]}; chmod 755 ${PATHS[tool]}`], { stdin: `#!/bin/sh\n${script}\n` });
      try {
        return await work();
      } finally {
        await hostile.exec([
          'sh',
          '-c',
          `rm -f ${PATHS.uname} ${PATHS.php}; cd /home/deploy/.ssh; [ ! -e authorized_keys.kept ] || mv authorized_keys.kept authorized_keys`,
        ]);
      }
    }

    const expectBounded = (result: Awaited<ReturnType<typeof run>>, code: string): void => {
      console.log(`exit ${result.code}, ${result.json['error']?.code}, ${result.rss} MB`);
      expect(result.json['error']?.code, told(result)).toBe(code);
      expect(result.json['error'].nodes).toEqual(['web1']);
      expect(result.json['error'].message).toContain('web1');
      expect(result.rss).toBeLessThan(MOST_RSS);
      // Line feeds end lines; nothing else may reach a terminal.
      expect(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(result.stdout + result.stderr)).toBe(false);
    };

    it('that is honest leaves plan its result', async () => {
      const result = await run('plan', '--answers', answers);
      console.log(`exit ${result.code}, ${result.rss} MB`);
      expect(result.code, told(result)).toBe(10);
    });

    it.each(ATTACKS)('$name', async (attack) => {
      const result = await planted(attack, () => run('plan', '--answers', answers));
      expectBounded(result, attack.code);
      expect((await hostile.exec(['test', '-e', '/tmp/pwned'])).code).toBe(1);
    });

    it.each(['verify', 'status', 'apply'])('%s ends the same way', async (command) => {
      const attack = ATTACKS[0] as Attack;
      const result = await planted(attack, () => run(command, '--answers', answers, ...(command === 'apply' ? ['--yes'] : [])));
      expectBounded(result, 'output-limit');
      expect(await lab.hosts.main.must(`test -e ${LOCK} || echo free`)).toContain('free');
    });

    it('that begins to flood while the lock is held: the lock is released, the others serve their pages', async () => {
      const script = `[ -e ${LOCK} ] && head -c ${MEGABYTES}M /dev/zero; echo Linux`;
      const result = await planted({ tool: 'uname', script }, () => run('apply', '--answers', answers, '--yes'));
      expectBounded(result, 'output-limit');
      expect(await lab.hosts.main.must(`test -e ${LOCK} || echo free`)).toContain('free');
      for (const node of ['main', 'web2']) expect(await pageStatus(lab, node)).toBe('200');
    });

    it('leaves no process behind that still prints', async () => {
      expect((await hostile.exec(['pgrep', '-fa', `head -c ${MEGABYTES}M`])).stdout).toBe('');
    });

    it('can be excluded, and the others continue', async () => {
      const result = await planted(ATTACKS[0] as Attack, async () => {
        const without = await putAnswers(
          lab,
          answersText('redis', (t) => t.replace(/(name: web1,[^}]*)\}/, '$1, state: out, reason: "not trusted"}')),
          '/root/without.yaml',
        );
        return run('plan', '--answers', without);
      });
      expect(result.code, told(result)).toBe(10);
    });
  });
}
