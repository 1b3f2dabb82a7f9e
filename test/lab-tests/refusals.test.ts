/** Every stop before anything is changed: the right exit code, words that help at night, and nothing touched on any host. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { ANSWER_CASES } from './refusals/answers-cases.js';
import { CONNECTION_CASES } from './refusals/connection-cases.js';
import { moveIn, wizardElsewhere } from './refusals/elsewhere.js';
import { MOODLE_CASES } from './refusals/moodle-cases.js';
import { PLAN_CASES } from './refusals/plan-cases.js';
import { ANSWERS, MOODLE_HOSTS, on, type Refusal } from './refusals/refusal.js';
import { snapshot } from './refusals/snapshot.js';
import { USAGE_CASES } from './refusals/usage-cases.js';
import { answersText, labFor, mucConfig, mucState, pageStatus, putAnswers, quickRelease, told, type WizardRun, wizard } from './support.js';

type Json = Record<string, any>;

const othersOf = (error: Json): readonly Json[] => (error['others'] as Json[] | undefined) ?? [];

/** Everything an error tells, with the errors that were found beside it. */
function wordsOf(error: Json): string {
  return [error['message'], ...error['evidence'], ...error['remedies'], ...othersOf(error).map(wordsOf)].join('\n');
}

function nodesOf(error: Json): readonly string[] {
  return [...new Set([...(error['nodes'] as string[]), ...othersOf(error).flatMap(nodesOf)])].sort();
}

function expectWords(text: string, words: readonly (string | RegExp)[]): void {
  for (const word of words) {
    if (typeof word === 'string') expect(text).toContain(word);
    else expect(text).toMatch(word);
  }
}

function expectRefused(run: WizardRun, refusal: Refusal): void {
  expect(run.code, told(run)).toBe(refusal.exit);
  const error = run.json['error'] as Json;
  expect(error?.['code'], told(run)).toBe(refusal.code);
  expect(run.json).toMatchObject({ outcome: 'unchanged', exitCode: refusal.exit });
  expectWords(wordsOf(error), refusal.words);
  if (refusal.nodes) expect(nodesOf(error)).toEqual([...refusal.nodes].sort());
  // Somebody at night needs something to do. Faults of the answers file say it in the sentence itself, and once for all.
  const troubles = refusal.code === 'answers-invalid' ? [error] : [error, ...othersOf(error)];
  for (const one of troubles) expect(one['remedies'], one['message']).not.toEqual([]);
}

