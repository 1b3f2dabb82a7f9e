/** Options that exclude each other or require another one: refused with exit 2, never ignored. */

import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import type { CommandOptions } from './options.js';

/** @throws WizardError `usage` */
export function refuseMisuse(command: string, options: CommandOptions): void {
  if (options.json && options.ndjson) throw new WizardError('usage', '--json and --ndjson cannot be combined.', { remedies: [remedy`Use one of them.`] });
  if (command === 'repair' && options.to !== undefined && options.default === true) {
    throw new WizardError('usage', '--to and --default cannot be combined.', { remedies: [remedy`Use one of them.`] });
  }
  if (command === 'rollback' && options.yes !== true) {
    throw new WizardError('usage', 'rollback reverts the changes of the newest run. Add --yes to confirm. Nothing has been changed.', {
      remedies: [
        remedy`Show the runs and restore points: moodle-cluster-wizard status; moodle-cluster-wizard backups`,
        remedy`Then roll back: moodle-cluster-wizard rollback --yes`,
      ],
    });
  }
}
