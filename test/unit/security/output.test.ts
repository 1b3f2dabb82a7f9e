/** What a hostile node says reaches no terminal, file or pipe as anything but visible text, in any front end. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { render } from 'ink';
import { createElement } from 'react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { clean, cleanOutput, cleanScreen, FIELD_MAX } from '../../../src/core/clean.js';
import { cleanDeep } from '../../../src/core/clean-deep.js';
import { asWizardError, WizardError } from '../../../src/core/errors.js';
import type { Frontend, WizardEvent } from '../../../src/core/events.js';
import { safeJson } from '../../../src/core/safe-json.js';
import { Redactor } from '../../../src/core/secret.js';
import { openJournal, readJournal } from '../../../src/records/journal.js';
import { openRunLog } from '../../../src/records/run-log.js';
import { createWizard } from '../../../src/ui/flow/controller.js';
import { loadRules } from '../../../src/ui/flow/validate.js';
import { createHeadlessFrontend, type HeadlessOptions } from '../../../src/ui/headless.js';
import { App } from '../../../src/ui/ink/App.js';
import type { Session } from '../../../src/ui/ink/session.js';
import { createUiStore, initialUi } from '../../../src/ui/ink/ui-state.js';
import { say } from '../../../src/ui/plain/io.js';
import { advicePage, connectPage, questionPage, reviewPage, surveyPage } from '../../../src/ui/plain/pages.js';
import { resultPage } from '../../../src/ui/plain/result.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import { describeEvent } from '../../../src/ui/text/render-event.js';
import { renderReport } from '../../../src/ui/text/render-report.js';
import type { WizardBackend } from '../../../src/ui/wizard-port.js';
import { screenStream, writeLine } from '../../../src/ui/writer.js';
import { createFakeBackend } from '../ui/fake-backend.js';
import { ADVICE, ANSWERS, CHECKS, FAILED_CHECK, FINDINGS, LOST, PLAN } from '../ui/fixtures.js';
import { scripted } from '../ui/scripted.js';
import { ALL_OF_IT, dangerIn, hostileText, poisoned } from './hostile.js';

beforeAll(loadRules);
afterEach(() => vi.restoreAllMocks());

/** What decides which way is gone, and is no text of a node. */
const KEEP = new Set([
  'type',
  'state',
  'level',
  'status',
  'kind',
  'stage',
  'outcome',
  'lane',
  'risk',
  'hash',
  'code',
  'edit',
  'action',
  'placement',
  'place',
  'lock',
  'via',
  'op',
  'family',
]);

const EVENTS: readonly WizardEvent[] = [
  { type: 'run-begin', run: 'r7', command: 'apply', cluster: 'campus', nodes: ['main', 'web1'] },
  { type: 'connect', node: 'main', state: 'failed', detail: 'x' },
  { type: 'survey', node: 'main', state: 'done', detail: 'Debian 12' },
  { type: 'findings', findings: FINDINGS },
  { type: 'advice', advice: ADVICE },
  { type: 'plan', plan: PLAN },
  { type: 'stage', stage: 'muc', state: 'begin' },
  { type: 'change', id: 'a', node: 'web1', what: 'Install', state: 'failed', ms: 12_300, detail: 'x' },
  { type: 'output', node: 'web1', change: 'a', line: 'Reading' },
  { type: 'notice', level: 'warning', node: 'web1', message: 'x' },
  { type: 'notice', level: 'info', message: 'x' },
  ...[...CHECKS, FAILED_CHECK].map((check) => ({ type: 'check', check }) as const),
  { type: 'run-end', outcome: 'changed', exitCode: 4, message: 'Done.', restorePoint: 'rp1', lines: ['Done.', 'And more.'] },
];