describe(`on Moodle ${quickRelease()}`, () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await labFor({ release: quickRelease(), name: 'refusals', foreignServices: true });
    await putAnswers(lab, answersText('redis'));
    await putAnswers(lab, 'versoin: 1\n', '/root/wrong.yaml');
    // Leaves the kit on every host, which is there to stay; and proves that the lab's cluster can be planned at all.
    const run = await wizard(lab, ['plan', '--answers', ANSWERS]);
    expect(run.code, told(run)).toBe(10);
  });
  afterAll(async () => {
    await lab?.down();
  });

  describe('the command line refuses, in text on stderr and in JSON on stdout,', () => {
    it.each(USAGE_CASES.map((usage) => [usage.name, usage] as const))('%s', async (_name, { args, code, words }) => {
      const text = await lab.hosts.main.exec(['moodle-cluster-wizard', ...args], { timeoutMs: 60_000 });
      expect(text.code, text.stderr).toBe(2);
      expect(text.stdout).toBe('');
      expectWords(text.stderr.replaceAll(/\n {2,}/g, ' '), words);
      const json = await wizard(lab, args);
      expect(json.code, told(json)).toBe(2);
      expect(json.json).toMatchObject({ exitCode: 2, outcome: 'unchanged', error: { code } });
      expectWords(wordsOf(json.json['error'] as Json), words);
      expect(json.stderr).toBe('');
    });
  });

  describe('without a terminal', () => {
    it.each([[[]], [['wizard']], [['wizard', '--plain']], [['--answers', ANSWERS]]])(
      'the wizard %j says how else to run it, and never waits (exit 2)',
      async (args) => {
        const run = await lab.hosts.main.exec(['sh', '-c', 'exec moodle-cluster-wizard "$@" < /dev/null', 'sh', ...args], { timeoutMs: 60_000 });
        expect(run.code, run.stderr).toBe(2);
        expect(run.stdout).toBe('');
        expectWords(run.stderr, ['not a terminal', 'ssh -t', 'plan --answers']);
      },
    );

    it('apply without --yes shows the plan, is declined, and changes nothing (exit 130)', async () => {
      const before = await snapshot(lab);
      const run = await lab.hosts.main.exec(['moodle-cluster-wizard', 'apply', '--answers', ANSWERS], {
        env: { REDIS_PASSWORD: 'some password' },
        timeoutMs: 300_000,
      });
      expect(run.code, run.stderr).toBe(130);
      expect(run.stdout).toBe('');
      expectWords(run.stderr, ['Stage 1 of 3', 'Add --yes', 'Nothing was changed']);
      expect(await snapshot(lab)).toEqual(before);
    });

    it('--ndjson tells a failure as events and closes with one result, all of it JSON on stdout', async () => {
      await putAnswers(
        lab,
        answersText('redis', (t) => t.replace('host: web2', 'host: wbe2')),
      );
      const run = await lab.hosts.main.exec(['moodle-cluster-wizard', 'plan', '--answers', ANSWERS, '--ndjson'], {
        env: { REDIS_PASSWORD: 'some password' },
        timeoutMs: 60_000,
      });
      const lines = run.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Json);
      expect(run.code).toBe(3);
      expect(lines[0]).toMatchObject({ type: 'run-begin', command: 'plan' });
      expect(lines).toContainEqual(expect.objectContaining({ type: 'connect', node: 'web2', state: 'failed' }));
      expect(lines.filter((l) => l['type'] === 'result')).toMatchObject([{ exitCode: 3, error: { code: 'host-unreachable', nodes: ['web2'] } }]);
      expect(lines.at(-1)?.['type']).toBe('result');
      expect(run.stderr).toBe('');
    });
  });

  describe('stops before anything is changed:', () => {
    const cases = [...ANSWER_CASES, ...CONNECTION_CASES, ...MOODLE_CASES, ...PLAN_CASES];
    it.each(cases.map((refusal) => [`${refusal.name} (exit ${refusal.exit}, ${refusal.code})`, refusal] as const))('%s', async (_title, refusal) => {
      const file = refusal.answersFile ?? ANSWERS;
      await putAnswers(lab, answersText('redis', refusal.answers));
      await refusal.trouble?.(lab);
      try {
        const before = await snapshot(lab);
        expectRefused(await wizard(lab, ['apply', '--answers', file, '--yes'], refusal.env), refusal);
        if (refusal.planExit !== undefined) expect((await wizard(lab, ['plan', '--answers', file], refusal.env)).code).toBe(refusal.planExit);
        expect(await snapshot(lab)).toEqual(before);
      } finally {
        await refusal.undo?.(lab);
      }
    });
  });

  describe('run from a machine that is not the main server, with a sudo password,', () => {
    let before: string;

    beforeAll(async () => {
      await lab.restore();
      await pageStatus(lab, 'main');
      await moveIn(lab);
      await on(lab, MOODLE_HOSTS, 'install -d -o www-data -g www-data /var/cache/moodle-nearby');
      await lab.hosts.cache1.must('umask 077; cat > /root/answers.yaml', { stdin: answersText('elsewhere') });
      before = await mucState(lab);
    });

    it('plans and touches nothing', async () => {
      const run = await wizardElsewhere(lab, ['plan', '--answers', ANSWERS]);
      expect(run.code, told(run)).toBe(10);
      expect(await mucState(lab)).toBe(before);
    });

    it('applies: proven on every node, its restore point on the main server', async () => {
      const run = await wizardElsewhere(lab, ['apply', '--answers', ANSWERS, '--yes', '--trial', '1']);
      expect(run.code, told(run)).toBe(0);
      expect((await mucConfig(lab)).stores).toHaveProperty('nearby');
      const checks = run.json['checks'] as { node: string; status: string }[];
      expect(new Set(checks.map((c) => c.node))).toEqual(new Set(['main', 'web1', 'web2']));
      expect(checks.filter((c) => c.status !== 'passed')).toEqual([]);
      for (const node of ['main', 'web1', 'web2']) expect(await pageStatus(lab, node)).toBe('200');
      expect(await lab.hosts.main.must('ls /var/lib/moodle-cluster-wizard/sites/*/restore-points')).toContain(run.json['restorePoint'] as string);
      expect((await lab.hosts.cache1.exec('ls /var/lib/moodle-cluster-wizard/sites/*')).code).not.toBe(0);
    });

    it('rolls back byte for byte', async () => {
      const run = await wizardElsewhere(lab, ['rollback', '--answers', ANSWERS, '--yes']);
      expect(run.code, told(run)).toBe(0);
      expect(await mucState(lab)).toBe(before);
      for (const node of ['main', 'web1', 'web2']) expect(await pageStatus(lab, node)).toBe('200');
    });
  });
});
