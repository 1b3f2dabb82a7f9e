/** What the tests of a change of user share: hostile PHP on a host, a root terminal to run things in, and what came of the attack. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab/index.js';

const DIR = '/mnt/moodledata/hostile';
const file = (name: string): string => readFileSync(join(import.meta.dirname, 'files', name), 'utf8');

/** Puts the attack before every PHP of the command line on main, as a web user who was taken over could have it in Moodle's own code. */
export async function plantHostilePhp(lab: Lab): Promise<void> {
  const { main } = lab.hosts;
  await main.must(`install -d -o www-data -g www-data -m 0777 ${DIR}`);
  for (const name of ['hostile.pl', 'hostile.php']) await main.must(['sh', '-c', 'cat >"$1"; chmod 644 "$1"', 'sh', `${DIR}/${name}`], { stdin: file(name) });
  await main.must(['sh', '-c', 'cat >"$1"', 'sh', '/root/terminal.sh'], { stdin: file('terminal.sh') });
  await main.must(`for d in /etc/php/*/cli/conf.d; do echo 'auto_prepend_file=${DIR}/hostile.php' >"$d/99-hostile.ini"; done`);
}

export async function removeHostilePhp(lab: Lab): Promise<void> {
  await lab.hosts.main.must(`rm -rf /etc/php/*/cli/conf.d/99-hostile.ini ${DIR}`);
}

/** Switches a behaviour of the hostile PHP (hang, flood) on or off. */
export async function hostile(lab: Lab, what: 'hang' | 'flood', on: boolean): Promise<void> {
  await lab.hosts.main.must(on ? `touch ${DIR}/${what}` : `rm -f ${DIR}/${what}`);
}

export interface Attack {
  /** Everything that reached the administrator's screen. */
  readonly screen: string;
  /** Lines of the attacker's report: each one attempt and its result. */
  readonly report: readonly string[];
  /** Exit code of the command, null when it did not end in time. */
  readonly code: number | null;
  readonly seconds: number;
  /** What a line typed by the attacker would have made. */
  readonly pwned: string;
}

/** Runs a command in a root terminal on main while PHP is hostile. */
export async function inTerminal(lab: Lab, command: string, seconds = 120): Promise<Attack> {
  const { main } = lab.hosts;
  await main.must(`rm -f ${DIR}/report /tmp/pwned`);
  const started = performance.now();
  const screen = await main.must(['sh', '/root/terminal.sh', String(seconds), command], { timeoutMs: (seconds + 30) * 1000 });
  const code = /^MCW-2-DONE (\d+)/m.exec(screen)?.[1];
  return {
    screen,
    report: (await main.must(`cat ${DIR}/report 2>/dev/null; true`)).split('\n').filter((line) => line !== ''),
    code: code === undefined ? null : Number(code),
    seconds: Math.round((performance.now() - started) / 1000),
    pwned: await main.must('cat /tmp/pwned 2>/dev/null; true'),
  };
}

/**
 * Attempts that had an effect, and what of the attacker's reached the screen; empty when nothing did.
 * @param own variables that the program which changes user sets itself
 */
export function effects(attack: Attack, own: readonly string[] = []): readonly string[] {
  // PHP holds its own script open.
  const report = attack.report.filter((line) => !/^fd \d+ \S+\.php$/.test(line));
  const done = report.filter((line) =>
    /^(terminal device|session shared|dev-tty opened|typed \d+ accepted|device |fd |canary (?!no)|signal \d+ delivered|ptrace \d+ attached)/.test(line),
  );
  const environment = attack.report
    .filter((line) => line.startsWith('env '))
    .flatMap((line) => line.slice(4).split(','))
    .filter((name) => !['PATH', 'LC_ALL', 'HOME', 'PWD', 'SHLVL', '_', 'OLDPWD', ...own].includes(name));
  return [
    ...new Set([
      ...done,
      ...environment.map((name) => `environment ${name}`),
      ...(attack.screen.includes('\x1b]0;PWNED') || attack.screen.includes('\x1b[6n') || attack.screen.includes('\x9b6n')
        ? ['escape sequence on the screen']
        : []),
      ...(attack.pwned === '' ? [] : [`typed: ${attack.pwned.trim()}`]),
    ]),
  ];
}

/** How many attempts a report holds. */
export function attempts(attack: Attack): number {
  return attack.report.filter((line) => !/^(run|end) /.test(line)).length;
}
