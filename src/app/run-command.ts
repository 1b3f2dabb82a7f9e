/** Runs one command unattended: reads the answers, opens one session, prints one result. */

import type { Answers } from '../answers/schema.js';
import type { Advice } from '../core/advice.js';
import type { Finding, Plan } from '../core/change.js';
import { cleanOutput } from '../core/clean.js';
import { cleanDeep } from '../core/clean-deep.js';
import { asWizardError, EXIT, type WizardError } from '../core/errors.js';
import type { Measurements } from '../core/measure.js';
import { safeJson } from '../core/safe-json.js';
import { adviseCommand } from '../engine/commands/advise.js';
import { applyCommand } from '../engine/commands/apply.js';
import { planCommand } from '../engine/commands/plan.js';
import { purgeCommand } from '../engine/commands/purge.js';
import { backupsCommand, statusCommand, unlockCommand } from '../engine/commands/records.js';
import { repairCommand } from '../engine/commands/repair.js';
import { rollbackCommand } from '../engine/commands/rollback.js';
import { confirmCommand, revertCommand } from '../engine/commands/trial.js';
import type { CommandContext, CommandResult } from '../engine/commands/types.js';
import { verifyCommand } from '../engine/commands/verify.js';
import { createHeadlessFrontend, type HeadlessFrontend } from '../ui/headless.js';
import { ignoreClosedPipes, streamStyle } from '../ui/terminal.js';
import { renderAdvice, renderFindings, renderMeasurements, renderPlan, renderReport } from '../ui/text/index.js';
import { writeLine } from '../ui/writer.js';
import { findAnswers } from './answers-source.js';
import { App } from './app.js';
import { chosenTrack, forTrack } from './chosen-track.js';
import { refuseMissing } from './missing-answers.js';
import type { CommandOptions } from './options.js';
import { assertStateDir, assertWritable, readPlan, writePrivate } from './output.js';
import { watchSignals } from './signals.js';
import { chosenSteps } from './steps-filter.js';
import { trialMode } from './trial-mode.js';

/** Commands that show or restore something: they work without the secrets that only new changes need. */
const LAZY = new Set(['rollback', 'repair', 'purge', 'status', 'backups', 'unlock', 'confirm', 'revert']);

/** Commands that continue without unreachable nodes: they restore something, or show records. */
const WITHOUT = new Set(['rollback', 'revert', 'confirm', 'status', 'backups', 'unlock']);

const CHANGING = new Set(['apply', 'rollback', 'repair', 'purge', 'confirm', 'revert']);

type Runner = (context: CommandContext, options: CommandOptions) => Promise<CommandResult>;

const RUNNERS: Readonly<Record<string, Runner>> = {
  plan: async (context, options) => {
    const result = await planCommand(context, { steps: chosenSteps(context.session.track.titles, options), trial: options.trial !== false });
    writePlanFiles(result.plan, options);
    return result;
  },
  apply: async (context, options) => {
    const steps = chosenSteps(context.session.track.titles, options);
    const expected = options.plan === undefined ? null : readPlan(options.plan);
    return applyCommand(context, {
      expected,
      allowIrreversible: options.allowIrreversible === true,
      resume: options.resume === true,
      trial: trialMode(options),
      ...(steps === undefined ? {} : { steps }),
    });
  },
  verify: (context) => verifyCommand(context),
  advise: (context) => adviseCommand(context),
  status: (context) => statusCommand(context),
  backups: (context) => backupsCommand(context),
  unlock: (context, options) => unlockCommand(context, options.yes === true),
  confirm: (context) => confirmCommand(context),
  revert: (context) => revertCommand(context),
  rollback: (context, options) => rollbackCommand(context, { to: options.to ?? null, mucOnly: options.mucOnly === true }),
  purge: (context) => purgeCommand(context),
  repair: (context, options) => repairCommand(context, { to: options.to ?? null, toDefault: options.default === true }),
};

function writePlanFiles(plan: Plan, options: CommandOptions): void {
  if (options.out !== undefined) writePrivate(options.out, `${safeJson(plan, { indent: 2 })}\n`);
  if (options.report === undefined) return;
  const shown = cleanDeep(plan);
  writePrivate(options.report, cleanOutput(`${[...renderReport(shown), '', ...renderPlan(shown)].join('\n')}\n`));
}

