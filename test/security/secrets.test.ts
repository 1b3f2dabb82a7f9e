/**
 * Canary secrets through a whole apply, its trial and its rollback: searched in all that is printed and written, and in the arguments and the
 * environment of every process of every host, in clear, encoded, and as plain hashes.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { OWN_FILES } from '../lab-tests/safety/secrets.js';
import { filesWithSecret, put, watch, watched } from '../lab-tests/safety-lab.js';
import { answersText, putAnswers, type WizardRun } from '../lab-tests/support.js';
import { ENVIRONMENT_SECRET, LATER_SECRET, needlesOf, needlesOfFile, REDIS_SECRET } from './canaries.js';
import { TARGETS, targetLab } from './lab.js';

const SECRET_FILE = '/etc/moodle-cluster-wizard/redis1.secret.conf';

/** The wizard with a secret in its environment that is in no command line. Run by bash, so that a `sh` that has it can only be a child of the wizard. */
const RUN = `MCW_CANARY=$(cat /root/environment-canary); export MCW_CANARY; exec /usr/local/bin/node /opt/moodle-cluster-wizard/dist/bin.js "$@"\n`;

/** web2 asks for a password for sudo. */
const answers = () =>
  answersText('redis', (text) =>
    text
      .replace('{name: web2, host: web2, roles: [web]}', '{name: web2, host: web2, roles: [web], ssh: {user: deploypw, sudo: "password: secret:sudoPassword"}}')
      .replace('redisPassword: env:REDIS_PASSWORD', 'redisPassword: file:/root/redis-password\n  sudoPassword: file:/root/sudo-password'),
  );

/** Where a canary may stand: where it is put by this test, and where the software that needs it reads it. */
const OWN = [/^main: \/root\/(redis-password|redis-password-later|sudo-password|environment-canary) root 600$/, ...OWN_FILES];

describe.each(TARGETS)('secrets on %s', (release) => {
  let lab: Lab;
  let needles: string[];
  /** What was printed, and files for people, by what printed it. */
  const outputs: { readonly from: string; readonly text: string }[] = [];
  const found: string[] = [];
  let processes: readonly string[];
  let searched = 0;

  const run = async (...args: readonly string[]): Promise<WizardRun> => {
    const { code, stdout, stderr } = await lab.hosts.main.exec(['bash', '/root/run-wizard', ...args], { timeoutMs: 900_000 });
    outputs.push({ from: `${args.join(' ')}: stdout`, text: stdout }, { from: `${args.join(' ')}: stderr`, text: stderr });
    return { code, stdout, stderr, json: {} };
  };
  const keep = async (path: string) => outputs.push({ from: path, text: await lab.hosts.main.must(['cat', path]) });
  const search = async (when: string) => {
    found.push(...(await filesWithSecret(lab, needles)).map((line) => `${when}: ${line}`));
    searched += needles.length * (lab.all.length * 2 + 1);
  };

  beforeAll(async () => {
    lab = await targetLab(release);
    const sudo = lab.deploypwPassword().trim();
    needles = [...new Set([REDIS_SECRET, LATER_SECRET, ENVIRONMENT_SECRET, sudo].flatMap(needlesOf))];
    await putAnswers(lab, answers());
    await putAnswers(lab, answers().replace('/root/redis-password', '/root/redis-password-later'), '/root/later.yaml');
    for (const [file, secret] of [
      ['redis-password', REDIS_SECRET],
      ['redis-password-later', LATER_SECRET],
      ['sudo-password', sudo],
      ['environment-canary', ENVIRONMENT_SECRET],
    ] as const)
      await put(lab, 'main', `/root/${file}`, `${secret}\n`, '600');
    await put(lab, 'main', '/root/run-wizard', RUN, '700');
    await watch(lab, needles);
    const codes = [
      await run('answers', 'check', '/root/answers.yaml', '--json'),
      await run('plan', '--answers', '/root/answers.yaml', '--json', '--out', '/root/plan.json', '--report', '/root/report.txt'),
      await run('apply', '--answers', '/root/answers.yaml', '--plan', '/root/plan.json', '--yes', '--trial', '5', '--ndjson'),
    ].map((r) => r.code);
    expect(codes, outputs.map((o) => o.text.slice(-2000)).join('\n')).toEqual([0, 10, 0]);
    for (const path of ['/root/plan.json', '/root/report.txt']) await keep(path);
    // The file is there only now, and from here on a plan could say what it holds.
    needles.push(...needlesOfFile(await lab.hosts.cache1.must(['cat', SECRET_FILE]), REDIS_SECRET));
    await search('after apply');
    for (const command of ['verify', 'status', 'backups']) await run(command, '--answers', '/root/answers.yaml', '--json');
    await run('plan', '--answers', '/root/later.yaml', '--json', '--out', '/root/plan-later.json', '--report', '/root/report-later.txt');
    for (const path of ['/root/plan-later.json', '/root/report-later.txt']) await keep(path);
    await run('plan', '--answers', '/root/later.yaml');
    await run('apply', '--answers', '/root/later.yaml', '--yes', '--no-trial', '--json', '--verbose');
    await search('after the change of the password');
    await run('rollback', '--answers', '/root/later.yaml', '--yes', '--json');
    const last = await run('rollback', '--answers', '/root/answers.yaml', '--yes', '--json');
    expect(last.code, last.stdout + last.stderr).toBe(0);
    await search('after rollback');
    processes = await watched(lab);
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('stand in no arguments and no environment of any process, but in the environment that was given to the wizard itself', () => {
    const rounds = processes.flatMap((line) => /: rounds (\d+)$/.exec(line)?.[1] ?? []).map(Number);
    expect(rounds).toHaveLength(lab.all.length);
    for (const count of rounds) expect(count).toBeGreaterThan(100);
    expect(processes.filter((line) => !/: rounds \d+$/.test(line) && !/^main: environ of (bash|node|MainThread) \(/.test(line))).toEqual([]);
    console.log(`${release}: ${needles.length} texts; looks into all processes, by host: ${rounds.join(', ')}`);
  });

  it('would be seen there: the wizard has the one that it was given', () =>
    expect(processes.some((line) => /^main: environ of (node|MainThread) \(/.test(line))).toBe(true));

  it('stand in no output, plan or report', () => {
    const bad = outputs.flatMap(({ from, text }) => needles.flatMap((needle, i) => (text.includes(needle) ? [`${from}: text ${i}`] : [])));
    console.log(`${release}: ${outputs.length} outputs × ${needles.length} texts; ${searched} searches of the files and logs of a host`);
    expect(bad).toEqual([]);
  });

  it('stand in no file, record, journal or log but those that must hold them', () => {
    expect(found.filter((line) => !OWN.some((own) => own.test(line.replace(/^[^:]*: /, ''))))).toEqual([]);
    expect(found.some((line) => line.includes(SECRET_FILE))).toBe(true);
  });
});