function headless(bad: string, more: Partial<HeadlessOptions>, says = EVENTS): { readonly lines: readonly string[]; readonly out: readonly string[] } {
  const lines: string[] = [];
  const out: string[] = [];
  const frontend = createHeadlessFrontend({
    command: 'apply',
    format: 'text',
    yes: false,
    allowIrreversible: false,
    verbose: true,
    out: (l) => (lines.push(l), out.push(l)),
    err: (l) => lines.push(l),
    ...more,
  });
  for (const event of says) frontend.emit(poisoned(event, bad, KEEP));
  void frontend.approve(poisoned(PLAN, bad, KEEP), [bad], 'differs');
  const error = new WizardError('change-failed', `x${bad}`, {
    nodes: [bad],
    step: bad,
    evidence: [bad, `a\n${bad}`],
    remedies: [bad as never],
    attachment: `a\n${bad}`,
    others: [LOST],
  });
  frontend.finish({ error: poisoned(error, bad), result: { [bad]: bad }, text: [bad.slice(0, 1000)], context: { log: bad, resume: bad as never } });
  return { lines, out };
}

describe('what is cleaned', () => {
  it('loses everything that a terminal acts on, keeps the rest, and is bounded', () => {
    fc.assert(
      fc.property(hostileText, (bad) => {
        for (const text of [clean(bad), cleanOutput(bad.replaceAll('\u001b[31m', '')), clean(`a${bad}b`, 20)])
          expect(dangerIn(text.replaceAll('\n', ''), true)).toBeNull();
        expect(dangerIn(clean(bad))).toBeNull();
        expect(clean(bad)).not.toContain('\n');
        expect(clean(clean(bad))).toBe(clean(bad));
      }),
      { numRuns: 500 },
    );
    expect(clean('Universität 日本 – “x” é ✔ 👍')).toBe('Universität 日本 – “x” é ✔ 👍');
    expect(clean('a\u001b]0;title\u0007b\u001bP+q\u001b\\c\u009d8\u009cd')).toBe('abcd');
    expect(clean('\u001b[31mred\u001b[39m')).toBe('red');
    const started = performance.now();
    expect(clean('x\u001b[2J'.repeat(2_500_000)).length).toBeLessThan(FIELD_MAX + 100);
    expect(clean('\u001b]0;'.repeat(2_500_000)).length).toBeLessThan(FIELD_MAX + 100);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('keeps our own paint at the last write, and moves only where something draws', () => {
    expect(cleanOutput('\u001b[31m✖\u001b[39m a\n\u001b[2mb\u001b[22m')).toBe('\u001b[31m✖\u001b[39m a\n\u001b[2mb\u001b[22m');
    expect(cleanOutput('\u001b[8mx\u001b[0m\u001b[2J\rb\u0007')).toBe('xb');
    expect(cleanScreen('\u001b[2K\u001b[1A\u001b[G\u001b[?25l\u001b]0;t\u0007\u001b[6n\u001b[?1049h\u202ea')).toBe('\u001b[2K\u001b[1A\u001b[G\u001b[?25la');
  });

  it('is every string of a value, errors in it too; clean values stay themselves', () => {
    for (const event of EVENTS) {
      expect(cleanDeep(event)).toBe(event);
      for (const bad of ALL_OF_IT) expect(dangerIn(JSON.stringify(cleanDeep(poisoned(event, bad, KEEP))))).toBeNull();
    }
    const error = cleanDeep({ error: poisoned(LOST, '\u001b[2J\u202e') }).error;
    expect(error).toBeInstanceOf(WizardError);
    expect(dangerIn(JSON.stringify([error.message, error.nodes, error.evidence, error.remedies]))).toBeNull();
    const answers = { answers: { a: 'x\ny' } };
    expect(cleanDeep(answers)).toBe(answers);
  });
});

describe('JSON', () => {
  it('is the same data and holds nothing raw', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), hostileText, (value, bad) => {
        for (const data of [value, { [bad]: bad }]) {
          expect(dangerIn(safeJson(data))).toBeNull();
          expect(JSON.parse(safeJson(data, { indent: 2 }))).toEqual(JSON.parse(JSON.stringify(data)));
        }
      }),
      { numRuns: 300 },
    );
    expect(safeJson('\u009b\u202e\u{e0041}\u007f')).toBe('"\\u009b\\u202e\\udb40\\udc41\\u007f"');
  });

  it.each(['json', 'ndjson'] as const)('of the front end, %s, says all of it and holds nothing raw', (format) => {
    for (const bad of ALL_OF_IT) {
      const { lines, out } = headless(bad, { format });
      for (const line of lines) expect(dangerIn(line)).toBeNull();
      for (const line of out) {
        expect(() => JSON.parse(line)).not.toThrow();
      }
      expect(JSON.parse(out.at(-1) ?? '').error.message).toContain(bad.toWellFormed());
    }
  });
});

