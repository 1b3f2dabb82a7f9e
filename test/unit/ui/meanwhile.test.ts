/** Nodes are tried behind the questions that come after them, by both front ends. */

import { beforeAll, describe, expect, it } from 'vitest';
import { createWizard, type Wizard } from '../../../src/ui/flow/controller.js';
import { allReached, currentPage } from '../../../src/ui/flow/state.js';
import { loadRules } from '../../../src/ui/flow/validate.js';
import { statusLine } from '../../../src/ui/ink/now.js';
import { initialUi } from '../../../src/ui/ink/ui-state.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import { createFakeBackend, type FakeOptions } from './fake-backend.js';
import { ANSWERS } from './fixtures.js';

beforeAll(loadRules);

const AFTER = 'number:needs.users';

function make(fake: FakeOptions = {}) {
  const backend = createFakeBackend(fake);
  const { cluster, moodle, nodes, ssh } = ANSWERS;
  const options = { initial: { cluster, moodle, nodes, ssh }, answersPath: 'answers.yaml', resumeCommand: 'x', trialSeconds: 120, version: '0.1.0' };
  const wizard = createWizard({ backend, options, now: () => 1000, interrupter: () => createInterrupter(() => 0) });
  return { backend, wizard };
}

const footer = (wizard: Wizard) => statusLine(wizard.getState(), initialUi(wizard.getState(), { columns: 80, rows: 24 }), 1000).text;
const tried = (calls: readonly string[]) => calls.filter((c) => c.startsWith('try ')).sort();
const ALL = ['try cache1', 'try db1', 'try main', 'try web1', 'try web2'];

describe('nodes tried while one goes on answering', () => {
  it('not while they and their login are still asked for; all of them as soon as that is done', async () => {
    const { backend, wizard } = make();
    wizard.dispatch({ type: 'goto', page: 'select:ssh.sudo' });
    await wizard.work();
    expect(tried(backend.calls)).toEqual([]);
    wizard.dispatch({ type: 'next' });
    expect(currentPage(wizard.getState()).id).toBe(AFTER);
    const work = wizard.work();
    expect(footer(wizard)).toBe('Meanwhile every node is reached once: 0 of 5.');
    await work;
    expect(footer(wizard)).toBe('All 5 nodes are reached.');
    wizard.dispatch({ type: 'goto', page: 'connect' });
    await wizard.work();
    expect(tried(backend.calls), 'each once').toEqual(ALL);
  });

  it('says at once which was not reached, and leaves the question open', async () => {
    const { wizard } = make({ fail: 'node' });
    wizard.dispatch({ type: 'goto', page: AFTER });
    await wizard.work();
    expect(footer(wizard)).toBe('Not reached: web2. More when these questions are done.');
    expect(currentPage(wizard.getState()).id).toBe(AFTER);
  });

  it('begins anew with what was broken off by going back', async () => {
    const { wizard } = make({ pace: 20 });
    wizard.dispatch({ type: 'goto', page: AFTER });
    const first = wizard.work();
    wizard.cancelWork();
    wizard.dispatch({ type: 'back' });
    wizard.dispatch({ type: 'next' });
    await wizard.work();
    await first;
    expect(allReached(wizard.getState())).toBe(true);
  });
});
