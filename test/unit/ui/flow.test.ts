import { beforeAll, describe, expect, it } from 'vitest';
import { getAt, tidy } from '../../../src/answers/draft.js';
import { jsonSchema } from '../../../src/answers/keys.js';
import { loadDraft } from '../../../src/answers/load.js';
import { saveAnswers } from '../../../src/answers/save.js';
import type { Answers, NodeAnswer } from '../../../src/answers/schema.js';
import { remedy } from '../../../src/core/remedy.js';
import { createWizard, type Wizard } from '../../../src/ui/flow/controller.js';
import { excludableNodes, excludeAndReplan } from '../../../src/ui/flow/exclude.js';
import { inputOf } from '../../../src/ui/flow/input.js';
import { allQuestions } from '../../../src/ui/flow/pages.js';
import { checkAnswer, decodeText, type FlowQuestion } from '../../../src/ui/flow/question.js';
import { reviewRows } from '../../../src/ui/flow/review.js';
import { contextOf, currentPage, pagesOf } from '../../../src/ui/flow/selectors.js';
import { loadRules, schemaAt } from '../../../src/ui/flow/validate.js';
import { createInterrupter } from '../../../src/ui/terminal.js';
import { createFakeBackend, type FakeOptions } from './fake-backend.js';
import { ANSWERS, PLAN } from './fixtures.js';

beforeAll(loadRules);

function make(initial?: unknown, fake: FakeOptions = {}) {
  const backend = createFakeBackend(fake);
  const options = {
    ...(initial === undefined ? {} : { initial }),
    answersPath: 'answers.yaml',
    resumeCommand: remedy`moodle-cluster-wizard`,
    trialSeconds: 120,
    version: '0.1.0',
  };
  const wizard = createWizard({ backend, options, now: () => 1000, interrupter: () => createInterrupter(() => 0) });
  return { backend, wizard };
}

/** What is typed: the default unless `typed` has the key. */
function answerPage(wizard: Wizard, question: FlowQuestion, typed: Readonly<Record<string, unknown>>): void {
  if (question.kind === 'secret') wizard.dispatch({ type: 'secret', question, text: 's3cret-pw' });
  else {
    const given =
      question.key in typed && !(question.kind === 'list' && question.key === 'stores')
        ? typed[question.key]
        : (getAt(wizard.getState().draft, question.key) ?? question.default);
    const value = typeof given === 'string' ? decodeText(question, given) : given;
    expect(checkAnswer(question, value), `${question.key} = ${JSON.stringify(value)}`).toBeNull();
    wizard.dispatch({ type: 'answer', question, value });
  }
  wizard.dispatch({ type: 'next' });
}

async function walk(wizard: Wizard, typed: Readonly<Record<string, unknown>>, until: string): Promise<readonly string[]> {
  await wizard.begin();
  const seen: string[] = [];
  for (let i = 0; i < 100 && currentPage(wizard.getState()).id !== until; i += 1) {
    const page = currentPage(wizard.getState());
    seen.push(page.id);
    // Left at any page, the answers so far are what the next start takes.
    const draft = tidy(wizard.getState().draft);
    expect(loadDraft(saveAnswers(draft as Answers), 'answers.yaml')).toEqual(draft);
    await wizard.work();
    if (page.question) answerPage(wizard, page.question, typed);
    else wizard.dispatch({ type: 'next' });
  }
  return seen;
}

const TYPED = { nodes: ANSWERS.nodes, 'ssh.user': 'deploy', 'services.0.plugin': 'redis', 'services.0.node': 'cache1', 'needs.users': 2000, cluster: 'campus' };

