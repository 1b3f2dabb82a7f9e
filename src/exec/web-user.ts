/** The user that runs Moodle's code on a node. */

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
  throw new WizardError('not-allowed', `${node}: "${shown(user)}" cannot run Moodle's code. The web user must be a user other than root.`, {
    nodes: [node],
    remedies: [remedy`Set "user" of the PHP-FPM pool to a separate user, and moodle.webUser in the answers to the same user.`],
  });
}
