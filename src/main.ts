/** Runs `moodle-cluster-wizard` with its arguments. */

import { join } from 'node:path';
import { programCall } from './app/program-call.js';
import { setProgramCall } from './core/program.js';
import { readPackageFile } from './local/package-files.js';
import { writeText } from './ui/writer.js';

/** The width that the help was written for when the bundle was made. */
const HELP_COLUMNS = 80;

/** @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--help' || argv[0] === '-h') && printHelp()) return 0;
  setProgramCall(() => programCall(process.env['PATH'] ?? '', process.argv[1] ?? ''));
  if (argv.length > 0) return (await import('./app/command-line.js')).runCommandLine(argv);
  // The most common start has nothing to read: what reads command lines is not loaded before the first screen.
  try {
    return await (await import('./app/wizard.js')).wizardCommand({});
  } catch (thrown) {
    return (await import('./app/usage.js')).reportRefusal('wizard', thrown, { json: false, ndjson: false });
  }
}

/** The build writes the help beside the bundle, so that it is printed without loading the command line parser. @returns false if it is missing or too wide */
function printHelp(): boolean {
  if ((process.stdout.columns ?? HELP_COLUMNS) < HELP_COLUMNS) return false;
  try {
    writeText('stdout', readPackageFile(join(import.meta.dirname, 'help.txt')).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