describe('the flow', () => {
  it('asks the guide in order and ends in answers that the file format takes', async () => {
    const { wizard, backend } = make();
    const seen = await walk(wizard, TYPED, 'review');
    expect(seen).toMatchInlineSnapshot(`
      [
        "welcome",
        "select:moodle.dirroot",
        "text:cluster",
        "list:nodes",
        "text:ssh.user",
        "select:ssh.hostKeys",
        "select:ssh.sudo",
        "number:needs.users",
        "select:needs.sharedDisk",
        "select:needs.aim",
        "connect",
        "survey",
        "advice",
        "select:services.0.plugin",
        "text:services.0.name",
        "select:services.0.manage",
        "select:services.0.node",
        "number:services.0.port",
        "text:services.0.memory",
        "secret:services.0.password",
        "select:services.1.plugin",
        "select:modules.install",
        "select:stores",
        "select:mappings.base",
        "list:mappings.definitions",
      ]
    `);
    const { answers, secrets } = inputOf(wizard.getState());
    expect(answers).toMatchObject({
      cluster: 'campus',
      services: [{ name: 'redis1', plugin: 'redis', node: 'cache1', manage: true, password: 'secret:redis1Password' }],
      secrets: { redis1Password: 'env:REDIS1_PASSWORD' },
    });
    expect(secrets.get('redis1Password')?.reveal()).toBe('s3cret-pw');
    expect(backend.calls).toEqual(['try main', 'try web1', 'try web2', 'try cache1', 'try db1', 'survey']);
    await wizard.save();
    expect(JSON.stringify(backend.saved)).not.toContain('s3cret-pw');
  });

  it('plans, applies and ends', async () => {
    const { wizard } = make(ANSWERS);
    await walk(wizard, TYPED, 'run');
    expect(wizard.getState().plan).toMatchObject({ state: 'done', value: { hash: PLAN.hash } });
    expect(await wizard.run('apply')).toMatchObject({ outcome: 'changed', exitCode: 0 });
    expect(currentPage(wizard.getState()).id).toBe('result');
    expect(wizard.getState().run.changes.every((c) => c.state === 'done')).toBe(true);
  });

  it('goes back without losing an answer', async () => {
    const { wizard } = make();
    await walk(wizard, TYPED, 'review');
    const before = JSON.stringify(wizard.getState().draft);
    const forwards = pagesOf(wizard.getState()).map((p) => p.id);
    const back: string[] = [];
    while (currentPage(wizard.getState()).id !== 'welcome') {
      wizard.dispatch({ type: 'back' });
      back.push(currentPage(wizard.getState()).id);
    }
    expect(back.reverse()).toEqual(forwards.slice(0, forwards.indexOf('review')));
    expect(JSON.stringify(wizard.getState().draft)).toBe(before);
  });

  it('edits one answer from the review and asks only what follows from it', async () => {
    const { wizard } = make();
    await walk(wizard, TYPED, 'review');
    wizard.dispatch({ type: 'goto', page: 'select:services.0.plugin', editing: true });
    const page = currentPage(wizard.getState());
    if (!page.question) throw new Error('no question');
    wizard.dispatch({ type: 'answer', question: page.question, value: undefined });
    wizard.dispatch({ type: 'next' });
    expect(currentPage(wizard.getState()).id).toBe('review');
    expect(getAt(wizard.getState().draft, 'services')).toEqual([]);
    wizard.dispatch({ type: 'goto', page: 'select:services.0.plugin', editing: true });
    wizard.dispatch({ type: 'answer', question: page.question, value: 'redis' });
    wizard.dispatch({ type: 'next' });
    expect(currentPage(wizard.getState()).id).toBe('text:services.0.name');
  });

  it('keeps numbers of services closed up when one goes', async () => {
    const { wizard } = make({
      ...ANSWERS,
      services: [
        { name: 'a1', plugin: 'redis' },
        { name: 'b1', plugin: 'redis' },
      ],
    });
    const question = allQuestions(contextOf(wizard.getState())).find((q) => q.key === 'services.0.plugin') as FlowQuestion;
    wizard.dispatch({ type: 'answer', question, value: undefined });
    expect(getAt(wizard.getState().draft, 'services')).toEqual([{ name: 'b1', plugin: 'redis' }]);
  });

  it('names every missing key when asked too early', () => {
    expect(() => inputOf(make().wizard.getState())).toThrowError(/missing/);
  });

  it('asks a stage again that came out different, and a stop declines it', async () => {
    const { wizard } = make(ANSWERS, { askAgain: true });
    await walk(wizard, TYPED, 'run');
    const run = wizard.run('apply');
    await new Promise((r) => setTimeout(r, 5));
    expect(wizard.getState().asking).not.toBeNull();
    wizard.interrupt();
    expect(await run).toMatchObject({ outcome: 'unchanged', exitCode: 130 });
  });
});

