/** The restore point is made before the first effect; this gate checks that the MUC file is still the one it was made of. */

import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
import type { ChangeHandler } from '../handler.js';

export const restorePointHandler: ChangeHandler<'restore-point'> = {
  kind: 'restore-point',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context, change) {
    const live = await context.bridge(change.node).readMuc();
    if ((live?.file.sha256 ?? '') !== change.mucHash) {
      throw new WizardError('muc-moved', "Moodle's cache configuration was changed by somebody else since the plan was made. Nothing was written.", {
        nodes: [change.node],
        evidence: [`planned for ${change.mucHash === '' ? 'no file' : change.mucHash}`, `found ${live?.file.sha256 ?? 'no file'}`],
        remedies: [remedy`Run plan again to see the current state, then apply.`],
      });
    }
    return context.restorePoint;
  },
};
