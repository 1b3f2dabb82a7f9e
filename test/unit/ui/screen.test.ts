import { beforeAll, describe, expect, it } from 'vitest';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import { listFormat } from '../../../src/ui/flow/list-entries.js';
import { nodeList } from '../../../src/ui/flow/questions-site.js';
import { reduceRun, runOf } from '../../../src/ui/flow/run-view.js';
import { loadRules } from '../../../src/ui/flow/validate.js';
import { createDecoder } from '../../../src/ui/ink/decode.js';
import { gridLines } from '../../../src/ui/ink/grid.js';
import { addPasted, listOf, suggest, takeOut } from '../../../src/ui/ink/inputs/list/state.js';
import { moveSelect, selectOf, windowOf } from '../../../src/ui/ink/inputs/select/state.js';
import { reduceText, textOf, textWindow } from '../../../src/ui/ink/inputs/text/state.js';
import { layoutOf } from '../../../src/ui/ink/layout.js';
import { railLine } from '../../../src/ui/ink/parts/rail.js';
import { BINDINGS, type KeyScreen, keyBar } from '../../../src/ui/keys.js';
import { chooseFrontend, createInterrupter, environmentStyle, type TerminalFacts } from '../../../src/ui/terminal.js';
import { PLAIN_STYLE } from '../../../src/ui/text/render-style.js';
import { displayWidth, fitSentences, pad, truncateMiddle, wrap } from '../../../src/ui/text/width.js';
import { createFakeBackend } from './fake-backend.js';
import { ANSWERS, PLAN } from './fixtures.js';

beforeAll(loadRules);

const NO_KEY = Object.fromEntries(
  [
    'upArrow',
    'downArrow',
    'leftArrow',
    'rightArrow',
    'pageDown',
    'pageUp',
    'home',
    'end',
    'return',
    'escape',
    'ctrl',
    'shift',
    'tab',
    'backspace',
    'delete',
    'meta',
    'super',
    'hyper',
    'capsLock',
    'numLock',
  ].map((k) => [k, false]),
) as never;

