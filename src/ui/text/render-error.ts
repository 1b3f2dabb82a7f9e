/** A failure as text: what, where, evidence, what to try, how to resume. */

import { printableError } from '../../core/clean-deep.js';
import { asWizardError, docsOf, type WizardError } from '../../core/errors.js';
import { ownCommand } from '../../core/program.js';
import { type Remedy, sh } from '../../core/remedy.js';
import { formatStep } from './guide.js';
import { ERRORS, formatFurther, formatLastOutput } from './messages.js';
import { PLAIN_STYLE, paint, type RenderStyle, symbols } from './render-style.js';
import { clean, wrapRemedyWith, wrapWith } from './width.js';

export interface ErrorContext {
  /** The command that resumes where this stopped. */
  readonly resume?: Remedy;
  /** Where the log of the run is. */
  readonly log?: string;
  /** Each remedy stays on one line, however long: the terminal breaks it, and a command in it is copied whole. */
  readonly copyable?: boolean;
}

const MAX_EVIDENCE = 5;

/** One problem, and the other nodes that have the same. */
interface ErrorGroup {
  readonly error: WizardError;
  readonly also: readonly string[];
}

/** The text of an error without the name of its node; its output may differ by chance and is ignored. */
function sameness(error: WizardError): string {
  const [node] = error.nodes;
  const text = JSON.stringify([error.code, error.message, error.remedies, error.step ?? '']);
  return node === undefined || error.nodes.length > 1
    ? text
    : text.replaceAll(new RegExp(`(?<![\\w-])${node.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g'), '\u0000');
}

/** Nodes with the same problem are reported together. */
function grouped(errors: readonly WizardError[]): readonly ErrorGroup[] {
  const groups = new Map<string, { error: WizardError; also: string[] }>();
  for (const error of errors) {
    const key = sameness(error);
    const group = groups.get(key);
    if (group) group.also.push(...error.nodes);
    else groups.set(key, { error, also: [] });
  }
  return [...groups.values()];
}

function withOthers(error: WizardError): readonly WizardError[] {
  return [error, ...error.others.flatMap(withOthers)];
}

function body({ error, also }: ErrorGroup, style: RenderStyle, copyable: boolean): readonly string[] {
  const s = symbols(style);
  const lines: string[] = [...wrapWith(`${s.failed} `, clean(error.message), style.width)].map((l) => paint(style, 'bad', l));
  const same = also.length > 0 ? `, same on ${also.join(', ')}` : '';
  const where = [error.nodes.length > 0 ? `on ${error.nodes.join(', ')}${same}` : '', error.step ? formatStep(error.step) : '']
    .filter((w) => w !== '')
    .join('; ');
  if (where !== '') lines.push(...wrapWith(ERRORS.where, where, style.width));
  const evidence = error.evidence.flatMap((e) => e.split('\n')).filter((e) => e.trim() !== '');
  if (evidence.length > 0) {
    lines.push(evidence.length > MAX_EVIDENCE ? formatLastOutput(MAX_EVIDENCE) : ERRORS.output);
    lines.push(
      ...evidence
        .slice(-MAX_EVIDENCE)
        .flatMap((e) => wrapWith('    | ', clean(e), style.width))
        .map((l) => paint(style, 'dim', l)),
    );
  }
  if (error.remedies.length > 0) {
    lines.push(ERRORS.try);
    lines.push(...error.remedies.flatMap((r) => wrapRemedyWith(`    ${s.bullet} `, clean(r), copyable ? Number.POSITIVE_INFINITY : style.width)));
  }
  return lines;
}

/** Lines that report a failure, and every other failure found with it. Accepts anything thrown. */
export function renderError(thrown: unknown, style: RenderStyle = PLAIN_STYLE, context: ErrorContext = {}): readonly string[] {
  const error = printableError(thrown);
  const copyable = context.copyable === true;
  const [first, ...others] = grouped(withOthers(error));
  const lines = first ? [...body(first, style, copyable)] : [];
  if (others.length > 0) {
    lines.push('', formatFurther(others.length));
    for (const other of others) lines.push('', ...body(other, style, copyable));
  }
  // Unwrapped, as the log and the command below: they are copied.
  if (error.attachment !== undefined) lines.push('', ...error.attachment.split('\n'));
  if (context.log !== undefined) lines.push('', `Log: ${clean(context.log)}`);
  // Unwrapped: it is copied.
  if (context.resume !== undefined) lines.push(...(context.log === undefined ? [''] : []), `To resume: ${clean(context.resume)}`);
  const codes = [...new Set(withOthers(error).map((e) => e.code))];
  if (context.log === undefined && context.resume === undefined) lines.push('');
  lines.push(...wrapRemedyWith('Details: ', ownCommand(sh`explain ${codes}`), copyable ? Number.POSITIVE_INFINITY : style.width));
  return lines;
}

/** The same as the object that `--json` carries. */
export function errorJson(thrown: unknown): Readonly<Record<string, unknown>> {
  const error = asWizardError(thrown);
  return {
    code: error.code,
    message: error.message,
    docs: docsOf(error.code),
    nodes: error.nodes,
    ...(error.step === undefined ? {} : { step: error.step }),
    remedies: error.remedies,
    evidence: error.evidence,
    ...(error.attachment === undefined ? {} : { attachment: error.attachment }),
    ...(error.others.length === 0 ? {} : { others: error.others.map((o) => errorJson(o)) }),
  };
}
