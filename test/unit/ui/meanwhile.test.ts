/** Nodes are tried behind the questions that come after them, by both front ends. */

import { beforeAll, describe, expect, it } from 'vitest';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard, type Wizard } from '../../../src/ui/flow/controller.js';
import { allReached, currentPage } from '../../../src/ui/flow/selectors.js';
import { loadRules } from '../../../src/ui/flow/validate.js';
import { statusLine } from '../../../src/ui/ink/now.js';
import { initialUi } from '../../../src/ui/ink/ui-state.js';
import { questionPage } from '../../../src/ui/plain/pages.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import type { WizardOptions } from '../../../src/ui/wizard-port.js';
import { createFakeBackend, type FakeOptions } from './fake-backend.js';
import { ANSWERS } from './fixtures.js';
import { scripted } from './scripted.js';

beforeAll(loadRules);

const AFTER = 'number:needs.users';

function make(fake: FakeOptions = {}) {
  const backend = createFakeBackend(fake);
  const { cluster, moodle, nodes, ssh } = ANSWERS;
  const options = { initial: { cluster, moodle, nodes, ssh }, answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };
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
    expect(footer(wizard)).toBe('Connecting to the nodes in the background: 0 of 5.');
    await work;
    expect(footer(wizard)).toBe('All 5 nodes are reachable.');
    wizard.dispatch({ type: 'goto', page: 'connect' });
    await wizard.work();
    expect(tried(backend.calls), 'each once').toEqual(ALL);
  });

  it('says at once which was not reached, and leaves the question open', async () => {
    const { wizard } = make({ fail: 'node' });
    wizard.dispatch({ type: 'goto', page: AFTER });
    await wizard.work();
    expect(footer(wizard)).toBe('Cannot connect to web2. Details follow these questions.');
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

  it('tries anew when the folder of Moodle was corrected', async () => {
    const { backend, wizard } = make();
    wizard.dispatch({ type: 'goto', page: 'connect' });
    await wizard.work();
    wizard.dispatch({ type: 'set', key: 'moodle.dirroot', value: '/srv/moodle' });
    await wizard.work();
    expect(tried(backend.calls)).toEqual([...ALL, ...ALL].sort());
  });

  it('waits for the page of its own where a command gives a password: it may ask the person something', async () => {
    const { backend, wizard } = make();
    wizard.dispatch({ type: 'set', key: 'secrets.sudoPassword', value: 'cmd:pass show sudo' });
    wizard.dispatch({ type: 'goto', page: AFTER });
    await wizard.work();
    expect(tried(backend.calls)).toEqual([]);
    wizard.dispatch({ type: 'goto', page: 'connect' });
    await wizard.work();
    expect(tried(backend.calls)).toEqual(ALL);
  });

  it('what was broken off comes too late to say anything', async () => {
    const { backend, wizard } = make();
    const ends: (() => void)[] = [];
    backend.tryNode = (node) => new Promise((resolve) => ends.push(() => resolve({ ok: true, detail: node.name })));
    wizard.dispatch({ type: 'goto', page: AFTER });
    const first = wizard.work();
    const old = ends.splice(0);
    wizard.cancelWork();
    wizard.dispatch({ type: 'set', key: 'ssh.user', value: 'other' });
    const second = wizard.work();
    for (const end of ends) end();
    await second;
    expect(allReached(wizard.getState())).toBe(true);
    for (const end of old) end();
    await first;
    expect(allReached(wizard.getState())).toBe(true);
  });

  it('line by line too', async () => {
    const { backend, wizard } = make();
    wizard.dispatch({ type: 'goto', page: AFTER });
    const { io } = scripted(['2000']);
    await questionPage({ io, wizard, options: {} as WizardOptions });
    await expect.poll(() => tried(backend.calls)).toEqual(ALL);
  });
});
