import { describe, expect, it } from 'vitest';
import { enterUntil, inkFixtures, PASTE, toPlan, toRun, WIPES_SCROLLBACK } from './drive.js';
import { fixtureCommand, KEY, spawnWizard, type WizardProcess } from './harness.js';

const start = inkFixtures();

function expectFits(wizard: WizardProcess, rows: number): void {
  const screen = wizard.screen();
  expect(
    screen
      .slice(rows - 2)
      .join('')
      .trim(),
    'two rows stay free',
  ).toBe('');
  expect(wizard.raw()).not.toContain(WIPES_SCROLLBACK);
}

describe.each([
  [60, 15],
  [80, 24],
  [160, 50],
])('the full screen at %i × %i', (cols, rows) => {
  it('goes from the first question to the proof', async () => {
    const wizard = start({}, { cols, rows, initial: false });
    await wizard.waitFor('Enter start');
    expectFits(wizard, rows);
    await enterUntil(wizard, 'Which machines');
    wizard.type(PASTE('web1 10.0.0.21 web\nweb2 10.0.0.22\ncache1 10.0.0.41\ndb1 10.0.0.31\n'));
    await wizard.waitFor('4 added');
    expectFits(wizard, rows);
    await enterUntil(wizard, '1 of 30');
    expectFits(wizard, rows);
    await enterUntil(wizard, 'p to build the plan');
    expectFits(wizard, rows);
    wizard.type('p');
    await wizard.waitFor('a approve');
    expectFits(wizard, rows);
    wizard.type('a');
    await wizard.waitFor('y yes');
    wizard.type('y');
    await wizard.waitFor('Enter finish');
    expectFits(wizard, rows);
    wizard.type(KEY.enter);
    expect(await wizard.exited()).toMatchObject({ exitCode: 0 });
    const text = wizard.history().join('\n');
    expect(text).toContain('All 9 checks passed');
    expect(text).toContain('Answers saved in answers.yaml');
    expect(text).toMatch(/main\s+ready 0\.6 ms/);
  });

  it('shows its help and comes back', async () => {
    const wizard = start({}, { cols, rows });
    await wizard.waitFor('Enter start');
    wizard.type('?');
    await wizard.waitFor('Esc close');
    expectFits(wizard, rows);
    wizard.type(KEY.escape);
    await wizard.waitFor('Enter start');
  });
});

describe('Ctrl+C', () => {
  it('at a question saves, tells how to come back, and ends with 130', async () => {
    const wizard = start({}, { initial: false });
    await wizard.waitFor('Enter start');
    await enterUntil(wizard, 'What do you call');
    wizard.type(KEY.ctrlC);
    expect(await wizard.exited()).toMatchObject({ exitCode: 130 });
    expect(wizard.history().join('\n')).toContain('To resume: moodle-cluster-wizard --answers answers.yaml');
    expect(wizard.raw()).toContain('\u001b[?25h');
    expect(wizard.raw()).toContain('\u001b[?2004l');
  });

  it('during a run stops after the change that is under way', async () => {
    const wizard = start({ pace: 150 });
    await toRun(wizard);
    await wizard.waitFor('Ctrl+C stop');
    wizard.type(KEY.ctrlC);
    await wizard.waitFor('Stopping after the current change', { ever: true });
    await wizard.waitFor('Stopped as you asked');
    wizard.type('q');
    expect(await wizard.exited()).toMatchObject({ exitCode: 130 });
    expect(wizard.history().join('\n')).toContain('--resume');
  });

  it('twice aborts, and the outcome is told as unknown', async () => {
    const slow = start({ pace: 400 });
    await toRun(slow);
    await slow.waitFor('Ctrl+C stop');
    slow.type(KEY.ctrlC + KEY.ctrlC);
    await slow.waitFor(/Aborted during[\s\S]*unknown/);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s leaves the terminal in order with %i', async (signal, exitCode) => {
    const wizard = start();
    await wizard.waitFor('Enter start');
    wizard.kill(signal);
    expect(await wizard.exited()).toMatchObject({ exitCode });
    expect(wizard.raw()).toContain('\u001b[?25h');
  });
});

describe('Ctrl+Z', () => {
  it('gives the shell back, and comes back with the screen as it was', async () => {
    const shell = spawnWizard(['bash', '--norc', '-i'], { env: { PS1: 'PROMPT> ' } });
    try {
      await shell.waitFor('PROMPT');
      shell.type(`${fixtureCommand('ink', { pace: 5 }, true).join(' ')}\r`);
      await shell.waitFor('Enter start');
      shell.type(KEY.ctrlZ);
      await shell.waitFor('Stopped');
      shell.type('echo hel""lo\r');
      await shell.waitFor('hello');
      shell.type('fg\r');
      await shell.waitFor('Enter start');
      expect(shell.history().join('\n')).toContain('hello');
    } finally {
      shell.kill('SIGKILL');
    }
  });
});

describe('keys and pastes', () => {
  it('takes 200 pasted nodes, none lost and none doubled', async () => {
    const wizard = start({}, { initial: false });
    await wizard.waitFor('Enter start');
    await enterUntil(wizard, 'Which machines');
    wizard.type(PASTE(Array.from({ length: 200 }, (_, i) => `node${i} 10.0.${Math.floor(i / 250)}.${i + 1} web`).join('\r\n')));
    await wizard.waitFor('200 added');
    await wizard.waitFor('201. node199 10.0.0.200 web');
  });

  it('takes the first line of a paste into a field of one line, and says so', async () => {
    const wizard = start({}, { initial: false });
    await wizard.waitFor('Enter start');
    await enterUntil(wizard, 'What do you call');
    wizard.type(`\u0015${PASTE('north\nsouth\n')}`);
    await wizard.waitFor('Only the first pasted line');
    await wizard.waitFor('❯ north');
  });

  it('loses nothing that is typed ahead', async () => {
    const wizard = start({}, { initial: false });
    await wizard.waitFor('Enter start');
    await enterUntil(wizard, 'What do you call');
    wizard.type('\u0015alpha\r');
    // At once, before the next question can have been drawn.
    wizard.type('web1 10.0.0.21\r\rdeploy');
    await wizard.waitFor('Which user logs in');
    await wizard.waitFor('❯ deploy');
    expect(wizard.screen().join('\n')).toContain('alpha');
  });

  it('goes back with every answer kept', async () => {
    const wizard = start({}, { initial: false });
    await wizard.waitFor('Enter start');
    await enterUntil(wizard, 'What do you call');
    wizard.type('\u0015other name\r');
    await wizard.waitFor('Which machines');
    wizard.type(KEY.escape);
    await wizard.waitFor('❯ other name');
  });
});

describe('terminals that can less', () => {
  it('draws without colour and with ASCII only', async () => {
    const wizard = start({}, { env: { NO_COLOR: '1', FORCE_COLOR: '0', LANG: 'C', LC_ALL: 'C' } });
    await toPlan(wizard);
    expect(wizard.history().join('\n')).toMatch(/^[\x0a\x20-\x7e]*$/);
    expect(wizard.raw()).not.toMatch(/\u001b\[(?:1|2|3\d|9\d)m/);
  });

  it('draws nothing while nothing changes', async () => {
    const wizard = start();
    await wizard.waitFor('Enter start');
    await wizard.settle(1500);
    const before = wizard.raw().length;
    await new Promise((r) => setTimeout(r, 1500));
    expect(wizard.raw().length).toBe(before);
  });
});
