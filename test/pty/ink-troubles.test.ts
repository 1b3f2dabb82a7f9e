/** Runs that do not go well, on the full screen: what is told, and what can be done. */

import { describe, expect, it } from 'vitest';
import { enterUntil, inkFixtures, toPlan, toRun, WIPES_SCROLLBACK } from './drive.js';
import { KEY } from './harness.js';

const start = inkFixtures();

describe('runs that do not go well', () => {
  it('shows a failure with where, evidence and what to try, and rolls back', async () => {
    const wizard = start({ fail: 'apply' });
    await toRun(wizard);
    await wizard.waitFor('What next?');
    const screen = wizard.screen().join('\n');
    for (const part of ['connection to web2 broke', 'step 3 of the guide', 'Connection reset by peer', 'ping 10.0.0.22', 'z roll back', 'r try again'])
      expect(screen).toContain(part);
    wizard.type('z');
    await wizard.waitFor('Everything is as it was before');
  });

  it('tells a node that is not reached, and leaves it out when asked', async () => {
    const wizard = start({ fail: 'node' });
    await wizard.waitFor('Enter start');
    await enterUntil(wizard, 'o exclude');
    expect(wizard.screen().join('\n')).toContain('SHA256:');
    wizard.type('o');
    await wizard.waitFor('Reason to exclude web2:');
    wizard.type('disk full\r');
    await wizard.waitFor('excluded: disk full');
    await wizard.waitFor('All 4 nodes are reachable');
  });

  it('lets a trial be kept', async () => {
    const wizard = start({ trial: true });
    await toRun(wizard);
    await wizard.waitFor('until automatic rollback');
    wizard.type('k');
    await wizard.waitFor('Kept: the new mappings stay');
  });

  it('gives a trial more time, and puts back when asked', async () => {
    const wizard = start({ trial: true });
    await toRun(wizard);
    await wizard.waitFor(/\d+ s until automatic rollback/);
    wizard.type('m');
    await wizard.waitFor(/The trial goes on[\s\S]*2[0-4]\d s until automatic rollback/);
    wizard.type('u');
    await wizard.waitFor('Put back: the old mappings serve again');
  });

  it('offers an unfinished run: its journal, its password, what is left, and then its end', async () => {
    const wizard = start({ unfinished: true }, { initial: false });
    await wizard.waitFor('Enter start');
    wizard.type(KEY.enter);
    await wizard.waitFor('is unfinished');
    await wizard.waitFor('Outcome unknown');
    wizard.type('l');
    await wizard.waitFor('begun: package:web2:php-redis');
    wizard.type(KEY.escape);
    await wizard.waitFor('z roll back');
    wizard.type('r');
    await wizard.waitFor('redis1Password');
    wizard.type('typed-word\r');
    await wizard.waitFor('These changes remain');
    expect(wizard.raw()).not.toContain('typed-word');
    wizard.type('a');
    await wizard.waitFor('y yes');
    wizard.type('y');
    await wizard.waitFor('Enter finish');
  });

  it('takes an unfinished run back with its own answers', async () => {
    const wizard = start({ unfinished: true }, { initial: false });
    await wizard.waitFor('Enter start');
    wizard.type(KEY.enter);
    await wizard.waitFor('z roll back');
    wizard.type('z');
    await wizard.waitFor('Everything is as it was before');
  });

  it('asks again when a later stage comes out different', async () => {
    const wizard = start({ askAgain: true });
    await toRun(wizard);
    await wizard.waitFor('A later stage has changed since the plan');
    wizard.type('a');
    await wizard.waitFor('y yes');
    wizard.type('y');
    await wizard.waitFor('Enter finish');
  });

  it('goes stage by stage when that is wished: asked before each later one, and a No leaves the rest', async () => {
    const wizard = start();
    await toPlan(wizard);
    wizard.type('a');
    await wizard.waitFor('s stage by stage');
    wizard.type('s');
    await wizard.waitFor('Next, as approved:');
    expect(wizard.screen().join('\n')).toContain('Stage 1 of 2');
    wizard.type('a');
    await wizard.waitFor('Run the next stage now?');
    expect(wizard.screen().join('\n')).not.toContain('stage by stage');
    wizard.type('y');
    await wizard.waitFor('Stage 1 of 1');
    wizard.type(KEY.escape);
    await wizard.waitFor('as you decided');
  });

  it('folds a stage of the plan to its headline, and opens it', async () => {
    const wizard = start();
    await toPlan(wizard);
    await wizard.waitFor('1-9 fold');
    wizard.type('1');
    await wizard.waitFor('press 1 to expand');
    // The stage that is folded comes to the top; a number that no stage has does nothing.
    wizard.type('29');
    await wizard.waitFor('press 2 to expand');
    expect(wizard.screen().join('\n')).not.toContain('Stage 1 of 3');
    wizard.type('1');
    await wizard.until(
      () => wizard.screen().join('\n').includes('Stage 1 of 3') && !wizard.screen().join('\n').includes('folded: 1'),
      'the first stage open again',
    );
  });

  it('stays in order when the window changes during a run', async () => {
    const wizard = start({ pace: 100 }, { cols: 120, rows: 40 });
    await toRun(wizard);
    await wizard.waitFor('Stage 1 of 3');
    wizard.resize(60, 15);
    await wizard.waitFor('Enter finish');
    expect(wizard.raw()).not.toContain(WIPES_SCROLLBACK);
    expect(wizard.screen().filter((l) => l.includes('Ctrl+C stop'))).toEqual([]);
  });
});