function frontendFor(command: string, options: CommandOptions, app: App): HeadlessFrontend {
  return createHeadlessFrontend({
    command,
    format: options.json ? 'json' : options.ndjson ? 'ndjson' : 'text',
    yes: options.yes === true,
    allowIrreversible: options.allowIrreversible === true,
    verbose: options.verbose === true,
    out: (line) => writeLine('stdout', line),
    err: (line) => writeLine('stderr', line),
    style: streamStyle('stderr'),
    redact: (text) => app.redactor.redact(text),
  });
}

/** The text of `advise`: measurements, findings, and every recommendation with its reason. */
function adviceText(measured: Measurements | undefined, result: CommandResult): readonly string[] {
  const style = streamStyle('stdout');
  const { advice, findings } = cleanDeep(result.data) as { readonly advice: Advice; readonly findings: readonly Finding[] };
  return [...renderMeasurements(cleanDeep(measured), style), '', ...renderFindings(findings, style), '', ...renderAdvice(advice, style, true), ''];
}

/** Problems of the options are reported before any host is contacted. @throws WizardError `usage` */
function checkOptions(options: CommandOptions, answers: Answers): void {
  chosenSteps(chosenTrack(answers).titles, options);
  trialMode(options);
  if (options.stateDir !== undefined) assertStateDir(options.stateDir);
  if (options.plan !== undefined) readPlan(options.plan);
  for (const path of [options.out, options.report]) if (path !== undefined) assertWritable(path);
}

/** Runs a command by its name. @returns the exit code. Never throws. */
export async function runCommand(command: string, options: CommandOptions): Promise<number> {
  ignoreClosedPipes();
  const signals = watchSignals((message) => writeLine('stderr', message));
  const app = new App({ stateDir: options.stateDir, signal: signals.signal, concurrency: options.concurrency });
  const frontend = frontendFor(command, options, app);
  const run = RUNNERS[command];
  try {
    if (!run) throw new Error(`no such command: ${command}`);
    const { cluster, file, ...found } = findAnswers(options);
    const answers = forTrack(found.answers, options.track);
    checkOptions(options, answers);
    if (!LAZY.has(command)) refuseMissing(chosenTrack(answers).titles, answers);
    const secrets = await app.secrets(answers, file, new Map(), LAZY.has(command));
    frontend.emit({ type: 'run-begin', run: '', command, cluster: cluster.label, nodes: cluster.nodes.map((n) => n.name) });
    // A command that only reads is stopped immediately, one that changes something between two changes.
    const signal = CHANGING.has(command) ? new AbortController().signal : signals.signal;
    const session = await app.open({ cluster, answers, secrets, emit: frontend.emit, signal, allowUnreachable: WITHOUT.has(command) });
    try {
      const result = await run(app.context(session, frontend), options);
      frontend.emit({
        type: 'run-end',
        outcome: result.outcome,
        exitCode: result.exitCode,
        message: result.message,
        ...(result.lines === undefined ? {} : { lines: result.lines }),
        ...(result.restorePoint === undefined ? {} : { restorePoint: result.restorePoint }),
      });
      const text = command === 'advise' ? { text: adviceText(session.facts().measured, result) } : {};
      return frontend.finish({ exitCode: result.exitCode, ...text, ...(result.data === undefined ? {} : { result: result.data }) });
    } finally {
      await session.close();
    }
  } catch (thrown) {
    return fail(frontend, asWizardError(thrown), app, signals.exitCode());
  } finally {
    signals.stop();
  }
}

function fail(frontend: HeadlessFrontend, error: WizardError, app: App, signalCode: number | null): number {
  app.log.write({ error: error.code, message: error.message, ...(error.code === 'bug' && error.cause instanceof Error ? { stack: error.cause.stack } : {}) });
  const exitCode = error.code === 'cancelled' ? (signalCode ?? EXIT.cancelled) : error.exitCode;
  frontend.emit({ type: 'run-end', outcome: error.outcome, exitCode, message: error.message });
  return frontend.finish({ error, exitCode, context: { log: app.log.file } });
}
