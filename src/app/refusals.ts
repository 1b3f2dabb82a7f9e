/** Options and commands that are named in the contract and not there yet: refused with exit 2, never ignored. */

import { EXIT } from '../core/errors.js';
import type { CommandOptions } from './options.js';

/** @returns the exit code when it is refused, else null */
export function refuseWhatIsNotThere(command: string, options: CommandOptions): number | null {
  const wanted = [
    command === 'confirm' || command === 'revert' ? `the command ${command}` : null,
    options.trial !== undefined && options.trial !== false ? '--trial' : null,
    options.confirmWithin !== undefined ? '--confirm-within' : null,
  ].filter((w) => w !== null);
  if (wanted.length > 0) {
    process.stderr.write(`There is no trial in this version yet, so ${wanted.join(' and ')} cannot be done. Use apply without it: it proves every store before and after, and rollback puts back.\n`);
    return EXIT.usage;
  }
  if (options.json && options.ndjson) {
    process.stderr.write('--json and --ndjson exclude each other: give one of them.\n');
    return EXIT.usage;
  }
  if (command === 'rollback' && options.yes !== true) {
    process.stderr.write('rollback puts back what the newest run changed. See it with status and backups, then: rollback --yes\n');
    return EXIT.usage;
  }
  return null;
}
