/** The front end without questions: events as lines on stderr, the result on stdout, or JSON (rule S26). */

import { effects, type Plan } from '../core/change.js';
import type { Check } from '../core/check.js';
import { clean, cleanOutput } from '../core/clean.js';
import { cleanDeep, printableError } from '../core/clean-deep.js';
import { asWizardError, EXIT } from '../core/errors.js';
import type { Frontend, Outcome, WizardEvent } from '../core/events.js';
import { safeJson } from '../core/safe-json.js';
import { formatIrreversibleRefused, NOT_APPROVED } from './messages.js';
import { renderChecks } from './text/render-checks.js';
import { type ErrorContext, errorJson, renderError } from './text/render-error.js';
import { describeEvent } from './text/render-event.js';
import { renderFindings } from './text/render-findings.js';
import { renderPlan } from './text/render-plan.js';
import { PLAIN_STYLE, paint, type RenderStyle } from './text/render-style.js';

export interface HeadlessOptions {
  /** What is run: `plan` puts the plan itself on stdout, the others a summary. */
  readonly command: string;
  /** `text` for people, `json` one object at the end, `ndjson` every event as a line of its own and the closing object last. */
  readonly format: 'text' | 'json' | 'ndjson';
  /** Plans are approved. */
  readonly yes: boolean;
  /** … also those with changes that cannot be undone. */
  readonly allowIrreversible: boolean;
  readonly verbose: boolean;
  /** One line for stdout, without its newline. */
  readonly out: (line: string) => void;
  /** One line for stderr, without its newline. */
  readonly err: (line: string) => void;
  readonly style?: RenderStyle;
  /** Redacts secrets in every line; applied here as well as in the engine. */
  readonly redact?: (text: string) => string;
}

export interface HeadlessEnd {
  /** What stopped the run, if anything did. */
  readonly error?: unknown;
  /** Data of a command that is not a run (backups, status …): goes into `--json` as `result`. */
  readonly result?: unknown;
  /** The same for people, on stdout. */
  readonly text?: readonly string[];
  /** Wins over the exit code of `run-end` and of the error. */
  readonly exitCode?: number;
  readonly context?: ErrorContext;
}

export interface HeadlessFrontend extends Frontend {
  /** Prints the result and returns the exit code. Call once. */
  finish(end?: HeadlessEnd): number;
}

interface Seen {
  cluster: string | null;
  run: string | null;
  nodes: readonly string[];
  plan: Plan | null;
  checks: Map<string, Check>;
  /** Warnings, in the order they came: who reads only the closing object must not miss them. */
  warnings: { readonly node?: string; readonly message: string }[];
  end: Extract<WizardEvent, { type: 'run-end' }> | null;
}

function collect(seen: Seen, event: WizardEvent): void {
  if (event.type === 'run-begin') Object.assign(seen, { cluster: event.cluster, run: event.run, nodes: event.nodes });
  // The approved plan comes first; exact later stages are collected as they are planned.
  else if (event.type === 'plan') seen.plan ??= event.plan;
  else if (event.type === 'check') seen.checks.set(`${event.check.node}\u0000${event.check.id}`, event.check);
  else if (event.type === 'notice' && event.level === 'warning') {
    seen.warnings.push({ ...(event.node === undefined ? {} : { node: event.node }), message: event.message });
  } else if (event.type === 'run-end') seen.end = event;
}

function closingObject(command: string, seen: Seen, end: HeadlessEnd, exitCode: number): Readonly<Record<string, unknown>> {
  // A run that stopped without an outcome may have changed something; only reading commands certainly did not.
  const outcome: Outcome = seen.end?.outcome ?? (end.error === undefined || command !== 'apply' ? 'unchanged' : seen.run === null ? 'unchanged' : 'unknown');
  return {
    version: 1,
    command,
    exitCode,
    outcome,
    cluster: seen.cluster,
    run: seen.run,
    nodes: seen.nodes,
    ...(seen.end ? { message: seen.end.message } : {}),
    ...(seen.end?.restorePoint === undefined ? {} : { restorePoint: seen.end.restorePoint }),
    ...(seen.plan ? { plan: seen.plan, changes: effects(seen.plan).length } : {}),
    ...(seen.checks.size > 0 ? { checks: [...seen.checks.values()] } : {}),
    ...(seen.warnings.length > 0 ? { warnings: seen.warnings } : {}),
    ...(end.result === undefined ? {} : { result: end.result }),
    ...(end.error === undefined ? {} : { error: errorJson(end.error) }),
    ...(end.context?.resume === undefined ? {} : { resume: end.context.resume }),
    ...(end.context?.log === undefined ? {} : { log: end.context.log }),
  };
}