describe('lines for people', () => {
  it.each([true, false])('hold text and our own paint, colour: %s', (colour) => {
    const style = { width: 80, colour, ascii: false };
    const some = fc.sample(hostileText, { numRuns: 40, seed: 6 });
    for (const bad of [...ALL_OF_IT, ...some])
      for (const command of ['plan', 'apply', 'status']) {
        for (const line of headless(bad, { command, style }).lines) {
          expect(dangerIn(line, colour)).toBeNull();
          expect(line).not.toContain('\n');
        }
      }
  });

  it('never begin with a line break of a node: no password is asked for by one', () => {
    const lines: string[] = [];
    const take = (line: string) => lines.push(line);
    const frontend = createHeadlessFrontend({ command: 'plan', format: 'text', yes: false, allowIrreversible: false, verbose: true, out: take, err: take });
    for (const event of EVENTS) frontend.emit(poisoned(event, '\n[sudo] password for root: ', KEEP));
    frontend.finish({ error: poisoned(LOST, '\n[sudo] password for root: ') });
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.filter((line) => line.startsWith('[sudo]'))).toEqual([]);
  });

  it('are few, however long a field is', () => {
    const { lines } = headless(
      'y'.repeat(200_000),
      {},
      EVENTS.filter((event) => event.type !== 'plan'),
    );
    expect(lines.join('\n').length).toBeLessThan(3_000_000);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(100_000);
    const error = new WizardError('bug', 'z'.repeat(10_000_000));
    const out: string[] = [];
    const frontend = createHeadlessFrontend({
      command: 'x',
      format: 'text',
      yes: false,
      allowIrreversible: false,
      verbose: false,
      out: () => {},
      err: (l) => out.push(l),
    });
    frontend.finish({ error });
    expect(out.join('').length).toBeLessThan(FIELD_MAX * 2);
  });

  it('of a report hold nothing else', () => {
    for (const bad of ALL_OF_IT) for (const line of renderReport(cleanDeep(poisoned(PLAN, bad, KEEP)))) expect(dangerIn(line)).toBeNull();
  });
});

/** A backend that is as hostile as it can be in everything that is said. */
function hostileBackend(bad: string, fail?: 'node' | 'apply' | 'check' | 'survey'): WizardBackend {
  const inner = createFakeBackend({ ...(fail === undefined ? {} : { fail }), unfinished: true });
  const frontendOf = (frontend: Frontend): Frontend => ({ emit: (event) => frontend.emit(poisoned(event, bad, KEEP)), approve: frontend.approve });
  const said = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return poisoned(await work, bad, KEEP);
    } catch (thrown) {
      throw poisoned(asWizardError(thrown), bad);
    }
  };
  return {
    ...inner,
    findSites: (signal) => said(inner.findSites(signal)),
    tryNode: (node, login, signal) => said(inner.tryNode(node, login, signal)),
    survey: (input, emit, signal) => said(inner.survey(input, (event) => emit(poisoned(event, bad, KEEP)), signal)),
    plan: (input, emit, signal) => said(inner.plan(input, emit, signal)),
    apply: (plan, input, frontend, stop, goOn) => said(inner.apply(plan, input, frontendOf(frontend), stop, goOn)),
    verify: (input, emit, signal) => said(inner.verify(input, emit, signal)),
    sshHosts: () => Promise.resolve([`host${bad}`]),
    findUnfinished: async () => {
      const found = await inner.findUnfinished?.();
      return found ? { ...poisoned({ ...found, answers: null }, bad, KEEP), answers: found.answers } : null;
    },
  };
}

