/** The requests of the interactive front ends, served by the same engine as unattended commands. */

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { toCluster } from '../answers/cluster.js';
import { loadAnswers } from '../answers/load.js';
import { saveAnswers } from '../answers/save.js';
import type { Answers } from '../answers/schema.js';
import type { Plan } from '../core/change.js';
import { asWizardError, EXIT, WizardError } from '../core/errors.js';
import type { Emit, Frontend } from '../core/events.js';
import { ownCommand } from '../core/program.js';
import { remedy, sh } from '../core/remedy.js';
import { DEFAULT_TRIAL_SECONDS } from '../core/trial.js';
import { applyCommand } from '../engine/commands/apply.js';
import { rollbackCommand } from '../engine/commands/rollback.js';
import { confirmCommand, extendCommand, revertCommand } from '../engine/commands/trial.js';
import type { CommandContext, CommandResult } from '../engine/commands/types.js';
import { verifyCommand } from '../engine/commands/verify.js';
import { planNow, surveyOrRefuse } from '../engine/run/plan-now.js';
import { loadOrMeasure, wishOf } from '../engine/session/measurements.js';
import type { Session } from '../engine/session/session.js';
import { readBounded } from '../local/read.js';
import { nodeFindings } from '../survey/findings.js';
import type { RunResult, StopSignals, SurveyResult, WizardBackend, WizardInput } from '../ui/wizard-port.js';
import type { App } from './app.js';
import { findSites } from './find-sites.js';
import { writePrivate } from './output.js';
import { createTryNode } from './try-node.js';
import { findUnfinished } from './unfinished.js';

const MAX_SSH_CONFIG_BYTES = 4_194_304;

/** How a command of the wizard is run. */
interface How {
  /** Secrets that only new changes need may be missing. */
  readonly looksOnly?: boolean;
  /** Unreachable nodes are skipped: a rollback must not wait for them. */
  readonly allowUnreachable?: boolean;
  /** The command that resumes it, where it is not apply. */
  readonly again?: 'rollback';
}