function printText(options: HeadlessOptions, style: RenderStyle, seen: Seen, end: HeadlessEnd): void {
  const toOut = (lines: readonly string[]) => {
    for (const line of lines) options.out(line);
  };
  const toErr = (lines: readonly string[]) => {
    for (const line of lines) options.err(line);
  };
  const error = end.error === undefined ? undefined : printableError(end.error);
  if (error !== undefined) toErr(['', ...renderError(error, style, { ...end.context, copyable: true })]);
  const checks = [...seen.checks.values()];
  if (options.command === 'plan' && seen.plan && error === undefined) {
    const findings = seen.plan.findings.some((f) => f.level !== 'ok') ? ['', ...renderFindings(seen.plan.findings, style)] : [];
    toOut([...renderPlan(seen.plan, style), ...findings]);
  }
  if (checks.length > 0) toOut(renderChecks(checks, style));
  if (end.text) toOut(end.text);
  if (seen.end && seen.end.message !== error?.message) {
    const tone = seen.end.exitCode === EXIT.done || seen.end.exitCode === EXIT.pending ? 'strong' : 'bad';
    toOut((seen.end.lines ?? [seen.end.message]).map((line) => paint(style, tone, line)));
  }
  if (seen.end?.restorePoint !== undefined) toOut([`Restore point: ${seen.end.restorePoint}`]);
}

/** A front end for runs without a terminal. It never waits for input. */
export function createHeadlessFrontend(given: HeadlessOptions): HeadlessFrontend {
  const redact = given.redact ?? ((text: string) => text);
  // Every line is cleaned once more before it is written; a line break inside it does not start a new line.
  const paints = given.style?.colour === true;
  const last = (line: string) => (paints ? cleanOutput(redact(line)).replaceAll('\n', ' ') : clean(redact(line), Number.POSITIVE_INFINITY));
  const options: HeadlessOptions = { ...given, out: (l) => given.out(last(l)), err: (l) => given.err(last(l)) };
  // Only texts are masked: a password such as "1234" must not replace numbers in JSON.
  const outJson = (value: unknown, indent?: number) => given.out(safeJson(value, { text: redact, ...(indent === undefined ? {} : { indent }) }));
  const style = options.style ?? PLAIN_STYLE;
  const seen: Seen = { cluster: null, run: null, nodes: [], plan: null, checks: new Map(), warnings: [], end: null };
  let shownPlan: string | null = null;
  const showPlan = (plan: Plan) => {
    if (options.format !== 'text' || options.command === 'plan' || shownPlan === plan.hash) return;
    shownPlan = plan.hash;
    for (const line of renderPlan(plan, style, { detail: options.verbose ? 'full' : 'short' })) options.err(line);
  };
  return {
    emit(given) {
      // JSON carries the original text, escaped; people get it cleaned.
      const event = options.format === 'text' ? cleanDeep(given) : given;
      collect(seen, event);
      if (options.format === 'ndjson') return outJson(event);
      if (options.format === 'json') return;
      if (event.type === 'plan' && options.command === 'apply') return showPlan(event.plan);
      const line = describeEvent(event, style, options.verbose);
      if (line !== null) options.err(line);
    },
    approve(plan, irreversible, situation) {
      if (situation === 'as-approved') return Promise.resolve(true);
      showPlan(cleanDeep(plan));
      if (situation === 'differs') {
        options.err(NOT_APPROVED.differs);
        return Promise.resolve(false);
      }
      if (!options.yes) {
        options.err(NOT_APPROVED.noYes);
        return Promise.resolve(false);
      }
      if (irreversible.length > 0 && !options.allowIrreversible) {
        options.err(formatIrreversibleRefused(irreversible.map((id) => clean(id))));
        return Promise.resolve(false);
      }
      return Promise.resolve(true);
    },
    finish(end = {}) {
      const exitCode = end.exitCode ?? (end.error !== undefined ? asWizardError(end.error).exitCode : (seen.end?.exitCode ?? EXIT.done));
      if (options.format === 'text') printText(options, style, seen, end);
      else if (options.format === 'json') outJson(closingObject(options.command, seen, end, exitCode), 2);
      else outJson({ type: 'result', ...closingObject(options.command, seen, end, exitCode) });
      return exitCode;
    },
  };
}
