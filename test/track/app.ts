/**
 * The interactive front ends on the real engine, whose nodes are in memory: `app.ts ink|plain fresh|unfinished [TRACK]`. Bundled with the test track, so that
 * questions, schema, engine and screens are those of a program that has it.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answers } from '../../src/answers/schema.js';
import type { App } from '../../src/app/app.js';
import { createBackend } from '../../src/app/backend.js';
import { chosenTrack } from '../../src/app/chosen-track.js';
import { remedy } from '../../src/core/remedy.js';
import { applyCommand } from '../../src/engine/commands/apply.js';
import type { CommandContext } from '../../src/engine/commands/types.js';
import type { Session } from '../../src/engine/session/session.js';
import { runInkWizard } from '../../src/ui/ink/index.js';
import { runPlainWizard } from '../../src/ui/plain.js';
import { ignoreClosedPipes, runCleanups } from '../../src/ui/terminal.js';
import type { UnfinishedRun, WizardBackend } from '../../src/ui/wizard-port.js';
import { contextOf } from '../unit/engine/fake-cluster/process.js';
import { World } from '../unit/engine/fake-cluster/world.js';
import { CLUSTER } from '../unit/steps-system/world.js';
import { ANSWERS, WORK } from './work.js';

const [mode = 'ink', start = 'fresh', track] = process.argv.slice(2);
const stateDir = mkdtempSync(join(tmpdir(), 'mcw-track-app-'));
const world = new World(['main', 'web1', 'web2']);
const nodes = CLUSTER.nodes.map(({ name, host, roles }) => ({ name, host, roles }));
const answers = { ...ANSWERS, nodes } as Answers;

const contexts = new WeakMap<Session, CommandContext>();

/** What the program has in its place, with sessions on the cluster in memory. */
const app: Pick<App, 'secrets' | 'open' | 'context'> & { readonly log: Pick<App['log'], 'file' | 'write'> } = {
  log: { file: join(stateDir, 'log'), write: () => {} },
  secrets: () => Promise.resolve({}),
  open: (given) => {
    const context = contextOf(world, stateDir, { track: chosenTrack(given.answers), answers: given.answers });
    const session: Session = { ...context.session, emit: given.emit };
    contexts.set(session, context);
    return Promise.resolve(session);
  },
  context: (session, frontend, stop) => {
    const context = contexts.get(session);
    if (!context) throw new Error('a session of somebody else');
    return { ...context, session, frontend, signal: stop?.gentle ?? context.signal, abort: stop?.now ?? context.abort };
  },
};

/** A process that has died in the middle of an apply. */
async function dieInTheMiddle(): Promise<UnfinishedRun> {
  world.begin({ at: 24, when: 'after' });
  const options = { expected: null, allowIrreversible: false, resume: false, trial: { kind: 'none' } } as const;
  await applyCommand(contextOf(world, stateDir, { ...WORK, answers }), options).catch(() => {});
  if (!world.dead) throw new Error('the run was over before it could be killed');
  world.begin(null);
  const run = [...world.points.keys()].at(-1) ?? '';
  const common = { cluster: 'campus', since: '2026-01-01T00:00:00Z', by: 'root@main', detail: 'It was killed.', here: true };
  return { run, ...common, answers, missingSecrets: [], missingLogins: [], journal: [] };
}

const unfinished = start === 'unfinished' ? await dieInTheMiddle() : null;
const engine = createBackend(app as App, () => 'answers.yaml');
const backend: WizardBackend = {
  ...engine,
  findSites: () => Promise.resolve([{ dirroot: '/var/www/moodle', wwwroot: null, release: null, foundIn: 'a usual place' }]),
  tryNode: () => Promise.resolve({ ok: true, detail: 'Debian 12' }),
  saveAnswers: (_answers, path) => Promise.resolve({ path, how: 'written' }),
  sshHosts: () => Promise.resolve([]),
  findUnfinished: () => Promise.resolve(unfinished),
};
const { version, cluster, moodle } = answers;
const options = {
  initial: { version, cluster, moodle, nodes, ...(track === undefined ? {} : { track }) },
  answersPath: 'answers.yaml',
  resumeCommand: remedy`moodle-cluster-wizard --answers answers.yaml`,
  trialSeconds: 120,
  version: '0.1.0',
};
ignoreClosedPipes();
const result = await (mode === 'plain' ? runPlainWizard : runInkWizard)(backend, options);
const files = world.system.flatMap((c) => (c.kind === 'file' ? [`${c.node}: ${c.content.replaceAll('\n', ' ').trim()}`] : [])).sort();
process.stdout.write(`ended ${result.exitCode} ${result.outcome}\n${files.map((f) => `there ${f}\n`).join('')}`);
await runCleanups();
rmSync(stateDir, { recursive: true, force: true });
process.exitCode = result.exitCode;
