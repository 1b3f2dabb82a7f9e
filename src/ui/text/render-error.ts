/** A failure as text: what, where, evidence, what to try, how to go on. */

import { printableError } from '../../core/clean-deep.js';
import { asWizardError, type WizardError } from '../../core/errors.js';
import type { Remedy } from '../../core/remedy.js';
import { stepWords } from './guide.js';
import { count, type Look, PLAIN_LOOK, paint, symbols } from './look.js';
import { clean, wrapRemedyWith, wrapWith } from './width.js';

export interface ErrorContext {
  /** The command that goes on where this stopped. */
  readonly resume?: Remedy;
  /** Where the log of the run is. */
  readonly log?: string;
  /** Each remedy stays on one line, however long: the terminal breaks it, and a command in it is copied whole. */
  readonly copyable?: boolean;
}

const MAX_EVIDENCE = 5;

/** One trouble, and the further nodes that have the very same. */
interface Told {
  readonly error: WizardError;
  readonly also: readonly string[];
}

/** What an error says but for the name of its node; output may differ by chance and does not count. */
function sameness(error: WizardError): string {
  const [node] = error.nodes;
  const text = JSON.stringify([error.code, error.message, error.remedies, error.step ?? '']);
  return node === undefined || error.nodes.length > 1
    ? text
    : text.replaceAll(new RegExp(`(?<![\\w-])${node.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g'), '\u0000');
}

/** Nodes with the same trouble are told together. */
function grouped(errors: readonly WizardError[]): readonly Told[] {
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

function body({ error, also }: Told, look: Look, copyable: boolean): readonly string[] {
  const s = symbols(look);
  const lines: string[] = [...wrapWith(`${s.failed} `, clean(error.message), look.width)].map((l) => paint(look, 'bad', l));
  const same = also.length > 0 ? `, the same on ${also.join(', ')}` : '';
  const where = [error.nodes.length > 0 ? `on ${error.nodes.join(', ')}${same}` : '', error.step ? stepWords(error.step) : '']
    .filter((w) => w !== '')
    .join('; ');
  if (where !== '') lines.push(...wrapWith('  Where: ', where, look.width));
  const evidence = error.evidence.flatMap((e) => e.split('\n')).filter((e) => e.trim() !== '');
  if (evidence.length > 0) {
    lines.push(evidence.length > MAX_EVIDENCE ? `  Last ${MAX_EVIDENCE} lines of output:` : '  Output:');
    lines.push(
      ...evidence
        .slice(-MAX_EVIDENCE)
        .flatMap((e) => wrapWith('    | ', clean(e), look.width))
        .map((l) => paint(look, 'dim', l)),
    );
  }
  if (error.remedies.length > 0) {
    lines.push('  Try:');
    lines.push(...error.remedies.flatMap((r) => wrapRemedyWith(`    ${s.bullet} `, clean(r), copyable ? Number.POSITIVE_INFINITY : look.width)));
  }
  return lines;
}

/** Lines that tell a failure, and every other failure found with it. Takes anything thrown. */
export function renderError(thrown: unknown, look: Look = PLAIN_LOOK, context: ErrorContext = {}): readonly string[] {
  const error = printableError(thrown);
  const copyable = context.copyable === true;
  const [first, ...others] = grouped(withOthers(error));
  const lines = first ? [...body(first, look, copyable)] : [];
  if (others.length > 0) {
    lines.push('', `And ${count(others.length, 'more', 'more')}:`);
    for (const other of others) lines.push('', ...body(other, look, copyable));
  }
  // Unwrapped, as the log and the command below: they are there to be copied.
  if (error.attachment !== undefined) lines.push('', ...error.attachment.split('\n'));
  if (context.log !== undefined) lines.push('', `Log: ${clean(context.log)}`);
  // Unwrapped: it is there to be copied.
  if (context.resume !== undefined) lines.push(...(context.log === undefined ? [''] : []), `To go on: ${clean(context.resume)}`);
  return lines;
}

/** The same as the object that `--json` carries. */
export function errorJson(thrown: unknown): Readonly<Record<string, unknown>> {
  const error = asWizardError(thrown);
  return {
    code: error.code,
    message: error.message,
    nodes: error.nodes,
    ...(error.step === undefined ? {} : { step: error.step }),
    remedies: error.remedies,
    evidence: error.evidence,
    ...(error.attachment === undefined ? {} : { attachment: error.attachment }),
    ...(error.others.length === 0 ? {} : { others: error.others.map((o) => errorJson(o)) }),
  };
}
