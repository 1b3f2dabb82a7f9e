/** `explain [CODE…]`: the documentation of error codes that ships with the package. Needs no answers and no node. */

import { join } from 'node:path';
import { didYouMean } from '../answers/suggest.js';
import { ERROR_CODES, type ErrorCode, EXIT, exitCodeOf, WizardError } from '../core/errors.js';
import { withOwnCall } from '../core/program.js';
import { remedy } from '../core/remedy.js';
import { safeJson } from '../core/safe-json.js';
import { readPackageFile } from '../local/package-files.js';
import { writeText } from '../ui/writer.js';
import { TEMPLATES_DIR } from './package.js';
import { type RefusalFormat, reportRefusal } from './usage.js';

/** The section of one error code. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly exitCode: number;
  /** Its first sentence. */
  readonly summary: string;
  /** The whole section below its heading, at most 82 columns wide. */
  readonly text: string;
}

/** The sections of templates/help/errors.md by heading, in the order of the file. */
export function errorSections(): ReadonlyMap<string, string> {
  const text = readPackageFile(join(TEMPLATES_DIR, 'help', 'errors.md')).toString('utf8');
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const [heading = '', ...body] = section.split('\n');
        return [heading.trim(), body.join('\n').trim()];
      }),
  );
}

/** @throws WizardError `usage` for a code that does not exist */
function explanation(code: string, sections: ReadonlyMap<string, string>): Explanation {
  const known = ERROR_CODES.find((c) => c === code);
  if (known === undefined) {
    throw new WizardError('usage', `Unknown error code "${code}".${didYouMean(code, ERROR_CODES)}`, {
      remedies: [remedy`List the error codes: moodle-cluster-wizard explain`],
    });
  }
  const text = withOwnCall(sections.get(known) ?? '');
  const [first = ''] = text.split('\n\n');
  const summary = /^.*?\.(?=\s|$)/.exec(first.replaceAll('\n', ' '))?.[0] ?? first;
  return { code: known, exitCode: exitCodeOf(known), summary, text };
}

const asList = (all: readonly Explanation[]) => {
  const width = Math.max(...all.map(({ code }) => code.length));
  return all.map(({ code, summary }) => `${code.padEnd(width)}  ${summary}\n`).join('');
};

/** Prints the sections of the codes given; without a code, the list of all. @returns the exit code */
export function explainCommand(codes: readonly string[], format: RefusalFormat): number {
  try {
    const sections = errorSections();
    const all = (codes.length === 0 ? ERROR_CODES : codes).map((code) => explanation(code, sections));
    const result = { version: 1, command: 'explain', exitCode: EXIT.done, outcome: 'unchanged', result: all };
    if (format.json) writeText('stdout', `${safeJson(result, { indent: 2 })}\n`);
    else if (format.ndjson) writeText('stdout', `${safeJson({ type: 'result', ...result })}\n`);
    else writeText('stdout', codes.length === 0 ? asList(all) : all.map(({ code, text }) => `${code}\n\n${text}\n`).join('\n'));
    return EXIT.done;
  } catch (thrown) {
    return reportRefusal('explain', thrown, format);
  }
}
