import { describe, expect, it } from 'vitest';
import type { PageMeasure, TargetMeasure } from '../../../../src/core/trial.js';
import { allowedMs, brokenBefore, judgePages, unclean } from '../../../../src/engine/trial/judge.js';

const page = (change: Partial<PageMeasure> = {}): PageMeasure => ({
  path: '/login/index.php',
  status: 200,
  location: null,
  title: 'Log in to the site',
  bytes: 20_000,
  medianMs: 60,
  worstMs: 90,
  trouble: null,
  error: null,
  ...change,
});
const target = (...pages: readonly PageMeasure[]): readonly TargetMeasure[] => [{ node: 'web1', through: 'node', pages }];
const verdict = (before: Partial<PageMeasure>, now: Partial<PageMeasure>) => judgePages(target(page(before)), target(page(now)), 's')[0];

describe('pages during a trial', () => {
  it('pass when they are as before, within the noise of a busy machine', () => {
    expect(verdict({}, { medianMs: 150 })?.status).toBe('passed');
    expect(verdict({}, { medianMs: allowedMs(page()) })?.status).toBe('passed');
  });

  it.each([
    ['late, although the status is right', {}, { medianMs: 9050 }, /9\.1 s to the first byte instead of 60 ms/],
    ['of another status', {}, { status: 503 }, /status 503 instead of 200/],
    [
      'that lead elsewhere',
      { status: 303, location: 'https://sso.example/' },
      { status: 303, location: 'https://site/error' },
      /redirects to https:\/\/site\/error/,
    ],
    ['of another title', {}, { title: 'Error' }, /title is "Error"/],
    ['that show an exception with status 200', {}, { trouble: 'Exception - ' }, /shows "Exception/],
    ['without an answer', {}, { error: 'no answer after 20 s' }, /no answer after 20 s/],
  ] as const)('fail when they are %s', (_what, before, now, words) => {
    const check = verdict(before, now);
    expect(check?.status).toBe('failed');
    expect(check?.detail).toMatch(words);
    expect(check?.remedy).toContain('web1');
  });

  it('are unknown, never passed, when they had no answer before or were not asked now', () => {
    expect(verdict({ error: 'no connection' }, {})?.status).toBe('unknown');
    expect(judgePages(target(page()), [], 's')[0]?.status).toBe('unknown');
  });

  it('are told apart by node and by the way they were asked', () => {
    const balancer: TargetMeasure = { node: 'web1', through: 'balancer', pages: [page()] };
    const checks = judgePages([...target(page()), balancer], [...target(page({ status: 500 })), balancer], 's');
    expect(checks.map((c) => c.status)).toEqual(['failed', 'passed']);
  });
});

describe('a baseline', () => {
  it.each([
    [{ status: 503 }, /maintenance/],
    [{ status: 303, location: 'https://sso.example/' }, /it redirects.*sso\.example/],
    [{ status: 403 }, /closed to this address/],
    [{ status: 404 }, /is this the site/],
    [{ status: 0, error: 'no connection' }, /no connection/],
  ])('that is not clean is recognised: %j', (change, words) => {
    expect(unclean(page(change))).toMatch(words);
  });

  it('that is clean is no matter', () => expect(unclean(page())).toBeNull());

  it('that fails already stops the run; maintenance and an unreachable balancer do not', () => {
    expect(brokenBefore(target(page({ status: 500 })))).toEqual(['web1: /login/index.php answers 500']);
    expect(brokenBefore(target(page({ trouble: 'Fatal error: ' })))).toHaveLength(1);
    expect(brokenBefore(target(page({ status: 503 })))).toEqual([]);
    expect(brokenBefore([{ node: 'main', through: 'balancer', pages: [page({ status: 502 })] }])).toEqual([]);
  });
});
