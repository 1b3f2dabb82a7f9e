/** Errors before any command has started: as JSON where requested, else as text. No node was contacted. */

import { asWizardError, type WizardError } from '../core/errors.js';
import { safeJson } from '../core/safe-json.js';
import { streamStyle } from '../ui/terminal.js';
import { errorJson, renderError } from '../ui/text/index.js';
import { writeLine } from '../ui/writer.js';

export interface RefusalFormat {
  readonly json?: boolean;
  readonly ndjson?: boolean;
}

/** Prints an error on stdout as JSON, or on stderr as text. @returns the exit code */
export function reportRefusal(command: string, thrown: unknown, format: RefusalFormat): number {
  const error: WizardError = asWizardError(thrown);
  const object = { version: 1, command, exitCode: error.exitCode, outcome: error.outcome, error: errorJson(error) };
  if (format.json) writeLine('stdout', safeJson(object, { indent: 2 }));
  else if (format.ndjson) writeLine('stdout', safeJson({ type: 'result', ...object }));
  else for (const line of renderError(error, streamStyle('stderr'), { copyable: true })) writeLine('stderr', line);
  return error.exitCode;
}
