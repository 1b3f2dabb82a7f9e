/** As whom Moodle's own code runs on a node. */

import { WizardError } from '../core/errors.js';
import { isRootName, isUserName, shown } from '../core/names.js';
import { remedy } from '../core/remedy.js';

/**
 * The name, when it may be used: a name that no tool reads as an option, and not root's, since Moodle's code and everything below dataroot is
 * the web user's. Every command that runs as another user passes here.
 * @throws WizardError `not-allowed`
 */
export function asWebUser(user: string, node: string): string {
  if (isUserName(user) && !isRootName(user)) return user;
  throw new WizardError('not-allowed', `${node}: Moodle's code does not run as "${shown(user)}": the web user must be a user other than root.`, {
    nodes: [node],
    remedies: [remedy`Serve the site as a user of its own: set "user" of its PHP-FPM pool, and moodle.webUser in the answers to the same.`],
  });
}
