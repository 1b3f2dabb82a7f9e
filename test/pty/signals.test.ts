/** Signals from outside, wherever the wizard is: the terminal in order, the exit code right, the outcome told truthfully. */

import { afterEach, describe, expect, it } from 'vitest';
import { approveRun, atPrompt, defaultsUntil, enterUntil, type InShell, startInShell, toApproval, UNDER_WAY } from './drive.js';

const started: InShell[] = [];

afterEach(() => {
  for (const { shell } of started.splice(0)) shell.kill('SIGKILL');
});

async function start(mode: 'ink' | 'plain', fake: object, initial = true): Promise<InShell> {
  const one = await startInShell(mode, { pace: 5, ...fake }, { initial, cols: 100, rows: 30 });
  started.push(one);
  return one;
}

const said = ({ shell }: InShell) => shell.history().join('\n');
const RESUME = 'To resume:';
const ENDS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

describe.each(['ink', 'plain'] as const)('%s', (mode) => {
  it.each(ENDS)('%s at a question ends with %i', async (signal, exitCode) => {
    const one = await start(mode, {}, false);
    const question = mode === 'ink' ? enterUntil : defaultsUntil;
    await question(one.shell, 'What do you call');
    one.kill(signal);
    await one.expectGivenBack(exitCode);
    expect(said(one)).toContain('Nothing was changed.');
    expect(said(one)).toContain('Answers saved in answers.yaml');
    expect(said(one)).toContain(RESUME);
  });

  it.each(ENDS.slice(1))('%s during a run ends with %i and tells what is unknown', async (signal, exitCode) => {
    const one = await start(mode, { unfinished: true, pace: 150 });
    await toApproval(mode, one.shell);
    await approveRun(mode, one.shell);
    await one.shell.waitFor(UNDER_WAY[mode], { ever: true });
    one.kill(signal);
    await one.expectGivenBack(exitCode);
    expect(said(one)).toMatch(/Aborted during[\s\S]*unknown/);
    expect(said(one)).toContain('"outcome":"unknown"');
    expect(said(one)).toContain('--resume');
  });

  it('SIGINT during a run stops it between two changes', async () => {
    const one = await start(mode, { unfinished: true, pace: 150 });
    await toApproval(mode, one.shell);
    await approveRun(mode, one.shell);
    await one.shell.waitFor(UNDER_WAY[mode], { ever: true });
    one.kill('SIGINT');
    await one.shell.waitFor('Stopping after the current change', { ever: true });
    await one.shell.waitFor('Stopped as you asked', { anywhere: true });
  });

  it('SIGINT at a plan in the middle of a run declines it, and what comes next takes keys', async () => {
    const one = await start(mode, { unfinished: true });
    await toApproval(mode, one.shell);
    if (mode === 'ink') {
      // Asked once more already: that question must not outlive the signal.
      one.shell.type('a');
      await one.shell.waitFor('y yes');
    }
    one.kill('SIGINT');
    await one.shell.waitFor('Declined: nothing more was changed', { anywhere: true });
    if (mode === 'plain') await atPrompt(one.shell);
    else expect(one.shell.screen().join('\n')).not.toContain('y yes');
    one.shell.type(mode === 'ink' ? 'q' : '3\r');
    await one.expectGivenBack(130);
    expect(said(one)).toContain('"outcome":"unchanged"');
  });

  it('SIGTERM at a plan in the middle of a run declines it and ends with 143', async () => {
    const one = await start(mode, { unfinished: true });
    await toApproval(mode, one.shell);
    one.kill('SIGTERM');
    await one.expectGivenBack(143);
    expect(said(one)).toContain('Declined: nothing more was changed');
  });

  it.each(ENDS.slice(0, 2))('%s while a trial may be kept ends with %i, and tells that it goes on', async (signal, exitCode) => {
    const one = await start(mode, { unfinished: true, trial: true });
    await toApproval(mode, one.shell);
    await approveRun(mode, one.shell);
    await one.shell.waitFor('until automatic rollback', { anywhere: true });
    if (mode === 'plain') await atPrompt(one.shell);
    one.kill(signal);
    await one.expectGivenBack(exitCode);
    expect(said(one)).toMatch(/The trial continues without the wizard: \d+ s until/);
    expect(said(one)).toContain('moodle-cluster-wizard confirm');
    expect(said(one)).toContain('"outcome":"on-trial"');
  });
});
