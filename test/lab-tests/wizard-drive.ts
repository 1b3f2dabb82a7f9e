/** The whole main job by key presses: what is asked, in order, and what a person presses in each front end. */

import { join } from 'node:path';
import type { Lab } from '../lab/index.js';
import { KEY, spawnWizard, type WizardProcess } from '../pty/harness.js';
import { PASSWORD } from './support.js';

/** Where the wizard saves the answers on main. */
export const SAVED = '/root/typed.yaml';

/** A question by words that stand on the screen, and the keys that answer it: full screen, line by line. */
interface Step {
  readonly asked: string;
  readonly ink: string;
  readonly plain: string;
}

const CLEAR = '\u0015';
const NODES = ['web1 web1 web', 'web2 web2 web', 'cache1 cache1 cache'];
const paste = (lines: readonly string[]) => `\u001b[200~${lines.join('\n')}\n\u001b[201~`;
const enter = (asked: string): Step => ({ asked, ink: KEY.enter, plain: KEY.enter });
const typed = (asked: string, text: string): Step => ({ asked, ink: `${CLEAR}${text}${KEY.enter}`, plain: `${text}${KEY.enter}` });
const choose = (asked: string, number: number): Step => ({
  asked,
  ink: `${number}${KEY.enter}`,
  plain: `${number}${KEY.enter}`,
});

/** Everything up to the survey, as test/answers/typed.yaml says it. */
const QUESTIONS: readonly Step[] = [
  enter('Which Moodle is it?'),
  typed('What do you call this cluster?', 'lab'),
  { asked: 'Which machines belong to the cluster?', ink: `${paste(NODES)}${KEY.enter}`, plain: `${NODES.join(KEY.enter)}${KEY.enter}${KEY.enter}` },
  typed('Which user logs in', 'deploy'),
  enter('What should happen with unknown'),
  enter('How does this user get root privileges?'),
  typed('How many people use the site', '2000'),
  choose('How fast is the disk', 2),
  choose('What matters most?', 3),
];

const AFTER_ADVICE: readonly Step[] = [
  choose('Which cache service should', 1),
  enter('What is the name of this service?'),
  enter('Who manages this service?'),
  enter('On which node does it run?'),
  enter('On which port?'),
  typed('How much memory may it use?', '256m'),
  { asked: 'Password of redis1', ink: `${PASSWORD}${KEY.enter}${PASSWORD}${KEY.enter}`, plain: `${PASSWORD}${KEY.enter}` },
  enter('Add another cache service?'),
  enter('How should missing PHP modules'),
  enter('Which cache stores should'),
  enter('Which store serves which'),
  enter('Your own mappings, one per'),
];

/** The wizard on main in a terminal of this machine, over SSH as users have it. */
export function startWizard(lab: Lab, size: { readonly cols: number; readonly rows: number }, args: readonly string[] = []): WizardProcess {
  const ssh = ['ssh', '-t', '-i', join(lab.sshDir, 'id_ed25519'), '-o', `UserKnownHostsFile=${join(lab.sshDir, 'known_hosts')}`];
  const login = ['-o', 'IdentitiesOnly=yes', '-o', 'LogLevel=ERROR', `deploy@${lab.hosts.main.ip}`];
  return spawnWizard([...ssh, ...login, 'sudo', 'moodle-cluster-wizard', '--answers', SAVED, ...args], size);
}

/** Real hosts are asked, and packages installed, while a person waits. */
const PATIENT = { timeoutMs: 400_000 };

/** From the first screen to the proof on the full screen, the trial kept. `look` is called on every screen that stands still. */
export async function driveInk(wizard: WizardProcess, look: (name: string) => Promise<void> | void): Promise<void> {
  const answer = async ({ asked, ink }: Step) => {
    await wizard.waitFor(asked, PATIENT);
    await look(asked);
    wizard.type(ink);
  };
  const press = async (screen: string | RegExp, keys: string) => {
    await wizard.waitFor(screen, PATIENT);
    await look(String(screen));
    wizard.type(keys);
  };
  await press('Enter start', KEY.enter);
  for (const step of QUESTIONS) await answer(step);
  await press('Enter next', KEY.enter);
  await press('Survey complete.', KEY.enter);
  await press('* would change.', KEY.enter);
  for (const step of AFTER_ADVICE) await answer(step);
  await press('p to build the plan', 'p');
  await press('a approve', 'a');
  await press('y yes', 'y');
  await wizard.waitFor('Ctrl+C stop', PATIENT);
  await look('the run');
  await press('k keep', 'k');
  await press('Enter finish', KEY.enter);
}

/** The same line by line. */
export async function drivePlain(wizard: WizardProcess): Promise<void> {
  let seen = 0;
  /** Waits for words that were not there before, then for the prompt below them. */
  const next = async (words: string, prompt: RegExp, keys: string) => {
    const fresh = () => wizard.history().slice(seen).join('\n');
    await wizard.until(
      () => fresh().includes(words) && prompt.test(fresh().slice(Math.max(0, fresh().indexOf(words)))),
      `"${words}" and its prompt`,
      PATIENT.timeoutMs,
    );
    seen = wizard.history().findLastIndex((line) => line.trim() !== '') + 1;
    wizard.type(keys);
  };
  const PROMPT = /^(\? |\+ )/m;
  await next('1. Start', PROMPT, KEY.enter);
  for (const step of QUESTIONS) await next(step.asked, PROMPT, step.plain);
  await next('Show every definition', PROMPT, KEY.enter);
  for (const step of AFTER_ADVICE) {
    await next(step.asked, PROMPT, step.plain);
    if (step.asked.startsWith('Password')) await next('? Type it again', PROMPT, step.plain);
  }
  await next('Type a number to change that answer', PROMPT, KEY.enter);
  await next('Approve and run', PROMPT, `2${KEY.enter}`);
  await next('Keep the new mappings', PROMPT, `1${KEY.enter}`);
}
