/** The ends of a trial on nodes that decide by a mark of their own, or restore files of their own: none is reported that has not come. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { WizardEvent } from '../../../../src/core/events.js';
import type { TrialRecord } from '../../../../src/core/trial.js';
import { applyCommand } from '../../../../src/engine/commands/apply.js';
import { revertCommand } from '../../../../src/engine/commands/trial.js';
import type { Session } from '../../../../src/engine/session/session.js';
import { disarmAll, keepTrial, nodesLeft } from '../../../../src/engine/trial/end.js';
import type { Cmd } from '../../../../src/exec/executor.js';
import { CLUSTER } from '../../survey/world.js';
import { contextOf } from '../fake-cluster/process.js';
import { World } from '../fake-cluster/world.js';

const SITE = 'sitea';
const TRIAL: TrialRecord = {
  v: 1,
  id: 'r1',
  by: 'r1',
  armedAt: '',
  endsAt: '',
  muc: false,
  nodes: ['main', 'web1'],
  fileNodes: ['main', 'web1'],
  ownMarks: ['main', 'web1'],
};

let files: Map<string, string>;
let events: WizardEvent[];
let extended: string[];
/** Nodes whose verbs fail, by node. */
let failing: ReadonlySet<string>;
let secondsLeft: Readonly<Record<string, number>>;
let marks: Map<string, string>;

function run(node: string, { argv }: Cmd) {
  const said = (stdout: string, code = 0) => ({ code, stdout, stderr: '', ms: 1 });
  const at = argv.findIndex((word) => word.endsWith('/trial.sh'));
  const [verb = '', , to] = argv.slice(at + 1);
  if (argv[0] === 'test' || at < 0) return said('');
  if (verb === 'status') return said(`id=r1\nmark=${marks.get(node)}\nleft=${secondsLeft[node]}\n`);
  if (verb === 'extend') return said('', extended.push(`${node} ${argv.at(-1)}`) * 0);
  if (verb === 'mark') return said(`${marks.get(node)}\n`, failing.has(node) ? 255 : 0);
  if (failing.has(node)) return said('could not restore: /etc/nginx/x\n', 1);
  if (verb === 'turn') marks.set(node, to ?? '');
  return said(`${marks.get(node)}\n`);
}

const session = () =>
  ({
    cluster: { ...CLUSTER, nodes: CLUSTER.nodes.map((n) => ({ ...n, state: 'in' })) },
    emit: (event: WizardEvent) => events.push(event),
    executor: (node: string) => ({ node: { name: node }, run: async (cmd: Cmd) => run(node, cmd) }),
    record: {
      readJson: async (_site: string, name: string, schema: { parse(value: unknown): unknown }) =>
        files.has(name) ? schema.parse(JSON.parse(files.get(name) ?? '')) : null,
      writeFile: async (_site: string, name: string, text: string) => void files.set(name, text),
      removeFile: async (_site: string, name: string) => void files.delete(name),
    },
  }) as unknown as Session;
const warnings = () => events.flatMap((e) => (e.type === 'notice' ? [e.message] : [])).join('\n');

beforeEach(() => {
  files = new Map([['trial.json', JSON.stringify(TRIAL)]]);
  events = [];
  extended = [];
  failing = new Set();
  secondsLeft = { main: 3000, web1: 3000 };
  marks = new Map(TRIAL.nodes.map((node) => [node, 'armed']));
});

describe('a decision that has to reach nodes with marks of their own', () => {
  it('never shortens the time of the trial, which continues when the decision fails', async () => {
    secondsLeft = { main: 3000, web1: 20 };
    expect(await keepTrial(session(), SITE, TRIAL)).toBe('kept');
    expect(extended).toEqual(['web1 300']);
  });

  it('that does not reach one of them: a person learns what happens there, and how to keep it', async () => {
    failing = new Set(['web1']);
    expect(await disarmAll(session(), SITE, TRIAL, 'kept')).toEqual(['web1']);
    expect(warnings()).toContain('web1 has not learned that the trial is kept');
    expect(warnings()).toContain(`sh /var/lib/moodle-cluster-wizard/trial/${SITE}/trial.sh confirm`);
  });
});

describe('a rollback', () => {
  it('that a node could not do is on record as left, and as none when all have done it', async () => {
    failing = new Set(['web1']);
    await disarmAll(session(), SITE, TRIAL, 'reverted');
    expect(await nodesLeft(session(), SITE, 'r1')).toEqual(['web1']);
    expect(await nodesLeft(session(), SITE, 'another')).toEqual([]);
    failing = new Set();
    await disarmAll(session(), SITE, TRIAL, 'reverted');
    expect(await nodesLeft(session(), SITE, 'r1')).toEqual([]);
  });
});

describe('revert', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mcw-ends-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it.each([
    ['every node has ended the trial', false, 0, 'on every node'],
    ['one node could not be disarmed', true, 5, 'Not complete on web1'],
  ])('where %s: the exit code and the message say so', async (_what, fails, exitCode, message) => {
    const world = new World(['main', 'web1', 'web2']);
    world.begin(null);
    await applyCommand(contextOf(world, dir), { expected: null, allowIrreversible: true, resume: false, trial: { kind: 'confirm', seconds: 300 } });
    world.begin(null);
    const context = contextOf(world, dir);
    const executor: Session['executor'] = (node) => {
      const real = context.session.executor(node);
      const down = (cmd: Cmd) => fails && node === 'web1' && cmd.argv.join(' ').includes('/disarm.sh');
      return { ...real, run: async (cmd, options) => (down(cmd) ? { code: 1, stdout: '', stderr: '', ms: 1 } : real.run(cmd, options)) };
    };
    const result = await revertCommand({ ...context, session: { ...context.session, executor } });
    expect(result).toMatchObject({ outcome: 'reverted', exitCode, message: expect.stringContaining(message) });
  });
});
