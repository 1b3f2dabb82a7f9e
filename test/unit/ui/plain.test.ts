import { describe, expect, it } from 'vitest';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import type { FlowQuestion } from '../../../src/ui/flow/question.js';
import { askQuestion } from '../../../src/ui/plain/ask.js';
import { planPage } from '../../../src/ui/plain/pages.js';
import { watched } from '../../../src/ui/plain/run.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import { createFakeBackend, SITES } from './fake-backend.js';
import { ANSWERS } from './fixtures.js';
import { scripted } from './scripted.js';

describe('a choice with an answer of one’s own', () => {
  const question: FlowQuestion = {
    key: 'moodle.dirroot',
    section: 'site',
    label: 'Moodle',
    message: 'Which Moodle?',
    help: 'Its directory.',
    kind: 'select',
    choices: SITES.map((s) => ({ value: s.dirroot, label: s.dirroot })),
    other: 'Another directory',
  };

  it('keeps it on Enter', async () => {
    const { io, said } = scripted(['', '']);
    expect(await askQuestion(io, question, '/opt/my-moodle')).toEqual({ type: 'value', value: '/opt/my-moodle' });
    expect(said).toContain('  3. Another directory (default)');
  });

  it('takes the first choice on Enter when nothing was answered', async () => {
    expect(await askQuestion(scripted(['']).io, question, undefined)).toEqual({ type: 'value', value: SITES[0]?.dirroot });
  });

  it('keeps a choice on Enter', async () => {
    expect(await askQuestion(scripted(['']).io, question, SITES[1]?.dirroot)).toEqual({ type: 'value', value: SITES[1]?.dirroot });
  });
});

describe('a plan asked for in the middle of a run', () => {
  async function answer(typed: readonly string[]) {
    const backend = createFakeBackend({ askAgain: true });
    const options = { initial: ANSWERS, answersPath: 'answers.yaml', resumeCommand: remedy`again`, trialSeconds: 0, version: '0.1.0' };
    const wizard = createWizard({ backend, options, now: Date.now, interrupter: () => createInterrupter() });
    await wizard.begin();
    wizard.dispatch({ type: 'goto', page: 'plan' });
    await wizard.work();
    const { io, said } = scripted(typed);
    await watched({ io, wizard, options }, 'apply');
    return { said: said.join('\n'), saved: backend.saved.length, result: wizard.getState().result };
  }

  it('is asked for again after help and after saving', async () => {
    const { said, saved, result } = await answer([':help', ':save', '2']);
    expect(said).toContain('Exactly this list runs, in this order.');
    expect(said).toContain('Answers saved in answers.yaml');
    expect(saved).toBe(1);
    expect(result).toMatchObject({ outcome: 'changed', exitCode: 0 });
  });

  it.each([':back', ':quit', '1'])('is declined by %s', async (typed) => {
    expect((await answer([':help', typed])).result).toMatchObject({ outcome: 'unchanged', exitCode: 130 });
  });
});

describe('stage by stage, line by line', () => {
  async function run(typed: readonly string[]) {
    const backend = createFakeBackend();
    const options = { initial: ANSWERS, answersPath: 'answers.yaml', resumeCommand: remedy`again`, trialSeconds: 120, version: '0.1.0' };
    const wizard = createWizard({ backend, options, now: Date.now, interrupter: () => createInterrupter() });
    await wizard.begin();
    wizard.dispatch({ type: 'goto', page: 'plan' });
    const { io, said } = scripted(typed);
    await planPage({ io, wizard, options });
    return { said: said.join('\n'), result: wizard.getState().result };
  }

  it('asks before each later stage, in words that fit, and runs them', async () => {
    const { said, result } = await run(['3', '2', '2']);
    expect(said).toContain('Approve stage by stage');
    expect(said.split('Next, as approved:')).toHaveLength(3);
    expect(said).toContain('Stop here: completed changes stay');
    expect(result).toMatchObject({ outcome: 'changed', exitCode: 0 });
  });

  it('stops where it is told to', async () => {
    const { result } = await run(['3', '2', '1']);
    expect(result).toMatchObject({ outcome: 'changed', error: { code: 'cancelled' } });
  });
});
