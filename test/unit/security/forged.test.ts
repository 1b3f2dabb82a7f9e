/** Forged answers through every command that runs in memory: an error of ours or a result, never a crash, in bounded time and memory. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from './forged-child.js';

const ROOT = join(import.meta.dirname, '../../..');
const SEED = 1;
const FORGERIES = 200;
const COMMANDS = 12;

interface Report {
  readonly outcomes: readonly Outcome[];
  readonly polluted: boolean;
  /** MB. */
  readonly peak: number;
}

let report: Report;

describe('200 forged answers', () => {
  beforeAll(async () => {
    const child = join(import.meta.dirname, 'forged-child.ts');
    // 200 runs share this process: without a bound on the heap, what is measured is how lazily it is swept. One that needs more ends the child.
    const { stdout } = await promisify(execFile)(process.execPath, ['--max-old-space-size=160', '--import', 'tsx', child, String(SEED), String(FORGERIES)], {
      cwd: ROOT,
      maxBuffer: 64 * 1024 * 1024,
    });
    report = JSON.parse(stdout) as Report;
  }, 280_000);

  const forged = () => report.outcomes.slice(COMMANDS);
  const listed = (all: readonly Outcome[]) => all.map((o) => `${o.command}: ${o.forgery}: ${o.stack ?? o.code}`);

  it('go through every command, which all work with honest answers', () => {
    expect(new Set(forged().map((o) => o.command)).size).toBe(COMMANDS);
    expect(forged().length).toBeGreaterThan(FORGERIES);
    const honest = report.outcomes.slice(0, COMMANDS);
    expect(honest.filter((o) => o.code === 'bug' || o.code === 'answer-invalid')).toEqual([]);
    expect(honest.find((o) => o.command === 'plan')?.code).toBe('none');
  });

  it('end in a result or an error of ours, never in a bug', () => {
    expect(listed(forged().filter((o) => o.code === 'bug' || !o.wizardError))).toEqual([]);
    expect(forged().filter((o) => o.code === 'answer-invalid').length).toBeGreaterThan(20);
    expect(report.polluted).toBe(false);
  });

  it('show no raw control byte', () => expect(listed(forged().filter((o) => o.raw))).toEqual([]));

  it('of one node are handed on to no other', () => expect(listed(forged().filter((o) => o.leaked.length > 0))).toEqual([]));

  // An apply waits up to 20 s for a service that does not answer.
  it('take bounded time and memory', () => {
    expect(Math.max(...forged().map((o) => o.ms))).toBeLessThan(60_000);
    expect(report.peak).toBeLessThan(300);
  });
});
