import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Lane, StagePlan } from '../../../src/core/change.js';
import { WizardError } from '../../../src/core/errors.js';
import type { WizardEvent } from '../../../src/core/events.js';
import { remedy } from '../../../src/core/remedy.js';
import type { ApplyContext, ChangeHandler, ChangeState, HandlerTable } from '../../../src/engine/handler.js';
import { HANDLERS } from '../../../src/engine/handlers/index.js';
import { applyStage } from '../../../src/engine/run/applier.js';
import { type Journal, openJournal, readJournal } from '../../../src/records/journal.js';

const change = (id: string, lane: Lane, after: readonly string[] = [], more: Partial<Change> = {}): Change =>
  ({
    kind: 'directory',
    id,
    node: id.split(':')[1],
    step: 'caches.services',
    what: id,
    why: 'test',
    after,
    lane,
    risk: 'low',
    undo: remedy`none`,
    notifies: [],
    ...more,
  }) as Change;

describe('running the changes of a stage', () => {
  let dir: string;
  let journal: Journal;
  let events: WizardEvent[];
  let log: string[];
  let commands: string[];
  let abort: AbortController;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mcw-applier-'));
    journal = openJournal(dir, 'r1', () => new Date(0));
    events = [];
    log = [];
    commands = [];
    abort = new AbortController();
  });
  afterEach(() => {
    journal.close();
    rmSync(dir, { recursive: true });
  });

  const run = (
    changes: readonly Change[],
    options: { state?: ChangeState; fail?: string; code?: 'change-failed' | 'link-lost'; onApply?: (id: string) => void } = {},
  ) => {
    const directory: ChangeHandler<'directory'> = {
      kind: 'directory',
      inspect: async () => options.state ?? 'before',
      capture: async (_c, c) => ({ undoOf: c.id }),
      apply: async (_c, c) => {
        log.push(`begin ${c.id}`);
        options.onApply?.(c.id);
        await new Promise((done) => setImmediate(done));
        if (options.fail === c.id) throw new WizardError(options.code ?? 'change-failed', `no ${c.id}`);
        log.push(`end ${c.id}`);
        return 'made';
      },
    };
    const handlers: HandlerTable = { ...HANDLERS, directory };
    const context = {
      emit: (e: WizardEvent) => events.push(e),
      signal: new AbortController().signal,
      executor: (node: string) => ({
        run: async (cmd: { argv: readonly string[] }) => (commands.push(`${node}: ${cmd.argv.join(' ')}`), { code: 0, stdout: '', stderr: '', ms: 1 }),
      }),
    } as unknown as ApplyContext;
    const stage: StagePlan = { stage: 'services', changes, provisional: false };
    return applyStage({
      stage,
      context,
      handlers,
      journal,
      stop: abort.signal,
      remember: async (c) => void log.push(`remember ${c.id}`),
      onDone: async () => {},
    });
  };
  const facts = () => readJournal(join(dir, 'runs', 'r1', 'journal.jsonl')).map((l) => ('change' in l ? `${l.ev} ${l.change}` : l.ev));

  it('remembers the undo and journals the beginning before the effect', async () => {
    await run([change('d:a:1', 'main')]);
    expect(log).toEqual(['remember d:a:1', 'begin d:a:1', 'end d:a:1']);
    expect(facts()).toEqual(['stage.begin', 'change.begin d:a:1', 'change.done d:a:1', 'stage.done']);
  });

  it('runs parallel changes side by side and serial ones one at a time', async () => {
    await run([change('d:a:1', 'parallel'), change('d:b:1', 'parallel')]);
    expect(log.slice(-4)).toEqual(['begin d:a:1', 'begin d:b:1', 'end d:a:1', 'end d:b:1']);
    log = [];
    await run([change('d:a:1', 'serial'), change('d:b:1', 'serial')]);
    expect(log.filter((l) => !l.startsWith('remember'))).toEqual(['begin d:a:1', 'end d:a:1', 'begin d:b:1', 'end d:b:1']);
  });

  it('keeps to what must come first', async () => {
    await run([change('d:a:2', 'main', ['d:a:1']), change('d:a:1', 'main')]);
    expect(log.filter((l) => l.startsWith('begin'))).toEqual(['begin d:a:1', 'begin d:a:2']);
  });

  it('stops at the first failure: the next node is not begun, the failure is on record', async () => {
    await expect(run([change('d:a:1', 'serial'), change('d:b:1', 'serial')], { fail: 'd:a:1' })).rejects.toThrow('no d:a:1');
    expect(log).not.toContain('begin d:b:1');
    expect(facts()).toContain('change.failed d:a:1');
  });

  it('records a lost link as unknown, never as done or failed', async () => {
    await expect(run([change('d:a:1', 'main')], { fail: 'd:a:1', code: 'link-lost' })).rejects.toThrow();
    expect(facts()).toContain('change.unknown d:a:1');
  });

  it('skips what is already up to date, and refuses what somebody else has changed', async () => {
    await run([change('d:a:1', 'main')], { state: 'after' });
    expect(log).toEqual([]);
    // On record, so that a run that is resumed counts what an earlier one had done.
    expect(facts()).toContain('change.skipped d:a:1');
    await expect(run([change('d:a:1', 'main')], { state: 'other' })).rejects.toMatchObject({ code: 'plan-stale', exitCode: 6 });
    expect(log).toEqual([]);
  });

  it('stops between two changes when asked to', async () => {
    const stop = run([change('d:a:1', 'main'), change('d:b:1', 'main')], { onApply: () => abort.abort() });
    await expect(stop).rejects.toMatchObject({ code: 'cancelled' });
    expect(log).toContain('end d:a:1');
    expect(log).not.toContain('begin d:b:1');
  });

  it('reloads a unit once for all changes that ask for it', async () => {
    await run([change('d:a:1', 'main', [], { notifies: ['reload:php.service'] }), change('d:a:2', 'main', [], { notifies: ['reload:php.service'] })]);
    expect(commands).toEqual(['a: systemctl reload php.service']);
  });

  it('says which changes wait for each other instead of hanging', async () => {
    await expect(run([change('d:a:1', 'main', ['d:a:2']), change('d:a:2', 'main', ['d:a:1'])])).rejects.toThrow(/wait for each other/);
  });

  it('drops a torn last line of the journal', async () => {
    await run([change('d:a:1', 'main')]);
    const file = join(dir, 'runs', 'r1', 'journal.jsonl');
    const whole = readFileSync(file, 'utf8');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file, whole.slice(0, -10));
    expect(readJournal(file)).toHaveLength(3);
  });
});
