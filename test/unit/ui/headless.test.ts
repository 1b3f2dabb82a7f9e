import { describe, expect, it } from 'vitest';
import type { WizardEvent } from '../../../src/core/events.js';
import { createHeadlessFrontend, type HeadlessOptions } from '../../../src/ui/headless.js';
import { CHECKS, LOST, PLAN } from './fixtures.js';

function make(more: Partial<HeadlessOptions> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const frontend = createHeadlessFrontend({
    command: 'apply',
    format: 'text',
    yes: true,
    allowIrreversible: false,
    verbose: false,
    out: (l) => out.push(l),
    err: (l) => err.push(l),
    ...more,
  });
  return { frontend, out, err };
}

const RUN: readonly WizardEvent[] = [
  { type: 'run-begin', run: 'r7', command: 'apply', cluster: 'campus', nodes: ['main', 'web1'] },
  { type: 'connect', node: 'main', state: 'done' },
  { type: 'survey', node: 'main', state: 'done', detail: 'Debian 12' },
  { type: 'change', id: 'a', node: 'web1', what: 'Install php8.2-redis', state: 'begin' },
  { type: 'change', id: 'a', node: 'web1', what: 'Install php8.2-redis', state: 'done', ms: 12_300 },
  ...CHECKS.map((check) => ({ type: 'check', check }) as const),
  { type: 'run-end', outcome: 'changed', exitCode: 0, message: 'Done: 7 changes.', restorePoint: 'rp1' },
];

describe('headless front end', () => {
  it('prints one line a fact on stderr and the summary on stdout', () => {
    const { frontend, out, err } = make();
    for (const event of RUN) frontend.emit(event);
    expect(frontend.finish()).toBe(0);
    expect(err).toEqual(['campus: apply on 2 nodes (main, web1), run r7', 'main: surveyed: Debian 12', 'web1: ✔ Install php8.2-redis (12 s)']);
    expect(out).toContain('Done: 7 changes.');
    expect(out).toContain('Restore point: rp1');
    expect(out.join('\n')).toContain('web1  ready 0.7 ms');
  });

  it('puts the plan on stdout for the command plan only', async () => {
    const plan = make({ command: 'plan' });
    plan.frontend.emit({ type: 'plan', plan: PLAN });
    plan.frontend.finish({ exitCode: 10 });
    expect(plan.out.join('\n')).toContain('Plan for campus');
    const apply = make();
    apply.frontend.emit({ type: 'plan', plan: PLAN });
    expect(await apply.frontend.approve(PLAN, [])).toBe(true);
    expect(apply.out).toEqual([]);
    expect(apply.err.filter((l) => l.includes('Plan for campus'))).toHaveLength(1);
  });

  it('approves only with --yes, and the irreversible only when that is allowed too', async () => {
    expect(await make({ yes: false }).frontend.approve(PLAN, [])).toBe(false);
    expect(await make().frontend.approve(PLAN, ['x'])).toBe(false);
    expect(await make({ allowIrreversible: true }).frontend.approve(PLAN, ['x'])).toBe(true);
    expect(await make().frontend.approve(PLAN, [], 'differs')).toBe(false);
  });

  it('is one JSON object on stdout, also when it fails', () => {
    const { frontend, out, err } = make({ format: 'json' });
    for (const event of RUN.slice(0, 4)) frontend.emit(event);
    expect(frontend.finish({ error: LOST })).toBe(3);
    const value = JSON.parse(out.join('\n'));
    expect(value).toMatchObject({ outcome: 'unknown', exitCode: 3, error: { code: 'link-lost', nodes: ['web2'] } });
    expect(err).toEqual([]);
  });

  it('tells warnings in the one object too', () => {
    const { frontend, out } = make({ format: 'json' });
    frontend.emit({ type: 'notice', level: 'info', message: 'progress' });
    frontend.emit({ type: 'notice', level: 'warning', node: 'web1', message: 'set aside' });
    frontend.finish();
    expect(JSON.parse(out.join('')).warnings).toEqual([{ node: 'web1', message: 'set aside' }]);
  });

  it('prints events as NDJSON with the result last, and redacts', () => {
    const { frontend, out } = make({ format: 'ndjson', redact: (t) => t.replaceAll('php8.2', '[hidden]') });
    for (const event of RUN) frontend.emit(event);
    frontend.finish();
    const lines = out.map((l) => JSON.parse(l));
    expect(lines).toHaveLength(RUN.length + 1);
    expect(lines.at(-1)).toMatchObject({ type: 'result', outcome: 'changed' });
    expect(out.join('')).not.toContain('php8.2');
  });
});
