/** A backend with fixtures instead of a cluster: what the front ends are tested and looked at with. */

import type { Answers } from '../../../src/answers/schema.js';
import { effects, type Plan } from '../../../src/core/change.js';
import { WizardError } from '../../../src/core/errors.js';
import type { Emit, Frontend } from '../../../src/core/events.js';
import { remedy } from '../../../src/core/remedy.js';
import type { RunResult, SiteCandidate, StopSignals, UnfinishedRun, WizardBackend } from '../../../src/ui/wizard-port.js';
import { ADVICE, ANSWERS, CHECKS, FAILED_CHECK, FINDINGS, LOST, nodeFacts, PLAN } from './fixtures.js';

export interface FakeOptions {
  /** Milliseconds each thing takes. */
  readonly pace?: number;
  /** What goes wrong. */
  readonly fail?: 'node' | 'apply' | 'check' | 'survey';
  readonly trial?: boolean;
  readonly sites?: readonly SiteCandidate[];
  readonly plan?: Plan;
  /** A later stage is asked for again. */
  readonly askAgain?: boolean;
  /** A run of another day was left half-done; `sudo`: its nodes want a password that is not there. */
  readonly unfinished?: boolean | 'sudo';
}

export interface FakeBackend extends WizardBackend {
  readonly saved: { answers: unknown; path: string }[];
  readonly calls: string[];
}

export const SITES: readonly SiteCandidate[] = [
  { dirroot: '/var/www/moodle', wwwroot: 'https://moodle.campus.example', release: '4.5.6', foundIn: '/etc/nginx/sites-enabled/moodle.conf' },
  { dirroot: '/srv/moodle-test', wwwroot: 'https://test.campus.example', release: '4.5.6', foundIn: 'a usual place' },
];

export const UNFINISHED: UnfinishedRun = {
  run: 'r20261122-1804-a1b2c3',
  cluster: 'campus',
  since: '2026-11-22T18:04:11Z',
  by: 'deploy@main',
  detail: '5 of 12 changes completed. Outcome unknown: package:web2:php-redis.',
  here: true,
  answers: ANSWERS as unknown as Answers,
  missingSecrets: ['redis1Password'],
  missingLogins: [],
  journal: ['2026-11-22 18:04:11  began', '2026-11-22 18:04:40  done: package:web1:php-redis', '2026-11-22 18:05:02  begun: package:web2:php-redis'],
};

const UNFINISHED_SUDO: UnfinishedRun = { ...UNFINISHED, missingSecrets: ['sudoPassword', 'redis1Password'], missingLogins: ['sudoPassword'] };

const TRIAL_MS = 120_000;

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new WizardError('cancelled', 'Stopped.'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
  });
}

async function surveyNodes(nodes: readonly string[], emit: Emit, pace: number, signal: AbortSignal): Promise<void> {
  for (const node of nodes) {
    emit({ type: 'connect', node, state: 'begin' });
    await sleep(pace, signal);
    emit({ type: 'connect', node, state: 'done' });
    emit({ type: 'survey', node, state: 'begin' });
    await sleep(pace, signal);
    emit({ type: 'survey', node, state: 'done', detail: 'Debian 12, PHP 8.2, Moodle 4.5.6' });
  }
}

async function applyAll(plan: Plan, frontend: Frontend, stop: StopSignals, options: FakeOptions): Promise<RunResult> {
  const emit = frontend.emit;
  const pace = options.pace ?? 1;
  const failure = (error: WizardError): RunResult => ({
    outcome: 'unknown',
    exitCode: error.exitCode,
    message: error.message,
    error,
    resume: remedy`moodle-cluster-wizard apply --answers answers.yaml --yes --resume`,
    log: '/root/.local/state/moodle-cluster-wizard/run-r7.log',
    restorePoint: 'rp-20261123-1804',
  });
  emit({ type: 'run-begin', run: 'r7', command: 'apply', cluster: plan.cluster, nodes: ['main', 'web1', 'web2', 'cache1', 'db1'] });
  for (const stage of plan.stages) {
    if (stage !== plan.stages[0] && !(await frontend.approve({ ...plan, stages: plan.stages.slice(plan.stages.indexOf(stage)) }, [], 'as-approved')))
      return { ...failure(new WizardError('cancelled', 'The stage was not begun, as you decided; what was done before it stays.')), outcome: 'changed' };
    emit({ type: 'stage', stage: stage.stage, state: 'begin' });
    for (const change of stage.changes) {
      if (stop.gentle.aborted)
        return {
          outcome: 'changed',
          exitCode: 130,
          message: 'Stopped as you asked, after the change that was under way. The rest is not done.',
          resume: remedy`moodle-cluster-wizard apply --answers answers.yaml --yes --resume`,
        };
      emit({ type: 'change', id: change.id, node: change.node, what: change.what, state: 'begin' });
      emit({ type: 'output', node: change.node, change: change.id, line: 'Reading package lists...' });
      try {
        await sleep(pace * 3, stop.now);
      } catch {
        return failure(
          new WizardError('outcome-unknown', `Aborted during "${change.what}" on ${change.node}: whether it is done is unknown.`, { nodes: [change.node] }),
        );
      }
      if (options.fail === 'apply' && change.id.startsWith('package:web2')) {
        emit({ type: 'change', id: change.id, node: change.node, what: change.what, state: 'failed', detail: 'connection lost' });
        return failure(LOST);
      }
      emit({ type: 'change', id: change.id, node: change.node, what: change.what, state: 'done', ms: pace * 3 });
    }
    emit({ type: 'stage', stage: stage.stage, state: 'done' });
  }
  for (const check of options.fail === 'check' ? [...CHECKS.slice(0, -3), FAILED_CHECK] : CHECKS) emit({ type: 'check', check });
  if (options.fail === 'check')
    return failure(
      new WizardError('verify-failed', 'The new mappings did not hold on web2: everything was put back.', { nodes: ['web2'], step: 'caches.mappings' }),
    );
  const done = { exitCode: 0, restorePoint: 'rp-20261123-1804' };
  if (options.trial) return { ...done, outcome: 'on-trial', message: 'The new mappings are live on trial.', trialEndsAt: Date.now() + TRIAL_MS };
  return { ...done, outcome: 'changed', message: `Done: ${effects(plan).length} changes on campus, proven on every node.` };
}