describe('width', () => {
  it('counts wide, combining and coloured text', () => {
    expect(displayWidth('Universität')).toBe(11);
    expect(displayWidth('日本')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(displayWidth('\u001b[31mred\u001b[39m')).toBe(3);
    expect(pad('日本', 6)).toBe('日本  ');
  });

  it('cuts paths in the middle and wraps long words', () => {
    expect(fitSentences('Not saved. Try again, or go back.', 20)).toBe('Not saved.');
    expect(fitSentences('Not saved. Try again.', 8)).toBe('Not sav…');
    expect(truncateMiddle('/var/www/moodle/config.php', 15)).toBe('/var/ww…fig.php');
    expect(wrap('aaaa bbbbbbbbbb', 5)).toEqual(['aaaa', 'bbbbb', 'bbbbb']);
  });
});

describe('keys as data', () => {
  const screens = [...new Set(BINDINGS.flatMap((b) => b.screens))];

  it.each(screens)('%s: no key means two things, and there is a way out', (screen) => {
    const seen = new Map<string, string>();
    for (const b of BINDINGS.filter((x) => x.screens.includes(screen))) {
      for (const key of b.keys) {
        // On the plan and the result, which of two is offered is decided by `without`.
        expect(seen.get(key) ?? b.command, `${screen} ${key}`).toBe(b.command);
        seen.set(key, b.command);
      }
    }
    expect([...seen.values()].some((c) => ['back', 'quit', 'close', 'no'].includes(c))).toBe(true);
  });

  it.each(screens)('%s: the key bar fits in 60 columns with help and the way out', (screen) => {
    const bar = keyBar(screen as KeyScreen, 59, false);
    expect(displayWidth(bar.map((k) => `${k.key} ${k.label}`).join('  '))).toBeLessThanOrEqual(59);
  });
});

describe('the decoder', () => {
  it('gives marked pastes whole, also in pieces', () => {
    const decode = createDecoder();
    expect(decode('[200~', NO_KEY)).toEqual([]);
    expect(decode('a\nb', NO_KEY)).toEqual([]);
    expect(decode('\nc', NO_KEY)).toEqual([]);
    expect(decode('[201~', NO_KEY)).toEqual([{ name: 'paste', text: 'a\nb\nc' }]);
  });

  it('takes typed-ahead text key by key', () => {
    expect(createDecoder()('ab\rc d', NO_KEY).map((k) => k.name)).toEqual(['a', 'b', 'enter', 'c', 'space', 'd']);
  });

  it('takes many unmarked lines as a paste', () => {
    expect(createDecoder()('a\rb\rc\rd\r', NO_KEY)).toEqual([{ name: 'paste', text: 'a\rb\rc\rd\r' }]);
  });
});

describe('inputs', () => {
  it('edits text by characters as people see them', () => {
    let state = textOf('añ👩‍💻');
    state = reduceText(state, { type: 'backspace' });
    expect(state).toEqual({ text: 'añ', cursor: 2 });
    state = reduceText(reduceText(state, { type: 'home' }), { type: 'insert', text: 'x\u001b[2J\n' });
    expect(state).toEqual({ text: 'x añ', cursor: 2 });
    expect(reduceText(textOf('one two'), { type: 'word' }).text).toBe('one ');
    expect(textWindow(textOf('abcdefghij'), 5).before).toHaveLength(4);
  });

  it('chooses, and finds the rows in sight', () => {
    const choices = [
      { value: 'a', label: 'a', disabled: 'no' },
      { value: 'b', label: 'b' },
    ];
    expect(selectOf(choices, 'a', false).index).toBe(1);
    expect(moveSelect({ index: 0, other: null }, -1, 3).index).toBe(2);
    expect(windowOf(9, 10, 4)).toEqual({ from: 6, to: 10 });
  });

  it('adds pasted entries, keeps the first wrong one to mend, takes out and suggests', () => {
    const format = listFormat(nodeList([], ['web1', 'web9']), []);
    let state = addPasted(listOf([]), '- web1 10.0.0.1\n# comment\nbad one two three\nweb2 10.0.0.2 web', format);
    expect(state.entries).toEqual(['web1 10.0.0.1 web', 'web2 10.0.0.2 web']);
    expect(state.input.text).toBe('bad one two three');
    expect(state.message).toContain('2 added, 1 invalid');
    state = takeOut({ ...state, index: 0 }, true);
    expect(state).toMatchObject({ entries: ['web2 10.0.0.2 web'], input: { text: 'web1 10.0.0.1 web' } });
    expect(suggest(listOf(['web1 x web']), ['web1', 'web9']).input.text).toBe('web9 ');
  });
});

describe('layout', () => {
  it.each([
    [60, 15],
    [80, 24],
    [160, 50],
    [300, 100],
  ])('%i × %i leaves two rows and a column free', (columns, rows) => {
    const layout = layoutOf({ columns, rows });
    const header = (layout.compact ? 1 : 2) + (layout.rail === 0 ? 1 : 0) + 1;
    expect(header + layout.height + 2).toBe(rows - 2);
    expect(layout.width).toBeLessThan(columns);
  });

  it('keeps the rail within a narrow window', () => {
    const backend = createFakeBackend();
    const wizard = createWizard({
      backend,
      options: { initial: ANSWERS, answersPath: 'a', resumeCommand: remedy`r`, trialSeconds: 0, version: '1' },
      now: () => 0,
      interrupter: () => createInterrupter(),
    });
    for (const page of ['welcome', 'select:mappings.base', 'review']) {
      wizard.dispatch({ type: 'goto', page });
      expect(displayWidth(railLine(wizard.getState(), { ...PLAIN_STYLE, width: 59 }))).toBeLessThanOrEqual(59);
    }
  });
});

describe('the grid of a run', () => {
  const begun = reduceRun(
    reduceRun(runOf(PLAN, 0), { type: 'stage', stage: 'services', state: 'begin' }, 0),
    { type: 'change', id: 'package:cache1:redis-server', node: 'cache1', what: 'Install redis-server', state: 'begin' },
    1000,
  );

  it('shows a row a node, what is under way and for how long', () => {
    expect(gridLines(begun, { ...PLAIN_STYLE, width: 59 }, 9, 9000)).toMatchInlineSnapshot(`
      [
        "Stage 1 of 3: cache services  9 s",
        "",
        "cache1            ●○○   8 s  Install redis-server",
        "all Moodle nodes  ○○○   not started",
        "main              ○○○○  not started",
        "web1              ○○    not started",
        "web2              ○○    not started",
      ]
    `);
  });

  it('never has more lines than there is room, with 500 nodes', () => {
    const changes = Array.from({ length: 500 }, (_, i) => ({ ...(begun.changes[0] as (typeof begun.changes)[number]), id: `x${i}`, node: `n${i}` }));
    for (const height of [3, 9, 40]) expect(gridLines({ ...begun, changes }, { ...PLAIN_STYLE, width: 59 }, height, 9000).length).toBeLessThanOrEqual(height);
  });
});

const FULL: TerminalFacts = {
  stdinTty: true,
  stdoutTty: true,
  stderrTty: true,
  columns: 80,
  rows: 24,
  colour: true,
  unicode: true,
  term: 'xterm',
  accessible: false,
  ci: false,
};

describe('which front end', () => {
  it.each([
    [{}, {}, 'ink', null],
    [{ columns: 50 }, {}, 'plain', '50 × 24'],
    [{ term: 'dumb' }, {}, 'plain', 'TERM=dumb'],
    [{ ci: true }, {}, 'plain', 'CI'],
    [{ accessible: true }, {}, 'plain', null],
    [{}, { plain: true }, 'plain', null],
    [{ stdinTty: false }, {}, 'headless', 'not a terminal'],
    [{}, { answers: true }, 'headless', null],
  ] as const)('%j %j → %s', (terminal, flags, frontend, reason) => {
    const choice = chooseFrontend({ ...FULL, ...terminal }, flags);
    expect(choice.frontend).toBe(frontend);
    if (reason === null) expect(choice.reason).toBeNull();
    else expect(choice.reason).toContain(reason);
  });

  it('honours NO_COLOR, FORCE_COLOR and the locale', () => {
    expect(environmentStyle({ NO_COLOR: '1', FORCE_COLOR: '1', LANG: 'C.UTF-8', TERM: 'xterm' }, true)).toEqual({ colour: false, unicode: true });
    expect(environmentStyle({ FORCE_COLOR: '1', LANG: 'C', TERM: 'xterm' }, false)).toEqual({ colour: true, unicode: false });
  });
});

describe('Ctrl+C', () => {
  it('is gentle, then firm within three seconds, then the end', () => {
    let now = 0;
    const one = createInterrupter(() => now);
    expect([one.interrupt(), one.gentle.aborted, one.now.aborted]).toEqual([1, true, false]);
    now = 10_000;
    expect(one.interrupt()).toBe(1);
    now = 11_000;
    expect([one.interrupt(), one.now.aborted]).toEqual([2, true]);
    expect(one.interrupt()).toBe(3);
  });
});
