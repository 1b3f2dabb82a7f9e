/** Options and commands that are named in the contract and not there yet, and options that exclude each other: refused with exit 2, never ignored. */

import { WizardError } from '../core/errors.js';
import type { CommandOptions } from './options.js';

/** @throws WizardError `usage` */
export function refuseWhatIsNotThere(command: string, options: CommandOptions): void {
  const wanted = [
    command === 'confirm' || command === 'revert' ? `the command ${command}` : null,
    options.trial !== undefined && options.trial !== false ? '--trial' : null,
    options.confirmWithin !== undefined ? '--confirm-within' : null,
  ].filter((w) => w !== null);
  if (wanted.length > 0) {
    throw new WizardError('usage', `There is no trial in this version yet, so ${wanted.join(' and ')} cannot be done. Nothing has been changed.`, {
      remedies: [
        'Use apply without it: every store and mapping is proven on every node, and what fails its proof is put back.',
        'Later, put back with: moodle-cluster-wizard rollback --yes',
      ],
    });
  }
  if (options.json && options.ndjson) throw new WizardError('usage', '--json and --ndjson exclude each other.', { remedies: ['Give one of them.'] });
  if (command === 'repair' && options.to !== undefined && options.default === true) {
    throw new WizardError('usage', '--to and --default exclude each other.', { remedies: ['Give one of them.'] });
  }
  if (command === 'rollback' && options.yes !== true) {
    throw new WizardError('usage', 'rollback puts back what the newest run changed, so it wants --yes. Nothing has been changed.', {
      remedies: ['See what there is: moodle-cluster-wizard status; moodle-cluster-wizard backups', 'Then: moodle-cluster-wizard rollback --yes'],
    });
  }
}
