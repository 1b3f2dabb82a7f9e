/** Ways through the wizard in a terminal, and what a terminal must be like when it is given back. */

import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { afterEach, expect } from 'vitest';
import { fixtureCommand, KEY, type SpawnOptions, spawnFixture, spawnWizard, type WizardProcess } from './harness.js';

/** A block as terminals send it that mark pastes. */
export const PASTE = (text: string) => `\u001b[200~${text}\u001b[201~`;

/** The question for Moodle's folder, which becomes a choice once sites are found on this machine. */
const FOLDER = /(In which folder|Which Moodle)/;

/** What tells one page from another: the first row of its body, which background work does not change while Enter does something. */
function pageOf(screen: readonly string[]): string {
  const body = screen.findIndex((row, i) => row.trim() === '' && i > 0);
  const first = screen.slice(body).find((row) => row.trim() !== '') ?? '';
  return FOLDER.test(first) ? 'the folder' : first;
}

/** Presses Enter, once for each page that comes, until a text is there. */
export async function enterUntil(wizard: WizardProcess, text: string | RegExp): Promise<void> {
  const shown = () => wizard.screen().join('\n');
  const has = () => (typeof text === 'string' ? shown().includes(text) : text.test(shown()));
  // Only where Enter does something: while the wizard works, or before sites are found, it would be lost.
  const ready = () => /Enter (start|ok|next|add)/.test(shown()) && !(pageOf(wizard.screen()) === 'the folder' && /❯ *$/m.test(shown()));
  for (;;) {
    await wizard.until(() => has() || ready(), `"${String(text)}", or a page that takes Enter`);
    if (has()) return;
    const page = pageOf(wizard.screen());
    wizard.type(/Password of/.test(shown()) && !shown().includes('empty: keep') ? 's3cret-word\rs3cret-word\r' : KEY.enter);
    await wizard.until(() => pageOf(wizard.screen()) !== page, `the page after "${page}"`);
  }
}

export async function toPlan(wizard: WizardProcess): Promise<void> {
  await wizard.waitFor('Enter start', { timeoutMs: 30_000 });
  await enterUntil(wizard, 'p to build the plan');
  wizard.type('p');
  await wizard.waitFor('a approve');
}

export async function toRun(wizard: WizardProcess): Promise<void> {
  await toPlan(wizard);
  wizard.type('a');
  await wizard.waitFor('y yes');
  wizard.type('y');
}

const PROMPT = /^(\? |\+)|: *$/;

/** Waits until a prompt waits for its answer, the cursor in it: what is typed before is lost. `text`: what must have been printed before it. */
export async function atPrompt(wizard: WizardProcess, text?: string): Promise<void> {
  if (text !== undefined) await wizard.waitFor(text, { anywhere: true });
  await wizard.until(() => PROMPT.test(wizard.cursorLine()), 'a prompt');
}

/** Answers every prompt with its default until one waits after a text. */
export async function defaultsUntil(wizard: WizardProcess, text: string): Promise<void> {
  const said = () => wizard.history().join('\n').includes(text);
  for (;;) {
    await atPrompt(wizard);
    if (said()) return;
    const { active } = wizard.terminal.buffer;
    const row = () => active.baseY + active.cursorY;
    const before = row();
    wizard.type(KEY.enter);
    // The same question may be asked again, a few rows below.
    await wizard.until(() => row() !== before, 'what follows the answer');
  }
}

/** Whether keys reach the program one by one: it has the terminal, and not the shell. */
export function takesKeys(wizard: WizardProcess): boolean {
  const terminal = readlinkSync(`/proc/${wizard.pid}/fd/0`);
  return spawnSync('stty', ['-a', '-F', terminal], { encoding: 'utf8' }).stdout.includes('-icanon');
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
      shell.type('echo "code=$?"; stty -a; echo given""-back\r');
      await shell.waitFor('given-back', { anywhere: true });
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

/** From the first screen to the approval of an unfinished run that is resumed: a prompt in the middle of a run. */
export async function toApproval(mode: 'ink' | 'plain', shell: WizardProcess): Promise<void> {
  if (mode === 'ink') {
    const answer = async (text: string, keys: string) => {
      await shell.waitFor(text);
      shell.type(keys);
    };
    await answer('Enter start', KEY.enter);
    await answer('z roll back', 'r');
    await answer('redis1Password', 'typed-word\r');
    await shell.waitFor('a approve');
  } else {
    const answer = async (text: string, keys: string) => {
      await atPrompt(shell, text);
      shell.type(keys);
    };
    await answer('1. Start', KEY.enter);
    await answer('View log', '1\r');
    await answer('redis1Password', 'typed-word\r');
    await atPrompt(shell, 'Approve and run');
  }
}

/** Approves what `toApproval` came to. */
export async function approveRun(mode: 'ink' | 'plain', shell: WizardProcess): Promise<void> {
  if (mode === 'plain') return shell.type('2\r');
  shell.type('a');
  await shell.waitFor('y yes');
  shell.type('y');
}

/** Drawn once a run has started. A plan shows its stages too, but not how many changes are done. */
export const UNDER_WAY = { ink: /[1-9]\d* of \d+ done/, plain: 'Stage: cache services' } as const;

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
