/** What the safety tests share: a lab with a foreign site's services, runs stopped and disturbed at a chosen event, a right and a setting to go stale. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab/index.js';
import { isStandIn } from '../lab/site.js';
import { answersText, putAnswers, type WizardRun } from './support.js';

export const NODES = ['main', 'web1', 'web2'] as const;
export const MUC = '/mnt/moodledata/muc/config.php';
export const LOCK = '/mnt/moodledata/muc/moodle-cluster-wizard.lock';
export const RECORD = '/var/lib/moodle-cluster-wizard';

const MARK = 'Mcw5ecret';
/** Every printable ASCII character, quotes and all, and one that is none. */
export const SECRET = `${MARK} ${[...Array(95).keys()].map((i) => String.fromCharCode(32 + i)).join('')}ü`;

/** What stands in base64 for a text, wherever in the encoded text it begins. */
export function base64Forms(mark: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${'-'.repeat(offset)}${mark}`).toString('base64');
    // What the first and the last letters are depends on the neighbours.
    return text.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + Buffer.byteLength(mark)) * 8) / 6));
  });
}

/** Texts that give the secret away: itself, and what stands in base64 wherever it begins. */
export const NEEDLES: readonly string[] = [MARK, ...base64Forms(MARK)];

const file = (name: string) => readFileSync(join(import.meta.dirname, 'files', name));

/** Odd but allowed names everywhere, the password of every character, from a file. */
export function safetyAnswers(change: (text: string) => string = (t) => t): string {
  return answersText('redis', (text) =>
    change(
      text
        .replace(/^cluster: .*$/m, 'cluster: "-Größe 1.0 _ é"')
        .replace(/^stores: auto$/m, 'stores:\n  - {name: "- shared redis_1 -", plugin: redis, service: redis1}\n  - {name: "apcu  local", plugin: apcu}')
        .replace('env:REDIS_PASSWORD', 'file:/root/redis-password'),
    ),
  );
}

/** Puts answers, the password and the helpers of these tests on the hosts. */
export async function prepare(lab: Lab): Promise<void> {
  await putAnswers(lab, safetyAnswers());
  await put(lab, 'main', '/root/redis-password', `${SECRET}\n`, '600');
  await put(lab, 'main', '/root/at-event.sh', file('at-event.sh'), '755');
  await put(lab, 'main', '/usr/local/lib/foreign-edit.php', file('foreign-edit.php'), '644');
  for (const node of NODES) await putRightsPage(lab, node);
}

/** The page and script that tell a right and a setting as a node sees them. */
export async function putRightsPage(lab: Lab, node: string): Promise<void> {
  await put(lab, node, '/var/www/moodle/safety-rights.php', file('rights.php'), '644');
}

export async function put(lab: Lab, host: string, path: string, content: string | Buffer, mode: string): Promise<void> {
  await lab.host(host).must(['sh', '-c', 'umask 077; cat >"$1" && chmod "$2" "$1"', 'sh', path, mode], { stdin: content.toString() });
}

/** Puts the wizard of main, and the Node it runs on, on another host too. */
export async function installWizard(lab: Lab, host: string): Promise<void> {
  const wizard = '/opt/moodle-cluster-wizard';
  const send = (files: string) => `tar -ch ${files} | ssh deploy@${host} "sudo tar -x --no-same-owner -C $PWD"`;
  await lab.host(host).must(`mkdir -p ${wizard}`);
  await lab.hosts.main.must(`set -e; cd ${wizard}; ${send('dist templates package.json')}; cd /usr/local/bin; ${send('node moodle-cluster-wizard')}`);
}

/** Somebody else's edit of the MUC file, with Moodle's own writer: a store instance of that name. */
export const foreignEdit = (name: string) => `runuser -u www-data -- php /usr/local/lib/foreign-edit.php /var/www/moodle ${name}`;

/** The closing object of an event stream, and the stream. */
export interface EventRun extends WizardRun {
  readonly events: readonly Record<string, any>[];
}

/** Runs the wizard on main; at the first event that matches, runs a command there. `$WIZARD` is the process. */
export async function runAtEvent(lab: Lab, pattern: string, command: string, args: readonly string[]): Promise<EventRun> {
  const result = await lab.hosts.main.exec(['bash', '/root/at-event.sh', pattern, command, ...args], { timeoutMs: 600_000 });
  const stdout = await lab.hosts.main.must('cat /root/events.jsonl');
  const words = await lab.hosts.main.must('cat /root/words');
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, any>]));
  return { code: result.code, stdout, stderr: `${result.stderr}${words}`, events, json: events.find((e) => e['type'] === 'result') ?? {} };
}

/** An event of a change, as a pattern. */
export const changeEvent = (id: string, state: string) => `"id":"${id}".*"state":"${state}"`;

/** While the wizard stands still, whatever it is in. */
export const meanwhile = (command: string) => `kill -STOP $WIZARD; ${command} >/root/meanwhile 2>&1; kill -CONT $WIZARD`;

/** Begins to look at all processes of all hosts for the secret. */
export async function watch(lab: Lab, needles: readonly string[] = NEEDLES): Promise<void> {
  for (const host of lab.all) {
    await put(lab, host.name, '/root/watch.pl', file('watch-secrets.pl'), '600');
    await put(lab, host.name, '/root/watch.needles', `${needles.join('\n')}\n`, '600');
    await host.must(
      'rm -f /root/watch.stop /root/watch.found; setsid perl /root/watch.pl </root/watch.needles >/dev/null 2>/root/watch.err & sleep 0.2; rm /root/watch.needles',
    );
  }
}

/** What the watch found, by host; the last line counts how often it looked. */
export async function watched(lab: Lab): Promise<string[]> {
  const found: string[] = [];
  for (const host of lab.all) {
    const text = await host.must(
      'touch /root/watch.stop; for i in $(seq 100); do tail -n 1 /root/watch.found | grep -q ^rounds && break; sleep 0.1; done; cat /root/watch.found /root/watch.err',
    );
    found.push(
      ...text
        .trim()
        .split('\n')
        .map((line) => `${host.name}: ${line}`),
    );
  }
  return found;
}

/** Files (and the system's log) of every host that hold the secret, with owner and mode. */
export async function filesWithSecret(lab: Lab, needles: readonly string[] = NEEDLES): Promise<string[]> {
  const script = [
    'cat >/root/.needles; cd /',
    "grep -rlaF -D skip -f /root/.needles /etc /root /home /tmp /var/tmp /var/log /var/lib/moodle-cluster-wizard /run /dev/shm 2>/dev/null | grep -v -e '^/root/.needles$' | while read -r f; do stat -c '%n %U %a' \"$f\"; done",
    'journalctl -o cat --no-pager 2>/dev/null | grep -qaF -f /root/.needles && echo journal',
    'rm /root/.needles',
  ].join('\n');
  const found = await Promise.all(
    lab.all.map(async (host) => {
      const text = (await host.exec(['sh', '-c', script], { stdin: `${needles.join('\n')}\n` })).stdout.trim();
      return text === '' ? [] : text.split('\n').map((line) => `${host.name}: ${line}`);
    }),
  );
  const shared = await lab.hosts.main.exec(['sh', '-c', 'cat >/root/.needles; grep -rlaF -f /root/.needles /mnt/moodledata; rm /root/.needles'], {
    stdin: `${needles.join('\n')}\n`,
  });
  return [
    ...found.flat(),
    ...shared.stdout
      .trim()
      .split('\n')
      .filter((l) => l !== '')
      .map((l) => `shared: ${l}`),
  ];
}

/** Changes a setting and a right the way Moodle does, on main. */
export async function changeRight(lab: Lab, release: string, value: string, right: 'allow' | 'prevent'): Promise<void> {
  const argv = isStandIn(release)
    ? ['php', '/var/www/moodle/admin/cli/standin.php', `--set=sitename=${value}`, `--right=moodle/site:config=${right === 'allow' ? 'allowed' : 'denied'}`]
    : ['php', '/var/www/moodle/safety-rights.php', '/var/www/moodle', 'change', value, right];
  await lab.hosts.main.must(['runuser', '-u', 'www-data', '--', ...argv]);
}

/** The setting and the right as pages and scripts of every node see them. */
export async function seenRights(lab: Lab, release: string, nodes: readonly string[] = NODES): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const node of nodes) {
    const page = isStandIn(release) ? '/' : '/safety-rights.php';
    const text = await lab.hosts.main.must(['curl', '-s', '-H', 'Host: moodle.lab', `http://${node}${page}`]);
    seen.push(`${node} page: ${isStandIn(release) ? standIn(text) : text.trim()}`);
    if (isStandIn(release)) continue;
    const cli = await lab.host(node).must(['runuser', '-u', 'www-data', '--', 'php', '/var/www/moodle/safety-rights.php', '/var/www/moodle']);
    seen.push(`${node} script: ${cli.trim()}`);
  }
  return seen;
}

function standIn(text: string): string {
  const value = (line: string) => new RegExp(`^${line}: (\\S+)`, 'm').exec(text)?.[1] ?? '?';
  return `${value('setting sitename')} ${value('right moodle/site:config')}`;
}

/** What `seenRights` gives when every node sees this. */
export function allSee(release: string, value: string, right: 'allowed' | 'denied', nodes: readonly string[] = NODES): readonly string[] {
  if (isStandIn(release)) return nodes.map((n) => `${n} page: ${value} ${right}`);
  return nodes.flatMap((n) => [`${n} page: ${value} ${value} ${right}`, `${n} script: ${value} ${value} ${right}`]);
}
