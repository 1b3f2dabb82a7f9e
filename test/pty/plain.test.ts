import { afterEach, describe, expect, it } from 'vitest';
import { atPrompt, defaultsUntil } from './drive.js';
import { KEY, spawnFixture, type WizardProcess } from './harness.js';

const started: WizardProcess[] = [];

function start(fake: object = {}, options: Parameters<typeof spawnFixture>[2] = {}): WizardProcess {
  const wizard = spawnFixture('plain', { pace: 5, ...fake }, { initial: true, rows: 30, ...options });
  started.push(wizard);
  return wizard;
}

afterEach(() => {
  for (const wizard of started.splice(0)) wizard.kill('SIGKILL');
});

describe.each([
  [40, 'xterm-256color'],
  [80, 'xterm-256color'],
  [80, 'dumb'],
])('line by line at %i columns on %s', (cols, term) => {
  it('asks, plans, runs and proves', async () => {
    const wizard = start({}, { cols, env: { TERM: term } });
    await defaultsUntil(wizard, 'Approve and run');
    wizard.type('2\r');
    await wizard.waitFor('checks passed', { anywhere: true });
    expect(await wizard.exited()).toMatchObject({ exitCode: 0 });
    for (const line of wizard.history()) expect(line.length).toBeLessThanOrEqual(cols);
    if (term === 'dumb') expect(wizard.raw()).not.toContain('\u001b');
  });
});

describe('line by line', () => {
  it('goes back with :back and keeps the answer', async () => {
    const wizard = start({}, { initial: false });
    await defaultsUntil(wizard, 'What do you call');
    wizard.type('north\r');
    await atPrompt(wizard, 'Which machines');
    wizard.type(':back\r');
    await wizard.waitFor('(north)', { anywhere: true });
  });

  it('takes a pasted block of nodes', async () => {
    const wizard = start({}, { initial: false });
    await defaultsUntil(wizard, 'Which machines');
    wizard.type('web1 10.0.0.21\rweb2 10.0.0.22\rcache1 10.0.0.41\r\r');
    await wizard.waitFor('4. cache1 10.0.0.41 cache', { anywhere: true });
    await wizard.waitFor('Which user logs in', { anywhere: true });
  });

  it('ends with 130 on Ctrl+C and tells how to come back', async () => {
    const wizard = start({}, { initial: false });
    await defaultsUntil(wizard, 'What do you call');
    wizard.type(KEY.ctrlC);
    expect(await wizard.exited()).toMatchObject({ exitCode: 130 });
    expect(wizard.history().join('\n')).toContain('To resume:');
  });

  it.each([
    ['What do you call', 'xterm-256color'],
    ['Which machines', 'xterm-256color'],
    ['What do you call', 'dumb'],
  ])('ends on Ctrl+D and on SIGTERM at "%s" on %s, the answers saved', async (text, term) => {
    const ends: readonly (readonly [number, (wizard: WizardProcess) => void])[] = [
      [130, (wizard) => wizard.type(KEY.ctrlD)],
      [143, (wizard) => wizard.kill('SIGTERM')],
    ];
    for (const [exitCode, end] of ends) {
      const wizard = start({}, { initial: false, env: { TERM: term } });
      await defaultsUntil(wizard, text);
      end(wizard);
      expect(await wizard.exited()).toMatchObject({ exitCode });
      const said = wizard.history().join('\n');
      expect(said).toContain('Answers saved in answers.yaml');
      expect(said).toContain('To resume:');
    }
  });

  it('stops a run gently on Ctrl+C', async () => {
    const wizard = start({ pace: 150 });
    await defaultsUntil(wizard, 'Approve and run');
    wizard.type('2\r');
    await wizard.waitFor('Stage: cache services', { anywhere: true });
    wizard.type(KEY.ctrlC);
    await wizard.waitFor('Stopping after the current change', { ever: true });
    await wizard.waitFor('Stopped as you asked', { anywhere: true });
  });

  it('approves nothing by its default', async () => {
    const wizard = start();
    await defaultsUntil(wizard, 'Approve and run');
    wizard.type(KEY.enter);
    await wizard.waitFor(/Review[\s\S]*Review/, { anywhere: true });
  });

  it('offers an unfinished run, and goes on with it after its password', async () => {
    const wizard = start({ unfinished: true }, { initial: false });
    await defaultsUntil(wizard, 'is unfinished');
    wizard.type('2\r');
    await atPrompt(wizard, 'begun: package:web2:php-redis');
    wizard.type('1\r');
    await atPrompt(wizard, 'redis1Password');
    wizard.type('typed-word\r');
    await atPrompt(wizard, 'Approve and run');
    wizard.type('2\r');
    await wizard.waitFor('checks passed', { anywhere: true });
    expect(wizard.raw()).not.toContain('typed-word');
  });

  it('gives a trial more time and keeps it', async () => {
    const wizard = start({ trial: true });
    await defaultsUntil(wizard, 'Approve and run');
    wizard.type('2\r');
    await atPrompt(wizard, 'until automatic rollback');
    wizard.type('2\r');
    await atPrompt(wizard, 'The trial goes on');
    wizard.type('1\r');
    await wizard.waitFor('Kept: the new mappings stay', { anywhere: true });
  });
});
