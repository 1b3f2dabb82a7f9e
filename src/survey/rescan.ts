/** How an administrator has Moodle read the cache definitions of its code again: "Rescan definitions" of its cache page, without that page. */

import { type Remedy, remedy, sh } from '../core/remedy.js';
import { pasteAs } from '../exec/paste-as.js';

/** A sentence with the command. Moodle: cache_helper::update_definitions() of 2.4 and later. */
export function rescanWords(node: string, dirroot: string, user: string): Remedy {
  const command = sh`php -r 'define("CLI_SCRIPT", true); require $argv[1]; cache_helper::update_definitions();' ${dirroot}/config.php`;
  return remedy`On ${node}: ${pasteAs(user, command)}`;
}
