/** A failure as text: what, where, evidence, what to try, how to go on. */

import { asWizardError, type WizardError } from '../../core/errors.js';
import { stepWords } from './guide.js';
import { count, type Look, PLAIN_LOOK, paint, symbols } from './look.js';
import { clean, wrapWith } from './width.js';

export interface ErrorContext {
  /** The command that goes on where this stopped. */
  readonly resume?: string;
  /** Where the log of the run is. */
  readonly log?: string;
}

const MAX_EVIDENCE = 5;

function body(error: WizardError, look: Look): readonly string[] {
  const s = symbols(look);
  const lines: string[] = [...wrapWith(`${s.failed} `, clean(error.message), look.width)].map((l) => paint(look, 'bad', l));
  const where = [error.nodes.length > 0 ? `on ${error.nodes.join(', ')}` : '', error.step ? stepWords(error.step) : ''].filter((w) => w !== '').join('; ');
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
    lines.push(...error.remedies.flatMap((r) => wrapWith(`    ${s.bullet} `, clean(r), look.width)));
  }
  return lines;
}

/** Lines that tell a failure, and every other failure found with it. Takes anything thrown. */
export function renderError(thrown: unknown, look: Look = PLAIN_LOOK, context: ErrorContext = {}): readonly string[] {
  const error = asWizardError(thrown);
  const lines = [...body(error, look)];
  if (error.others.length > 0) {
    lines.push('', `And ${count(error.others.length, 'more', 'more')}:`);
    for (const other of error.others) lines.push('', ...body(other, look));
  }
  // Unwrapped, as the log and the command below: they are there to be copied.
  if (error.attachment !== undefined) lines.push('', ...error.attachment.split('\n'));
  if (context.log !== undefined) lines.push('', `Log: ${context.log}`);
  // Unwrapped: it is there to be copied.
  if (context.resume !== undefined) lines.push(...(context.log === undefined ? [''] : []), `To go on: ${context.resume}`);
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
    ...(error.others.length === 0 ? {} : { others: error.others.map((o) => errorJson(o)) }),
  };
}
