/** Commands for a person to paste that run as the web user. Pure. */

import { type Command, sh } from '../core/remedy.js';
import { PATH } from './sudo.js';

/**
 * One line for a root shell or a login with sudo that runs a command as another user without handing it the terminal: the command may be Moodle's
 * PHP, and an attacker who controls the web user must neither type into root's shell nor read root's environment. It reads no input, so commands that ask
 * need their option for that (`--non-interactive`). What it prints is shown with control characters made visible.
 */
export function pasteAs(user: string, command: Command): Command {
  // Where setsid forks (no --wait before util-linux 2.24), cat is what waits. The session is new before the user changes: a process of that user could otherwise be entered while it still has the terminal.
  return sh`sudo env -i PATH=${PATH} HOME=/ LC_ALL=C setsid runuser -u ${user} -- ${command} </dev/null 2>&1 | cat -v`;
}
