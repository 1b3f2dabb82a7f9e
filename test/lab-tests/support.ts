/** What lab tests share: a lab, the wizard run on its main host as a user would, and looks at the site. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Lab, startLab } from '../lab/index.js';

export const PASSWORD = `pa'ss "wo$rd\`;#\\ü`;

export interface WizardRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The object of `--json`. */
  readonly json: Record<string, any>;
}

/** Folder of the Moodle releases. */
export const treesDir = process.env['MOODLE_TREES'] ?? join(homedir(), '.cache', 'moodle-trees');

/** True when this real release is there; tests on it are skipped with that reason when not. */
export function hasRelease(release: string): boolean {
  return existsSync(join(treesDir, release, 'version.php'));
}

/** The release for daily use: the real 4.5.6 where it is there, else the stand-in; each run says which. */
export function dailyRelease(): string {
  return hasRelease('4.5.6') ? '4.5.6' : 'stand-in';
}

/**
 * The release for tests of the wizard's own ways, not of Moodle's: the stand-in, which the contract holds to the real releases, and which answers in a
 * fraction of the time. With MCW_RELEASES=all they too run on the real one.
 */
export function quickRelease(): string {
  return process.env['MCW_RELEASES'] === 'all' ? dailyRelease() : 'stand-in';
}

/** Releases that the main job is shown on: the daily one; with MCW_RELEASES=all the stand-in and every real one found; else those that it lists, with commas. */
export function releases(): readonly string[] {
  const asked = process.env['MCW_RELEASES'] ?? '';
  if (asked === '') return [dailyRelease()];
  return asked === 'all' ? ['stand-in', ...readdirSync(treesDir).filter(hasRelease).sort().reverse()] : asked.split(',');
}

/** Builds the wizard once for a test run. */
export function buildWizard(): void {
  execFileSync('node', ['test/build.mjs'], { stdio: 'inherit' });
}

/** Starts (or takes up) the lab of these tests, freshly restored. */
export async function labFor(options: {
  readonly release: string;
  readonly webs?: 2 | 3;
  readonly foreignServices?: boolean;
  /** Folders under plugins/ of the releases, laid over the code of every node. */
  readonly plugins?: readonly string[];
  readonly name?: string;
}): Promise<Lab> {
  buildWizard();
  const name = options.name ?? (options.release === '3.8.5' ? 'test38' : 'test');
  const lab = await startLab({
    name,
    release: options.release,
    webs: options.webs ?? 2,
    foreignServices: options.foreignServices ?? false,
    plugins: options.plugins ?? [],
  });
  if (!lab.fresh) await lab.restore();
  console.log(`lab ${name}: Moodle ${options.release}`);
  return lab;
}

/** An answers file of test/answers, with changes made to its text. */
export function answersText(name: string, change: (text: string) => string = (t) => t): string {
  return change(readFileSync(join('test', 'answers', `${name}.yaml`), 'utf8'));
}

/** Puts an answers file on main, readable by root only. */
export async function putAnswers(lab: Lab, text: string, path = '/root/answers.yaml'): Promise<string> {
  await lab.hosts.main.exec(['sh', '-c', 'umask 077; cat > "$1"', 'sh', path], { stdin: text });
  return path;
}

/** Runs the wizard on main as root. */
export async function wizard(lab: Lab, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<WizardRun> {
  // Two minutes of trial in every test would be hours: tests that are about it, or about the whole of the main job, ask for one.
  const trial = args[0] === 'apply' && !args.some((a) => /^--(no-)?trial|^--confirm-within/.test(a)) ? ['--no-trial'] : [];
  const result = await lab.hosts.main.exec(['moodle-cluster-wizard', ...args, ...trial, '--json'], {
    env: { REDIS_PASSWORD: PASSWORD, HOME: '/root', ...env },
    // A link that is gone is tried again for five minutes.
    timeoutMs: 900_000,
  });
  let json: Record<string, any> = {};
  try {
    json = JSON.parse(result.stdout) as Record<string, any>;
  } catch {
    // Told by the test that looks at it, with both streams.
  }
  return { code: result.code, stdout: result.stdout, stderr: result.stderr, json };
}

/** Everything of a failed run that a person needs to see. */
export function told(run: WizardRun): string {
  return `exit ${run.code}\n${JSON.stringify(run.json['error'] ?? run.json['message'] ?? '', null, 1)}\n${run.stderr.slice(-3000)}\n${run.json['command'] ? '' : run.stdout.slice(-3000)}`;
}

const MUC = '/mnt/moodledata/muc/config.php';

/** Hash, owner and mode of the MUC file. */
export async function mucState(lab: Lab): Promise<string> {
  return lab.hosts.main.must(`sha256sum ${MUC} | cut -d' ' -f1; stat -c '%U %G %a' ${MUC}`);
}

/** The MUC configuration as data, read as the web user. */
export async function mucConfig(lab: Lab): Promise<any> {
  const php = `define('MOODLE_INTERNAL', 1); include '${MUC}'; echo json_encode($configuration);`;
  return JSON.parse(await lab.hosts.main.must(['runuser', '-u', 'www-data', '--', 'php', '-r', php]));
}

/** First byte of the login page through a node's own web server: its status. */
export async function pageStatus(lab: Lab, node: string, path = '/login/index.php'): Promise<string> {
  return lab.hosts.main.must(`curl -s -o /dev/null -w '%{http_code}' -H 'Host: moodle.lab' http://${node}${path}`);
}