describe('after a failure', () => {
  it('goes on without the node that stopped it, never without main', async () => {
    const { wizard } = make(ANSWERS, { fail: 'apply' });
    await walk(wizard, TYPED, 'run');
    await wizard.run('apply');
    expect(excludableNodes(wizard.getState())).toEqual(['web2']);
    excludeAndReplan(wizard, ['web2'], 'its disk is full');
    const states = Object.fromEntries((getAt(wizard.getState().draft, 'nodes') as NodeAnswer[]).map((n) => [n.name, n.state ?? 'in']));
    expect(states).toMatchObject({ main: 'in', web1: 'in', web2: 'out' });
    expect(getAt(wizard.getState().draft, 'nodes')).toContainEqual(expect.objectContaining({ name: 'web2', reason: 'its disk is full' }));
    expect(currentPage(wizard.getState()).kind).toBe('plan');
  });

  it('goes on with the same restore point when the run is on record as unfinished', async () => {
    const { wizard, backend } = make(ANSWERS, { unfinished: true });
    await walk(wizard, TYPED, 'run');
    await wizard.run('apply');
    expect(backend.calls).toContain('apply, going on');
  });

  it('takes an unfinished run up with its own answers and the password that was typed', async () => {
    const { wizard, backend } = make({}, { unfinished: true });
    await walk(wizard, {}, 'unfinished');
    wizard.giveSecret('redis1Password', 'x y');
    const run = wizard.run('resume');
    await new Promise((r) => setTimeout(r, 5));
    wizard.decide(true);
    expect(await run).toMatchObject({ outcome: 'changed' });
    expect(backend.calls).toEqual(expect.arrayContaining(['resume', 'secret redis1Password']));
    expect(wizard.getState().unfinished).toBeNull();
  });
});

/** Contexts that bring up every question there is. */
async function everyQuestion(): Promise<readonly FlowQuestion[]> {
  const services = [
    { name: 'm1', plugin: 'memcached', manage: true },
    { name: 'r1', plugin: 'redis', manage: false },
    { name: 'g1', plugin: 'mongodb', manage: true },
  ];
  const { wizard } = make({ ...ANSWERS, ssh: { sudo: 'password: secret:sudoPassword' }, services, stores: [] });
  await walk(wizard, TYPED, 'advice');
  return allQuestions(contextOf(wizard.getState()));
}

function schemaKeys(schema: unknown, path: string): readonly string[] {
  const s = schema as { properties?: Record<string, unknown>; items?: unknown; anyOf?: unknown[]; additionalProperties?: unknown };
  const inner = [
    ...Object.entries(s.properties ?? {}).flatMap(([k, v]) => schemaKeys(v, path === '' ? k : `${path}.${k}`)),
    ...(s.anyOf ?? []).flatMap((o) => schemaKeys(o, path).filter((k) => k !== path)),
  ];
  const items = s.items && path === 'services' ? schemaKeys(s.items, `${path}.N`).filter((k) => k !== `${path}.N`) : [];
  const all = [...inner, ...items];
  return all.length > 0 ? all : [path];
}

describe('questions and the answers file', () => {
  it('every question has a key of the file', async () => {
    for (const question of await everyQuestion()) expect(schemaAt(question.key), question.key).not.toBeNull();
  });

  it('every key of the file has a question', async () => {
    const asked = new Set((await everyQuestion()).map((q) => q.key.replace(/^services\.\d+/, 'services.N')));
    // Nodes and stores are lists of lines; secrets are named by the questions that ask for them.
    // `ssh.sudo: {password: …}` is another spelling of what `ssh.sudo` asks.
    // So are the parts of `tls`, of which the file is asked once it is chosen; addresses besides the Moodle nodes are named in the file.
    const tls = ['services.N.tls.cafile', 'services.N.tls.verify'];
    // Which track is asked as soon as there are several.
    const otherwise = ['version', 'track', 'secrets', 'ssh.sudo.password', ...tls, 'services.N.network.allow'];
    const missing = [...new Set(schemaKeys(jsonSchema(), ''))].filter((k) => !asked.has(k) && !otherwise.includes(k));
    expect(missing).toEqual([]);
  });

  it('every default passes its own check, and every question explains itself', async () => {
    for (const q of await everyQuestion()) {
      expect(q.help.length, q.key).toBeGreaterThan(12);
      expect(q.label.length, q.key).toBeGreaterThan(2);
      if (q.default !== undefined) expect(checkAnswer(q, typeof q.default === 'string' ? decodeText(q, q.default) : q.default), q.key).toBeNull();
    }
  });

  it('reviews every answer', async () => {
    const { wizard } = make(ANSWERS);
    await walk(wizard, TYPED, 'review');
    const rows = reviewRows(wizard.getState());
    expect(rows.find((r) => r.label === 'redis1: password')?.value).toBe('given, hidden');
    expect(rows.filter((r) => r.value === 'not answered yet')).toEqual([]);
  });
});
