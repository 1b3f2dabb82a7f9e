/** How an administrator has Moodle read the cache definitions of its code anew: "Rescan definitions" of its cache page, without that page. */

import { type Remedy, remedy, sh } from '../core/remedy.js';

/** A sentence with the command. Moodle: cache_helper::update_definitions() of 2.4 and later. */
export function rescanWords(node: string, dirroot: string, user: string): Remedy {
  return remedy`On ${node}: ${sh`sudo -u ${user} php -r 'define("CLI_SCRIPT", true); require $argv[1]; cache_helper::update_definitions();' ${dirroot}/config.php`}`;
}
