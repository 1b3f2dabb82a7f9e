/** Ways through the wizard in a terminal, and what a terminal must be like when it is given back. */

import { readFileSync } from 'node:fs';
import { afterEach, expect } from 'vitest';
import { fixtureCommand, KEY, type SpawnOptions, spawnFixture, spawnWizard, type WizardProcess } from './harness.js';

/** A block as terminals send it that mark pastes. */
export const PASTE = (text: string) => `\u001b[200~${text}\u001b[201~`;

/** Presses Enter, once for each screen that comes, until a text is there. */
export async function enterUntil(wizard: WizardProcess, text: string | RegExp): Promise<void> {
  const end = Date.now() + 60_000;
  const has = () => (typeof text === 'string' ? wizard.screen().join('\n').includes(text) : text.test(wizard.screen().join('\n')));
  while (!has() && Date.now() < end) {
    const before = wizard.screen().join('\n');
    // Only where Enter does something: while the wizard is at work it would be lost.
    if (before.includes('Password of') && !before.includes('empty: as before')) wizard.type('s3cret-word\rs3cret-word\r');
    else if (/Enter (begin|ok|go on|add)/.test(before)) wizard.type(KEY.enter);
    const patience = Date.now() + 15_000;
    // Not the rows at the foot: what is said there may change before the key has been taken.
    const body = () => wizard.screen().slice(0, -4).join('\n');
    const was = before.split('\n').slice(0, -4).join('\n');
    while (body() === was && Date.now() < patience) await wizard.settle(20);
    await wizard.settle(60);
  }
  await wizard.waitFor(text);
}

export async function toPlan(wizard: WizardProcess): Promise<void> {
  await wizard.waitFor('Enter begin', { timeoutMs: 30_000 });
  await enterUntil(wizard, 'p works out the plan');
  wizard.type('p');
  await wizard.waitFor('a approve');
}

export async function toRun(wizard: WizardProcess): Promise<void> {
  await toPlan(wizard);
  wizard.type('a');
  await wizard.waitFor('y yes');
  wizard.type('y');
}

/** The line that waits for an answer. */
const prompt = (wizard: WizardProcess) =>
  wizard
    .screen()
    .filter((l) => l.trim() !== '')
    .at(-1) ?? '';
const WAITS = /^(\? |\+|.*\): ?$|Answer|Number|yes or no|Password)/;

/** Answers every prompt with its default until a text has been said. */
export async function defaultsUntil(wizard: WizardProcess, text: string): Promise<void> {
  const end = Date.now() + 60_000;
  const said = () => wizard.history().join('\n').includes(text);
  while (Date.now() < end) {
    await wizard.settle(100);
    if (said()) return;
    const before = wizard.history().join('\n');
    if (WAITS.test(prompt(wizard))) wizard.type(KEY.enter);
    const patience = Date.now() + 5000;
    while (wizard.history().join('\n') === before && Date.now() < patience) await wizard.settle(40);
  }
  await wizard.waitFor(text, { anywhere: true });
}

/** The wizard as the one job of a shell, which shows what is left of the terminal and the exit code. */
export interface InShell {
  readonly shell: WizardProcess;
  /** Sends a signal to the wizard alone, as `kill` does. */
  kill(signal: NodeJS.Signals): void;
  /** Waits until the shell has the terminal again: exit code, line mode, echo, cursor and pastes must be in order. */
  expectGivenBack(exitCode: number): Promise<void>;
}

export async function startInShell(mode: 'ink' | 'plain', fake: object, options: SpawnOptions & { readonly initial?: boolean } = {}): Promise<InShell> {
  const shell = spawnWizard(['sh', '-i'], { ...options, env: { PS1: 'PROMPT> ', ENV: '', ...options.env } });
  await shell.waitFor('PROMPT>');
  shell.type(`${fixtureCommand(mode, fake, options.initial !== false).join(' ')}\r`);
  const children = () => readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  await shell.until(() => children().length === 1, 'the wizard as a job');
  const [pid = 0] = children();
  return {
    shell,
    kill: (signal) => process.kill(pid, signal),
    async expectGivenBack(exitCode) {
      await shell.until(() => children().length === 0, 'the end of the wizard');
      await shell.settle(200);
      shell.type('echo "code=$?"; stty -a\r');
      await shell.waitFor(/code=\d+/, { anywhere: true });
      await shell.waitFor(/-?echo\b/, { anywhere: true });
      await shell.settle(200);
      const said = shell.history().join('\n');
      expect(said).toContain(`code=${exitCode}`);
      const settings = said.slice(said.lastIndexOf('code='));
      expect(settings).toMatch(/(^|\s)icanon\s/);
      expect(settings).toMatch(/(^|\s)echo\s/);
      const raw = shell.raw();
      expect(raw.lastIndexOf('\u001b[?25h'), 'the cursor is shown').toBeGreaterThanOrEqual(raw.lastIndexOf('\u001b[?25l'));
      expect(raw.lastIndexOf('\u001b[?2004l'), 'pastes are not marked').toBeGreaterThanOrEqual(raw.lastIndexOf('\u001b[?2004h'));
    },
  };
}

/** From the first screen to the approval of a run on record that is gone on with: a prompt in the middle of a run. */
export async function toApproval(mode: 'ink' | 'plain', shell: WizardProcess): Promise<void> {
  const answer = async (text: string, keys: string) => {
    await shell.waitFor(text, { anywhere: true, timeoutMs: 30_000 });
    await shell.settle(200);
    shell.type(keys);
  };
  if (mode === 'ink') {
    await answer('Enter begin', KEY.enter);
    await answer('z roll back', 'r');
    await answer('redis1Password', 'typed-word\r');
    await shell.waitFor('a approve');
  } else {
    await answer('Begin', KEY.enter);
    await answer('Look at its journal', '1\r');
    await answer('redis1Password', 'typed-word\r');
    await shell.waitFor('Approve and run', { anywhere: true });
    await shell.settle(200);
  }
}

/** Approves what `toApproval` came to. */
export async function approveRun(mode: 'ink' | 'plain', shell: WizardProcess): Promise<void> {
  if (mode === 'plain') return shell.type('2\r');
  shell.type('a');
  await shell.waitFor('y yes');
  shell.type('y');
}

/** What is on the screen when a run has begun; a plan speaks of its stages too. */
export const UNDER_WAY = { ink: /Stage 1 of 3|\d of 12 done/, plain: 'Stage: cache services' } as const;

/** Clears what has scrolled off the screen: never to be sent. */
export const WIPES_SCROLLBACK = '\u001b[3J';

/** Starts full screens with a stand-in for the app, and ends them after each test. */
export function inkFixtures(): (fake?: object, options?: Parameters<typeof spawnFixture>[2]) => WizardProcess {
  const started: WizardProcess[] = [];
  afterEach(() => {
    for (const wizard of started.splice(0)) wizard.kill('SIGKILL');
  });
  return (fake = {}, options = {}) => {
    const wizard = spawnFixture('ink', { pace: 5, ...fake }, { initial: true, ...options });
    started.push(wizard);
    return wizard;
  };
}
