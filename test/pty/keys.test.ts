/** Keys as they come in life: held down, typed too early, wide, and Ctrl+Z; in both front ends. */

import { afterEach, describe, expect, it } from 'vitest';
import { approveRun, atPrompt, defaultsUntil, enterUntil, PASTE, startInShell, takesKeys, toApproval, UNDER_WAY } from './drive.js';
import { KEY, spawnFixture, type WizardProcess } from './harness.js';

const started: WizardProcess[] = [];

function start(mode: 'ink' | 'plain', fake: object = {}, options: Parameters<typeof spawnFixture>[2] = {}): WizardProcess {
  const wizard = spawnFixture(mode, { pace: 5, ...fake }, { initial: false, ...options });
  started.push(wizard);
  return wizard;
}

async function toName(mode: 'ink' | 'plain', wizard: WizardProcess): Promise<void> {
  await wizard.waitFor(/Enter start|Number/, { anywhere: true });
  await (mode === 'ink' ? enterUntil : defaultsUntil)(wizard, 'What do you call');
}

afterEach(() => {
  for (const wizard of started.splice(0)) wizard.kill('SIGKILL');
});

const TIMES = 300;
const TORN = /\[[AB]|\u001b/;

describe('a key held down', () => {
  it('walks a table to its end and back, and stops there', async () => {
    const wizard = start('ink', {}, { initial: true });
    await wizard.waitFor('Enter start');
    await enterUntil(wizard, '1 of 30');
    wizard.type(KEY.down.repeat(TIMES));
    await wizard.waitFor('30 of 30');
    wizard.type(KEY.up.repeat(TIMES));
    await wizard.waitFor(/\b1 of 30/);
    expect(wizard.screen().join('\n')).not.toMatch(TORN);
  });

  it.each(['ink', 'plain'] as const)('%s: types each of its letters, and takes each away', async (mode) => {
    const wizard = start(mode);
    await toName(mode, wizard);
    wizard.type(`\u0015${'x'.repeat(TIMES)}`);
    await wizard.waitFor('xxxxxxxxxx');
    wizard.type(KEY.backspace.repeat(TIMES - 3));
    await wizard.waitFor(/ x{3} *$/m);
    wizard.type('yz\r');
    await wizard.waitFor('Which machines', { anywhere: true });
    if (mode === 'ink') wizard.type(KEY.escape);
    else {
      await atPrompt(wizard);
      wizard.type(':back\r');
    }
    await wizard.waitFor(mode === 'ink' ? '❯ xxxyz' : '(xxxyz)', { anywhere: true });
  });

  it('never approves: a, held down on the plan, begins nothing', async () => {
    const wizard = start('ink', { unfinished: true });
    await toApproval('ink', wizard);
    wizard.type('a'.repeat(TIMES));
    await wizard.waitFor('y yes');
    await wizard.settle(300);
    expect(wizard.screen().join('\n')).toContain('y yes');
  });
});

describe('keys before the first screen', () => {
  it('full screen: are taken when it is ready', async () => {
    const wizard = start('ink', {}, { initial: true });
    // Begin, and the folder that the answers name.
    wizard.type('\r\r');
    await wizard.waitFor('What do you call');
  });

  it('line by line: answer nothing that was not shown yet, and the first question waits', async () => {
    const wizard = start('plain');
    wizard.type('\r\rx');
    await wizard.waitFor('? Number', { anywhere: true });
    await wizard.settle(500);
    expect(wizard.history().join('\n')).not.toContain('Which Moodle');
    wizard.type(KEY.enter);
    await wizard.waitFor('Which Moodle', { anywhere: true });
  });

  it('Ctrl+C ends it', async () => {
    const wizard = start('ink');
    await wizard.until(() => wizard.raw().includes('\u001b[?2004h'), 'the first bytes');
    wizard.type(KEY.ctrlC);
    expect(await wizard.exited()).toMatchObject({ exitCode: 130 });
  });
});

describe('wide characters at 60 columns', () => {
  const WIDE = '日本大学👩‍💻e\u0301';

  it('are shown and refused in the name of the cluster, and nothing is torn', async () => {
    const wizard = start('ink', {}, { cols: 60, rows: 15 });
    await toName('ink', wizard);
    const before = wizard.screen().slice(0, 4);
    wizard.type(`\u0015${WIDE.repeat(4)}`);
    await wizard.waitFor('日本大学');
    expect(wizard.screen().slice(0, 4)).toEqual(before);
    wizard.type(KEY.enter);
    await wizard.waitFor(/must be/i);
    expect(wizard.screen().slice(-2).join('').trim(), 'two rows stay free').toBe('');
    // Each goes with one press: four of two columns, the two that an invisible joiner made one, one with an accent.
    wizard.type(KEY.backspace.repeat(7 * 4));
    await wizard.waitFor(/❯ *$/m);
    wizard.type('north\r');
    await wizard.waitFor('Which machines');
    expect(wizard.screen().join('\n')).toContain('north');
  });

  it('are taken in the name where they are letters, and the heading keeps its place', async () => {
    const wizard = start('ink', {}, { cols: 60, rows: 15 });
    await toName('ink', wizard);
    // The accent comes apart from its letter, as some keyboards send it.
    wizard.type('\u0015日本大学 Universite\u0301\r');
    await wizard.waitFor('Which machines');
    for (const page of ['Which machines', 'p to build the plan']) {
      await enterUntil(wizard, page);
      const [top = ''] = wizard.screen();
      expect(top).toContain('日本大学 Université');
      expect(top).toMatch(/ \d of 8$/);
      expect(wizard.screen().slice(-2).join('').trim(), 'two rows stay free').toBe('');
    }
  });

  it('are refused in the names of nodes, typed and pasted', async () => {
    const wizard = start('ink', {}, { cols: 60, rows: 15 });
    await toName('ink', wizard);
    wizard.type(KEY.enter);
    await wizard.waitFor('Which machines');
    wizard.type(PASTE(`web1 10.0.0.21 web\n${WIDE} 10.0.0.22 web\n${WIDE}2 10.0.0.23 web\nweb4 10.0.0.24 web\n`));
    await wizard.waitFor('2 added, 2 invalid');
    await wizard.waitFor('日本大学');
    expect(wizard.screen().slice(-2).join('').trim(), 'two rows stay free').toBe('');
  });

  it('are shown and refused line by line', async () => {
    const wizard = start('plain', {}, { cols: 60, rows: 30 });
    await toName('plain', wizard);
    wizard.type(`${WIDE}\r`);
    // The help of a question before it has the words too.
    await wizard.waitFor(/^> must be/im, { anywhere: true });
    wizard.type('\u0015north\r');
    await wizard.waitFor('Which machines', { anywhere: true });
  });
});

describe('Ctrl+Z', () => {
  it.each(['ink', 'plain'] as const)('%s: at a question keeps what is typed, and fg goes on with it', async (mode) => {
    const { shell, expectGivenBack } = await startInShell(mode, { pace: 5 }, { initial: false });
    started.push(shell);
    await toName(mode, shell);
    shell.type('\u0015nor');
    await shell.waitFor(/ nor *$/m);
    shell.type(KEY.ctrlZ);
    await shell.waitFor('Stopped', { anywhere: true });
    shell.type('echo hel""lo\r');
    await shell.waitFor('hello', { anywhere: true });
    shell.type('fg\r');
    await shell.until(() => takesKeys(shell), 'the wizard with the terminal');
    shell.type('th\r');
    await shell.waitFor('Which machines', { anywhere: true });
    expect(shell.history().join('\n')).toContain('north');
    shell.type(KEY.ctrlC);
    await expectGivenBack(130);
  });

  it.each(['ink', 'plain'] as const)('%s: is refused while changes are under way', async (mode) => {
    const { shell } = await startInShell(mode, { pace: 150, unfinished: true });
    started.push(shell);
    await toApproval(mode, shell);
    await approveRun(mode, shell);
    await shell.waitFor(UNDER_WAY[mode], { ever: true });
    shell.type(KEY.ctrlZ);
    await shell.waitFor('Cannot suspend during a run', { ever: true });
    await shell.waitFor(/checks passed/, { anywhere: true });
    expect(shell.history().join('\n')).not.toContain('Stopped');
  });
});
