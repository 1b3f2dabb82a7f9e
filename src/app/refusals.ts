/** Options that exclude each other or want another: refused with exit 2, never ignored. */

import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import type { CommandOptions } from './options.js';

/** @throws WizardError `usage` */
export function refuseMisuse(command: string, options: CommandOptions): void {
  if (options.json && options.ndjson) throw new WizardError('usage', '--json and --ndjson exclude each other.', { remedies: [remedy`Give one of them.`] });
  if (command === 'repair' && options.to !== undefined && options.default === true) {
    throw new WizardError('usage', '--to and --default exclude each other.', { remedies: [remedy`Give one of them.`] });
  }
  if (command === 'rollback' && options.yes !== true) {
    throw new WizardError('usage', 'rollback puts back what the newest run changed, so it wants --yes. Nothing has been changed.', {
      remedies: [remedy`See what there is: moodle-cluster-wizard status; moodle-cluster-wizard backups`, remedy`Then: moodle-cluster-wizard rollback --yes`],
    });
  }
}