/** The backend of one interactive run. `answersPath`: where answers are saved, for the resume command. `readFrom`: the file they come from; it may name commands, so it must be trusted. */
export function createBackend(app: App, answersPath: () => string, readFrom: string | null = null): WizardBackend {
  let applied: WizardInput | null = null;
  /** One session per request: connecting is fast compared with a person's decisions, and an idle connection would be lost meanwhile. */
  async function inSession<T>(input: WizardInput, emit: Emit, signal: AbortSignal, work: (session: Session) => Promise<T>, how: How = {}): Promise<T> {
    const answers = checked(input.answers);
    // A survey works without a secret that a later question asks for.
    const secrets = await app.secrets(answers, input.onRecord === true ? null : readFrom, input.secrets, how.looksOnly === true);
    const session = await app.open({ cluster: toCluster(answers), answers, secrets, emit, signal, allowUnreachable: how.allowUnreachable === true });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  async function run(
    input: WizardInput,
    frontend: Frontend,
    stop: StopSignals,
    work: (context: CommandContext) => Promise<CommandResult>,
    how: How = {},
  ): Promise<RunResult> {
    try {
      const result = await inSession(input, frontend.emit, stop.now, (session) => work(app.context(session, frontend, stop)), how);
      return {
        outcome: result.outcome,
        exitCode: result.exitCode,
        message: result.message,
        log: app.log.file,
        ...(result.restorePoint === undefined ? {} : { restorePoint: result.restorePoint }),
        ...(result.trialEndsAt === undefined ? {} : { trialEndsAt: result.trialEndsAt }),
      };
    } catch (thrown) {
      const error = asWizardError(thrown);
      const answers = resolve(answersPath());
      app.log.write({ error: error.code, message: error.message, ...(error.cause instanceof Error ? { stack: error.cause.stack } : {}) });
      return {
        outcome: error.outcome,
        exitCode: error.exitCode,
        message: error.message,
        error,
        log: app.log.file,
        ...(error.outcome === 'unchanged'
          ? {}
          : { resume: ownCommand(how.again === undefined ? sh`apply --answers ${answers} --yes --resume` : sh`rollback --answers ${answers} --yes`) }),
      };
    }
  }

  /** Ends the trial that the last apply of this session started. */
  const endTrial = async (emit: Emit, work: (context: CommandContext) => Promise<CommandResult>): Promise<RunResult> => {
    const frontend: Frontend = { emit, approve: async () => false };
    const never = new AbortController().signal;
    if (applied) return run(applied, frontend, { gentle: never, now: never }, work, { allowUnreachable: true, looksOnly: true });
    const error = new WizardError('no-trial', 'This session has started no trial.', {
      remedies: [remedy`Show the state of the site: moodle-cluster-wizard status`],
    });
    return { outcome: 'unchanged', exitCode: error.exitCode, message: error.message, error };
  };

  return {
    findSites: async () => findSites(),
    tryNode: createTryNode(app, readFrom),
    survey: (input, emit, signal) => inSession(input, emit, signal, (session) => surveySite(session), { looksOnly: true }),
    plan: (input, emit, signal) => inSession(input, emit, signal, (session) => plan(session)),
    apply: (approved, input, frontend, stop, goOn) => {
      applied = input;
      return run(input, approvedFrontend(frontend), stop, (context) =>
        applyCommand(context, { expected: approved, allowIrreversible: true, resume: goOn, trial: { kind: 'confirm', seconds: DEFAULT_TRIAL_SECONDS } }),
      );
    },
    verify: (input, emit, signal) => run(input, { emit, approve: async () => false }, { gentle: signal, now: signal }, (context) => verifyCommand(context)),
    rollback: (input, frontend, stop) =>
      run(input, frontend, stop, (context) => rollbackCommand(context, { to: null, mucOnly: false }), {
        looksOnly: true,
        allowUnreachable: true,
        again: 'rollback',
      }),
    findUnfinished: () => findUnfinished(),
    resume: async (input, frontend, stop) => {
      applied = input;
      const open = await findUnfinished();
      if (open?.trialEndsAt !== undefined) {
        const message = 'A trial is running: keep the changes, roll them back, or extend the trial.';
        return { outcome: 'on-trial', exitCode: EXIT.done, message, restorePoint: open.run, trialEndsAt: open.trialEndsAt };
      }
      return run(input, frontend, stop, (context) =>
        applyCommand(context, { expected: null, allowIrreversible: true, resume: true, trial: { kind: 'confirm', seconds: DEFAULT_TRIAL_SECONDS } }),
      );
    },
    confirmTrial: (emit) => endTrial(emit, (context) => confirmCommand(context)),
    revertTrial: (emit) => endTrial(emit, (context) => revertCommand(context)),
    extendTrial: (emit) => endTrial(emit, (context) => extendCommand(context, DEFAULT_TRIAL_SECONDS)),
    saveAnswers: async (answers, path) => {
      // Incomplete answers are saved too: the next start continues with them, and `answers check` names what is missing.
      writePrivate(path, saveAnswers(answers as Answers));
      return { path, how: 'written' };
    },
    sshHosts: async () => sshHosts(`${homedir()}/.ssh/config`),
  };
}

/** The checks of an answers file, for answers that were typed. */
function checked(answers: Answers): Answers {
  return loadAnswers(saveAnswers(answers), 'answers').answers;
}

async function surveySite(session: Session): Promise<SurveyResult> {
  const { track, cluster, answers } = session;
  const facts = await session.survey();
  if (track.refusals(cluster, answers, facts).length === 0) {
    await session.inspectSite();
    await loadOrMeasure(session, wishOf(session));
  }
  const known = session.facts();
  return {
    facts: known,
    findings: nodeFindings(cluster, known),
    advice: track.advise(cluster, answers, known),
    // Checked again: the facts of the started Moodle may be a reason to refuse.
    refusals: track.refusals(cluster, answers, known),
  };
}

async function plan(session: Session): Promise<Plan> {
  await surveyOrRefuse(session);
  return (await planNow(session)).plan;
}

/** The person has approved this plan; only its later stages are asked about again. */
function approvedFrontend(frontend: Frontend): Frontend {
  return {
    emit: frontend.emit,
    approve: async (shown, irreversible, situation) =>
      situation === undefined || situation === 'first' ? true : frontend.approve(shown, irreversible, situation),
  };
}

/** Host names of ~/.ssh/config, without patterns. */
function sshHosts(path: string): readonly string[] {
  try {
    return [
      ...readBounded(path, MAX_SSH_CONFIG_BYTES)
        .toString('utf8')
        .matchAll(/^\s*Host\s+(.+)$/gim),
    ]
      .flatMap((m) => (m[1] ?? '').split(/\s+/))
      .filter((h) => /^[\w.-]+$/.test(h));
  } catch {
    return [];
  }
}
