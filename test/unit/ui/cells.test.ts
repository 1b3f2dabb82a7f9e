/** A check that does not hold, opened: in the list, on the full screen, line by line. */

import { describe, expect, it } from 'vitest';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard, type Wizard } from '../../../src/ui/flow/controller.js';
import { overlayLines } from '../../../src/ui/ink/body.js';
import { withoutCommands } from '../../../src/ui/ink/now.js';
import { resultPage } from '../../../src/ui/plain/result.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import { cellTitle, failedCells, renderCell } from '../../../src/ui/text/render-cell.js';
import { PLAIN_STYLE } from '../../../src/ui/text/render-style.js';
import { createFakeBackend } from './fake-backend.js';
import { ANSWERS, CHECKS, check, FAILED_CHECK } from './fixtures.js';
import { keyed } from './keyed.js';
import { scripted } from './scripted.js';

const OPTIONS = { initial: ANSWERS, answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' };

async function atResult(fail?: 'check'): Promise<Wizard> {
  const backend = createFakeBackend(fail ? { fail } : {});
  const wizard = createWizard({ backend, options: OPTIONS, now: Date.now, interrupter: () => createInterrupter() });
  await wizard.begin();
  wizard.dispatch({ type: 'goto', page: 'plan' });
  await wizard.work();
  await wizard.run('apply');
  return wizard;
}

describe('cells of the proof', () => {
  const unknown = check('web1', 'apcu', 'web', 0, { status: 'unknown', detail: 'web1 is down' });
  const of = [...CHECKS.slice(0, 4), unknown, FAILED_CHECK];

  it('are those with a check that does not hold, failed ones first', () => {
    expect(failedCells(of).map(cellTitle)).toEqual(['web2, redis1: FAILED (redis1 ready (web))', 'web1, apcu: unknown (apcu ready (web))']);
    expect(failedCells(CHECKS)).toEqual([]);
  });

  it('open to cause, evidence and remedy', () => {
    const [cell] = failedCells(of);
    const text = cell ? renderCell(cell, of, ['web1: other', 'web2: the port is closed'], { ...PLAIN_STYLE, width: 59 }) : [];
    expect(text).toMatchInlineSnapshot(`
      [
        "✖ web2, redis1: FAILED (redis1 ready (web))",
        "  Where: step 5 of the guide, "Map the definitions to the",
        "         stores"",
        "  Cause: Connection refused from 10.0.0.22 to",
        "         10.0.0.41:6379",
        "  Related results:",
        "    main: redis1 ready (web): passed in 0.4 ms",
        "    main: redis1 ready (CLI): passed in 0.6 ms",
        "    web1: redis1 ready (web): passed in 0.5 ms",
        "    web2: the port is closed",
        "  Try:",
        "    • Open port 6379 on cache1 for 10.0.0.22 (firewalld:",
        "      the zone public does not list it)",
      ]
    `);
  });
});

it('compares with a few nodes only, however many there are', () => {
  const many = Array.from({ length: 500 }, (_, i) => check(`n${i}`, 'redis1', 'web', 0.4));
  const [cell] = failedCells([...many, FAILED_CHECK]);
  const text = cell ? renderCell(cell, [...many, FAILED_CHECK], [], { ...PLAIN_STYLE, width: 79 }) : [];
  expect(text.length).toBeLessThan(20);
  expect(text.join('\n')).toContain('and 492 more checks');
});

describe('on the full screen', () => {
  it('c lists them, Enter opens one, Esc goes back step by step', async () => {
    const wizard = await atResult('check');
    const { press, session, left } = keyed(wizard);
    const lines = () => overlayLines(wizard.getState(), session.ui.get(), { ...PLAIN_STYLE, width: 79 }).join('\n');
    press('c');
    expect(lines()).toContain('❯ web2, redis1: FAILED');
    press('down', 'up', 'enter');
    expect(lines()).toContain('Cause: Connection refused');
    expect(lines()).toContain('Open port 6379');
    press('escape');
    expect(lines()).toContain('❯ web2, redis1');
    press('escape');
    expect(session.ui.get().overlay).toBeNull();
    expect(left()).toBeUndefined();
  });

  it('is not offered when all hold', async () => {
    expect(withoutCommands((await atResult()).getState())).toContain('checks');
  });
});

describe('line by line', () => {
  it('a number opens one, 0 goes back to what can be done', async () => {
    const wizard = await atResult('check');
    // After trying again, rolling back and leaving the node out.
    const { io, said } = scripted(['4', '1', '0', ':quit']);
    const turn = await resultPage({ io, wizard, options: OPTIONS });
    expect(turn).toBe('quit');
    const text = said.join('\n');
    expect(text).toContain('1. web2, redis1: FAILED');
    expect(text).toContain('Cause: Connection refused');
    expect(text).toContain('Related results:');
  });
});
