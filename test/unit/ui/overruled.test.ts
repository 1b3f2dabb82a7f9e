/** What it costs to overrule the advice is said, in both front ends. */

import { describe, expect, it } from 'vitest';
import { overruled } from '../../../src/advice/overruled.js';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import { contextOf } from '../../../src/ui/flow/selectors.js';
import { bodyLines } from '../../../src/ui/ink/body.js';
import { advicePage } from '../../../src/ui/plain/pages.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import { PLAIN_STYLE } from '../../../src/ui/text/render-style.js';
import { createFakeBackend } from './fake-backend.js';
import { ANSWERS } from './fixtures.js';
import { keyed } from './keyed.js';
import { scripted } from './scripted.js';

const OPTIONS = { answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };

async function atAdvice(definitions: Readonly<Record<string, readonly string[]>>) {
  const options = { ...OPTIONS, initial: { ...ANSWERS, mappings: { base: 'auto', definitions } } };
  const wizard = createWizard({ backend: createFakeBackend(), options, now: Date.now, interrupter: () => createInterrupter() });
  await wizard.begin();
  wizard.dispatch({ type: 'goto', page: 'survey' });
  await wizard.work();
  wizard.dispatch({ type: 'goto', page: 'advice' });
  return wizard;
}

describe('overruling the advice', () => {
  it.each([
    [{ 'core/string': ['redis1'] }, 'Every read then goes to redis1: no local copy is in front of it. The recommendation differs: read dozens of times'],
    [{ 'core/string': ['apcu'] }, 'Each node then has a copy of its own'],
    [{ 'core/string': ['redis1', 'apcu'] }, 'apcu behind redis1 serves only what redis1 lacks: it saves no reads.'],
    [
      { 'core/coursemodinfo': ['apcu'] },
      'a change on one is not visible on the others until they purge theirs. The recommendation differs: must be the same on every node',
    ],
    [{ 'core/coursemodinfo': ['apcu', 'redis1'] }, 'A node then keeps its own copy after another node has changed the shared one.'],
    [{ 'core/htmlpurifier': ['redis1'] }, 'redis1 serves it instead of the default of its mode.'],
  ])('%j', async (definitions, words) => {
    const rows = overruled(contextOf((await atAdvice(definitions)).getState()));
    expect(rows.map((r) => r.definition)).toEqual(Object.keys(definitions));
    expect(rows[0]?.words).toContain(words);
  });

  it('costs nothing where it says the same as the advice', async () => {
    expect(overruled(contextOf((await atAdvice({ 'core/string': ['apcu', 'redis1'] })).getState()))).toEqual([]);
  });

  it('is told by both front ends', async () => {
    const wizard = await atAdvice({ 'core/string': ['redis1'] });
    const { io, said } = scripted(['1']);
    await advicePage({ io, wizard, options: OPTIONS });
    expect(said.join('\n')).toMatch(/Yours instead\n {2}core\/string: Every read then goes to redis1/);
    const { session } = keyed(wizard);
    expect(bodyLines(wizard.getState(), session.ui.get(), { ...PLAIN_STYLE, width: 200 }, false)[0]).toContain('core/string: Every read then goes to redis1');
  });
});
