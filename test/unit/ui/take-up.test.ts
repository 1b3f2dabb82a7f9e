/** Passwords are asked for before a run on record is taken back, in both front ends. */

import { describe, expect, it } from 'vitest';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import { currentPage } from '../../../src/ui/flow/selectors.js';
import { unfinishedPage } from '../../../src/ui/plain/pages.js';
import { resultPage } from '../../../src/ui/plain/result.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import { createFakeBackend, type FakeOptions } from './fake-backend.js';
import { keyed } from './keyed.js';
import { scripted } from './scripted.js';

const OPTIONS = { answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };

async function wizardAtUnfinished(fake: FakeOptions) {
  const backend = createFakeBackend(fake);
  const wizard = createWizard({ backend, options: OPTIONS, now: Date.now, interrupter: () => createInterrupter() });
  await wizard.begin();
  wizard.dispatch({ type: 'goto', page: 'unfinished' });
  return { backend, wizard };
}

const rollbacks = (calls: readonly string[]) => calls.filter((c) => c === 'rollback' || c.startsWith('secret'));

describe('rolling back a run on record', () => {
  it('plain: asks for the password of sudo, and for no other', async () => {
    const { backend, wizard } = await wizardAtUnfinished({ unfinished: 'sudo' });
    const { io, asked } = scripted(['3', 'typed']);
    await unfinishedPage({ io, wizard, options: OPTIONS });
    expect(asked.filter((m) => m.includes('password'))).toEqual(['sudoPassword: the password used by this run']);
    expect(rollbacks(backend.calls)).toEqual(['rollback', 'secret sudoPassword']);
    expect(wizard.getState().result).toMatchObject({ outcome: 'reverted' });
  });

  it('plain: asks again after nothing was typed, and not at all where nothing is missing', async () => {
    const first = await wizardAtUnfinished({ unfinished: 'sudo' });
    await unfinishedPage({ io: scripted(['3', '', 'typed']).io, wizard: first.wizard, options: OPTIONS });
    expect(rollbacks(first.backend.calls)).toEqual(['rollback', 'secret sudoPassword']);
    const second = await wizardAtUnfinished({ unfinished: true });
    await unfinishedPage({ io: scripted(['3']).io, wizard: second.wizard, options: OPTIONS });
    expect(rollbacks(second.backend.calls)).toEqual(['rollback']);
  });

  it('plain: :back before the password begins nothing', async () => {
    const { backend, wizard } = await wizardAtUnfinished({ unfinished: 'sudo' });
    expect(await unfinishedPage({ io: scripted(['3', ':back']).io, wizard, options: OPTIONS })).toBe('back');
    expect(rollbacks(backend.calls)).toEqual([]);
  });

  it('plain: asks anew when sudo refused what was typed, and tries the rollback again', async () => {
    const { backend, wizard } = await wizardAtUnfinished({ unfinished: 'sudo' });
    const { io } = scripted(['3', 'wrong', '1', 'right']);
    const page = { io, wizard, options: OPTIONS };
    await unfinishedPage(page);
    expect(wizard.getState().result).toMatchObject({ error: { code: 'sudo-refused' } });
    await resultPage(page);
    expect(rollbacks(backend.calls)).toEqual(['rollback', 'secret sudoPassword', 'rollback', 'secret sudoPassword']);
    expect(wizard.getState().result).toMatchObject({ outcome: 'reverted' });
  });

  it('full screen: asks for it at the foot, and begins when it is typed', async () => {
    const { backend, wizard } = await wizardAtUnfinished({ unfinished: 'sudo' });
    const { press, session } = keyed(wizard);
    press('z');
    expect(session.ui.get()).toMatchObject({ ask: 'password', askFor: { name: 'sudoPassword' } });
    expect(rollbacks(backend.calls)).toEqual([]);
    press('enter');
    expect(session.ui.get().ask).toBe('password');
    press(...'typed', 'enter');
    expect(wizard.getState().runKind).toBe('rollback');
    expect(rollbacks(backend.calls)).toEqual(['rollback', 'secret sudoPassword']);
  });

  it('full screen: Esc at the password begins nothing', async () => {
    const { backend, wizard } = await wizardAtUnfinished({ unfinished: 'sudo' });
    const { press } = keyed(wizard);
    press('z', 'escape');
    expect(currentPage(wizard.getState()).kind).toBe('unfinished');
    expect(rollbacks(backend.calls)).toEqual([]);
  });

  it('full screen: asks anew when sudo refused what was typed', async () => {
    const { backend, wizard } = await wizardAtUnfinished({ unfinished: 'sudo' });
    const { press, session } = keyed(wizard);
    press('z', ...'wrong', 'enter');
    await expect.poll(() => wizard.getState().result?.error?.code).toBe('sudo-refused');
    press('r');
    expect(session.ui.get()).toMatchObject({ ask: 'password', askFor: { name: 'sudoPassword', purpose: 'rollback' } });
    press(...'right', 'enter');
    await expect.poll(() => wizard.getState().result?.outcome).toBe('reverted');
    expect(rollbacks(backend.calls)).toHaveLength(4);
  });
});
