/** Nodes left out of the run, each with the reason that reports tell, on the full screen and line by line. */

import { beforeAll, describe, expect, it } from 'vitest';
import { getAt } from '../../../src/answers/draft.js';
import { WizardError } from '../../../src/core/errors.js';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard, type Wizard } from '../../../src/ui/flow/controller.js';
import { checkNamed, checkReason, failedTrials, namedNodes } from '../../../src/ui/flow/exclude.js';
import { formatNode, parseNodeLine } from '../../../src/ui/flow/node-lines.js';
import { trialStamp } from '../../../src/ui/flow/selectors.js';
import { loadRules } from '../../../src/ui/flow/validate.js';
import { withoutCommands } from '../../../src/ui/ink/now.js';
import { connectPage } from '../../../src/ui/plain/pages.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import { createFakeBackend } from './fake-backend.js';
import { ANSWERS } from './fixtures.js';
import { keyed } from './keyed.js';
import { scripted } from './scripted.js';

const OPTIONS = { initial: ANSWERS, answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };
const REASON = 'its disk is "being" replaced';

async function notReached(): Promise<Wizard> {
  const wizard = createWizard({ backend: createFakeBackend({ fail: 'node' }), options: OPTIONS, now: Date.now, interrupter: () => createInterrupter() });
  await wizard.begin();
  wizard.dispatch({ type: 'goto', page: 'connect' });
  await wizard.work();
  return wizard;
}

const outs = (wizard: Wizard) =>
  (getAt(wizard.getState().draft, 'nodes') as { name: string; state?: string; reason?: string }[]).flatMap((n) =>
    n.state === 'out' ? [[n.name, n.reason ?? null]] : [],
  );

describe('a node that is not reached', () => {
  beforeAll(loadRules);

  it('is left out with the reason that is typed, by keys', async () => {
    const wizard = await notReached();
    const keys = keyed(wizard);
    keys.press('o');
    expect(keys.session.ui.get().ask).toBe('reason');
    expect(outs(wizard)).toEqual([]);
    for (const letter of REASON) keys.press(letter === ' ' ? 'space' : letter);
    keys.press('enter');
    expect(outs(wizard)).toEqual([['web2', REASON]]);
    expect(withoutCommands(wizard.getState())).toContain('leave-out');
  });

  it('stays when Escape is pressed instead', async () => {
    const wizard = await notReached();
    const keys = keyed(wizard);
    keys.press('o', 'x', 'escape');
    expect(keys.session.ui.get().ask).toBeNull();
    expect(outs(wizard)).toEqual([]);
  });

  it.each([
    ['with a reason', [REASON], [['web2', REASON]]],
    ['without', [''], [['web2', null]]],
    ['not at all, on :back', [':back'], []],
  ])('is left out line by line, %s', async (_how, typed, expected) => {
    const wizard = await notReached();
    const { io, said } = scripted(['3', ...typed]);
    expect(await connectPage({ io, wizard, options: OPTIONS })).toBe('again');
    expect(said.join('\n')).toContain('3. Exclude web2 (every report lists it)');
    expect(outs(wizard)).toEqual(expected);
  });

  it('is left out alone when another fails while the reason is typed', async () => {
    const wizard = await notReached();
    const keys = keyed(wizard);
    keys.press('o', 'x');
    const stamp = trialStamp(wizard.getState(), 'web1');
    wizard.dispatch({ type: 'trial', node: 'web1', task: { state: 'failed', stamp, error: new WizardError('host-unreachable', 'gone') } });
    keys.press('enter');
    expect(outs(wizard)).toEqual([['web2', 'x']]);
    expect(failedTrials(wizard.getState())).toEqual([]);
  });

  it('is left out while the other one is tried again, by keys', async () => {
    const wizard = await notReached();
    const stamp = trialStamp(wizard.getState(), 'web1');
    wizard.dispatch({ type: 'trial', node: 'web1', task: { state: 'failed', stamp, error: new WizardError('host-unreachable', 'gone') } });
    const keys = keyed(wizard);
    keys.press('o');
    expect(keys.session.ui.get()).toMatchObject({ ask: 'which', line: { text: 'web1 web2' } });
    keys.press('x', 'enter');
    expect(keys.session.ui.get()).toMatchObject({ ask: 'which', message: { text: 'web2x is not one of web1, web2.' } });
    for (let i = 0; i < 'web1 web2x'.length; i++) keys.press('backspace');
    for (const letter of 'web2') keys.press(letter);
    keys.press('enter', 'enter');
    expect(outs(wizard)).toEqual([['web2', null]]);
    expect(wizard.getState().trials['web1']?.state).not.toBe('failed');
  });

  it('is left out while the other one is tried again, line by line', async () => {
    const wizard = await notReached();
    const trial = { state: 'done', stamp: trialStamp(wizard.getState(), 'web1'), value: { ok: false, detail: 'gone' } } as const;
    wizard.dispatch({ type: 'trial', node: 'web1', task: trial });
    const { io, said } = scripted(['3', 'web2', REASON]);
    expect(await connectPage({ io, wizard, options: OPTIONS })).toBe('again');
    expect(said.join('\n')).toContain('3. Exclude web1, web2 (every report lists them)');
    expect(outs(wizard)).toEqual([['web2', REASON]]);
  });

  it.each([
    ['', 'Name one or more of: web1, web2.'],
    ['web3', 'web3 is not one of web1, web2.'],
    ['web2', null],
    [' web2,web1 ', null],
  ])('must be one of those that failed: "%s"', (text, wrong) => {
    expect(checkNamed(text, ['web1', 'web2'])).toBe(wrong);
    if (wrong === null) expect(namedNodes(text, ['web1', 'web2']).length).toBeGreaterThan(0);
  });

  it('is no longer offered to be left out once it is taken from the list', async () => {
    const wizard = await notReached();
    const nodes = getAt(wizard.getState().draft, 'nodes') as { name: string }[];
    wizard.dispatch({ type: 'set', key: 'nodes', value: nodes.filter((n) => n.name !== 'web2') });
    expect(failedTrials(wizard.getState())).toEqual([]);
  });

  it('has its reason at the end of its line', () => {
    const line = `web2 10.0.0.22 web out because ${REASON}, and main, too`;
    const node = { name: 'web2', host: '10.0.0.22', roles: ['web'], state: 'out', reason: `${REASON}, and main, too` };
    expect(parseNodeLine(line)).toEqual({ ok: true, value: node });
    expect(formatNode(node as never)).toBe(line);
  });

  it('has no reason that would break a report', () => {
    expect(checkReason('')).toBeNull();
    for (const text of ['Lüfter defekt, 修理中', 'نمی\u200cشود', '👩\u200d🔧 is on it']) expect(checkReason(text)).toBeNull();
    expect(checkReason('a\u202eb')).toMatch(/control/);
    expect(checkReason('a\u001b[2Jb')).toMatch(/one line/);
    expect(checkReason('x'.repeat(201))).toMatch(/200/);
  });
});