/** A backend that behaves like the app on a cluster of five nodes. */
export function createFakeBackend(options: FakeOptions = {}): FakeBackend {
  const pace = options.pace ?? 1;
  const saved: FakeBackend['saved'] = [];
  const calls: string[] = [];
  let over = false;
  const result = (message: string, outcome: RunResult['outcome']): RunResult => ({ outcome, exitCode: 0, message });
  return {
    saved,
    calls,
    findSites: async (signal) => {
      await sleep(pace, signal);
      return options.sites ?? SITES;
    },
    sshHosts: () => Promise.resolve(['web1', 'web2', 'cache1', 'db1', 'bastion']),
    tryNode: async (node, _login, signal) => {
      calls.push(`try ${node.name}`);
      await sleep(pace * (1 + node.name.length), signal);
      if (options.fail === 'node' && node.name === 'web2') {
        const error = new WizardError(
          'host-key-unknown',
          'web2 shows a host key that is not in known_hosts: ED25519 SHA256:9dQkKZ3J0bXkXn8c1m0qv8o2xU1b5S1p1fKQW7w4j0E',
          {
            nodes: ['web2'],
            remedies: [
              remedy`Compare the fingerprint on web2: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`,
              remedy`Then log in once with ssh web2, or choose "accept once".`,
            ],
          },
        );
        return { ok: false, detail: error.message, error };
      }
      return { ok: true, detail: 'Debian 12, PHP 8.2, sudo without a password' };
    },
    survey: async (input, emit, signal) => {
      calls.push('survey');
      const nodes = input.answers.nodes.map((n) => n.name);
      await surveyNodes(nodes, emit, pace, signal);
      if (options.fail === 'survey') throw LOST;
      return { facts: { nodes: Object.fromEntries(nodes.map((n) => [n, nodeFacts(n)])), site: null }, findings: FINDINGS, advice: ADVICE, refusals: [] };
    },
    plan: async (input, emit, signal) => {
      calls.push('plan');
      await surveyNodes(
        input.answers.nodes.map((n) => n.name),
        emit,
        Math.ceil(pace / 3),
        signal,
      );
      return options.plan ?? PLAN;
    },
    apply: async (plan, _input, frontend, stop, goOn) => {
      calls.push(goOn ? 'apply, going on' : 'apply');
      if (options.askAgain && !(await frontend.approve({ ...plan, hash: 'other' }, [])))
        return { outcome: 'unchanged', exitCode: 130, message: 'Declined: nothing more was changed.' };
      return applyAll(plan, frontend, stop, options);
    },
    verify: (_input, emit) => {
      for (const check of CHECKS) emit({ type: 'check', check });
      return Promise.resolve(result('All holds.', 'unchanged'));
    },
    rollback: async (input, frontend) => {
      calls.push('rollback', ...[...input.secrets.keys()].map((name) => `secret ${name}`));
      if (input.secrets.get('sudoPassword')?.reveal() === 'wrong') {
        const error = new WizardError('sudo-refused', 'sudo rejected the password of deploy on web1.', { nodes: ['web1'] });
        return { outcome: 'unchanged', exitCode: error.exitCode, message: error.message, error };
      }
      frontend.emit({ type: 'change', id: 'muc-publish:main:muc', node: 'main', what: 'Put muc/config.php back', state: 'undone' });
      await sleep(pace);
      over = true;
      return result('Everything is as it was before this run.', 'reverted');
    },
    confirmTrial: () => Promise.resolve(result('Kept: the new mappings stay.', 'changed')),
    revertTrial: () => Promise.resolve(result('Put back: the old mappings serve again.', 'reverted')),
    extendTrial: () => {
      calls.push('extend');
      return Promise.resolve({ ...result('The trial goes on for 240 s.', 'on-trial'), trialEndsAt: Date.now() + 2 * TRIAL_MS });
    },
    ...(options.unfinished
      ? {
          findUnfinished: () => Promise.resolve(over ? null : options.unfinished === 'sudo' ? UNFINISHED_SUDO : UNFINISHED),
          resume: async (input, frontend, stop) => {
            over = true;
            calls.push('resume');
            calls.push(...[...input.secrets.keys()].map((name) => `secret ${name}`));
            if (!(await frontend.approve(PLAN, []))) return { outcome: 'unchanged', exitCode: 130, message: 'Declined: nothing more was changed.' };
            return applyAll(PLAN, frontend, stop, options);
          },
        }
      : {}),
    saveAnswers: (answers, path) => {
      saved.push({ answers, path });
      return Promise.resolve({ path, how: 'written' as const });
    },
  };
}