function wizardOf(bad: string, fail?: 'node' | 'apply' | 'check' | 'survey', onEvent?: (event: WizardEvent) => void) {
  const options = { initial: ANSWERS, answersPath: 'answers.yaml', resumeCommand: 'again' as never, trialSeconds: 0, version: '0.1.0' };
  const backend = hostileBackend(bad, fail);
  return { options, wizard: createWizard({ backend, options, now: Date.now, interrupter: () => createInterrupter(), ...(onEvent ? { onEvent } : {}) }) };
}

const PAGES = ['welcome', 'unfinished', 'connect', 'survey', 'advice', 'review', 'plan', 'run', 'result'] as const;

describe('the full screen', () => {
  /** The frames of every page, drawn by Ink itself. */
  async function frames(bad: string, fail?: 'node' | 'apply' | 'survey'): Promise<string> {
    const { wizard, options } = wizardOf(bad, fail);
    let written = '';
    const sink = new Writable({ write: (chunk, _encoding, done) => ((written += String(chunk)), done()) });
    const stdout = screenStream(Object.assign(sink, { columns: 90, rows: 10_000, isTTY: true }) as unknown as NodeJS.WriteStream);
    const ui = createUiStore(initialUi(wizard.getState(), { columns: 90, rows: 30 }));
    const session: Session = {
      wizard,
      options,
      ui,
      style: { colour: true, ascii: false },
      rows: new Map(),
      leave: () => {},
      leaveNow: () => {},
      suspend: () => {},
    };
    await wizard.begin();
    const ink = render(createElement(App, { session }), { stdout, stdin: fakeStdin(), exitOnCtrlC: false, patchConsole: false, debug: true });
    // Drawn when nothing has been written for two turns of the timers: React and Ink work on this same thread.
    const show = async () => {
      for (let quiet = 0, before = -1; quiet < 2; quiet = written.length === before ? quiet + 1 : 0) {
        before = written.length;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    for (const page of PAGES) {
      if (page === 'run' && fail !== 'survey') await wizard.run('apply');
      wizard.dispatch({ type: 'goto', page });
      await wizard.work();
      await show();
      for (const overlay of ['help', 'log', 'journal', 'checks'] as const) {
        ui.set({ overlay: overlay as never, overlayScroll: 0 });
        await show();
      }
      ui.set({ overlay: null });
    }
    ink.unmount();
    return written;
  }

  it.each([undefined, 'node', 'apply', 'survey'] as const)(
    'draws text, our own paint and its moves; failing: %s',
    async (fail) => {
      for (const bad of ALL_OF_IT.slice(0, fail === undefined ? 2 : 1)) {
        const written = await frames(bad, fail);
        expect(written.length).toBeGreaterThan(2000);
        // What Ink draws with, and nothing else: no frame of ours has any other sequence.
        const moves = /\u001b\[(?:[0-9]*[AGJKH]|\?25[hl]|\?2026[hl])/g;
        expect(dangerIn(written.replaceAll(moves, ''), true)).toBeNull();
      }
    },
    120_000,
  );
});

function fakeStdin(): NodeJS.ReadStream {
  const stdin = new Writable({ write: (_c, _e, done) => done() });
  return Object.assign(stdin, {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => {},
    unref: () => {},
    read: () => null,
    setEncoding: () => {},
  }) as unknown as NodeJS.ReadStream;
}

describe('plain mode', () => {
  it('says text, line by line', async () => {
    const heard: string[] = [];
    for (const fail of [undefined, 'node', 'apply', 'check', 'survey'] as const)
      for (const bad of ALL_OF_IT) {
        const { wizard, options } = wizardOf(bad, fail, (event) => heard.push(describeEvent(event, { width: 80, colour: false, ascii: false }, true) ?? ''));
        await wizard.begin();
        const { io, said, asked } = scripted(Array.from({ length: 40 }, () => ':back'));
        const page = { io, wizard, options };
        for (const [name, show] of [
          ['connect', connectPage],
          ['survey', surveyPage],
          ['advice', advicePage],
          ['review', reviewPage],
          ['result', resultPage],
        ] as const) {
          if (name === 'result') {
            wizard.dispatch({ type: 'goto', page: 'plan' });
            await wizard.work();
            await wizard.run('apply').catch(() => {});
          }
          wizard.dispatch({ type: 'goto', page: name });
          await show(page);
        }
        wizard.dispatch({ type: 'goto', page: 'select:moodle.dirroot' });
        await questionPage(page);
        for (const line of [...said, ...asked, ...heard]) {
          expect(dangerIn(line)).toBeNull();
          expect(line).not.toContain('\n');
        }
        expect(said.length).toBeGreaterThan(20);
      }
  });

  it('writes nothing else, whatever it is given', () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => (written.push(String(chunk)), true));
    for (const bad of ALL_OF_IT) {
      say([bad, `\u001b[31mours\u001b[39m${bad}`]);
      writeLine('stdout', bad);
    }
    vi.restoreAllMocks();
    for (const text of written) expect(dangerIn(text, true)).toBeNull();
    expect(written.length).toBe(ALL_OF_IT.length * 3);
  });
});

describe('files that people look into', () => {
  it('hold nothing that a terminal acts on: log and journal', () => {
    const dir = mkdtempSync(join(tmpdir(), 'output-'));
    try {
      const log = openRunLog(dir, new Redactor(), () => new Date(0));
      const journal = openJournal(
        dir,
        'r1',
        () => new Date(0),
        (text) => text,
      );
      for (const bad of ALL_OF_IT) {
        log.write({ node: bad, trouble: bad });
        journal.write({ ev: 'change.failed', change: 'a', node: 'web1', detail: bad });
      }
      log.write({ message: 'x'.repeat(10_000_000) });
      journal.close();
      const text = readFileSync(log.file, 'utf8');
      expect(text.length).toBeLessThan(100_000);
      expect(dangerIn(text)).toBeNull();
      expect(JSON.parse(text.split('\n')[0] ?? '').trouble).toBe(ALL_OF_IT[0]?.toWellFormed());
      expect(dangerIn(readFileSync(journal.file, 'utf8'))).toBeNull();
      expect(readJournal(journal.file)).toHaveLength(ALL_OF_IT.length);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('the sources', () => {
  it('write to the terminal in one place', () => {
    const direct = ['src', 'steps'].flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.tsx?$/.test(file))
        .map((file) => join(root, file))
        .filter((file) => /(?:stdout|stderr)\)?\.write\(|process\[[^\]]*\]\.write|\bconsole\.|writeSync\([12],/.test(readFileSync(file, 'utf8'))),
    );
    // bin.ts speaks before anything newer than Node 12 may be parsed: a fixed line.
    expect(direct.sort()).toEqual(['src/bin.ts', 'src/ui/writer.ts']);
  });

  it('have Ink draw text in one place', () => {
    const direct = readdirSync('src/ui', { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        /\.tsx?$/.test(file) && /import \{[^}]*\b(?:Text|Static|Transform|Newline)\b[^}]*\} from 'ink'/.test(readFileSync(join('src/ui', file), 'utf8')),
    );
    expect(direct).toEqual(['ink/Text.tsx']);
  });
});
