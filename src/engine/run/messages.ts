/** Texts of runs that more than one file uses. */

import { type Remedy, remedy } from '../../core/remedy.js';

/** How to proceed after a run that failed with changes made. */
export const AFTER_FAILURE: readonly Remedy[] = [remedy`Fix the cause, then resume: apply … --resume`, remedy`Or roll back the whole run: rollback --yes`];
