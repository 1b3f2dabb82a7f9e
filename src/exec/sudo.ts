/** How a login becomes root or another user, as shell source; and what to say when it may not. Pure. */

import type { SudoSetting } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import { quoted } from '../core/names.js';
import { piece, type Remedy, remedy, sh } from '../core/remedy.js';
import type { RunAs } from './executor.js';
import { cleanEnv, quote, type Script } from './shell.js';

export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** How root is reached: it is the login, sudo needs no password, sudo wants one on stdin, or not at all. */
export type Elevation = 'root' | 'sudo' | 'sudo-password' | 'none';

export interface Login {
  readonly user: string;
  readonly uid: number;
  readonly home: string;
  readonly elevation: Elevation;
}

/** Asks who we are and whether sudo works without a password (`-k`: a ticket of earlier does not count). One line each. */
export const WHO_SCRIPT: Script = [
  'printf "%s\\n" "$(id -u)" "$(id -un)" "$HOME"',
  'if [ "$(id -u)" = 0 ]; then echo root; elif ! command -v sudo >/dev/null 2>&1; then echo no-sudo; elif sudo -k -n true; then echo sudo; else echo asks; fi',
].join('\n');

/** sudo reads the password from stdin; `-k` so that it always does and the line never reaches the command. */
const SUDO: Readonly<Record<'sudo' | 'sudo-password', Script>> = { sudo: 'sudo -n --', 'sudo-password': "sudo -k -S -p '' --" };

/** Whether this run sends a password down standard input first. */
export function needsPassword(login: Login, as: RunAs): boolean {
  return login.elevation === 'sudo-password' && !isLogin(login, as);
}

/** Whether this runs as the login itself, without a change of user. */
export function isLogin(login: Login, as: RunAs): boolean {
  return as === 'login' || (as === 'root' && login.uid === 0) || (typeof as === 'object' && as.user === login.user);
}

export interface Wrapping {
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** The text of templates/sh/as-user.sh, the one way to change to another user. */
  readonly asUser: Script;
}

/**
 * The script as the user wanted, in a clean environment, ended on the machine itself when its time is over.
 * Another user's script gets a session of its own: its input and output are the pipes of the connection, never a terminal.
 */
export function wrap(login: Login, as: RunAs, script: Script, options: Wrapping): Script {
  const limit = `timeout -k 5 ${Math.max(1, Math.ceil(options.timeoutMs / 1000))}`;
  const base = { PATH, LC_ALL: 'C' };
  const sh = `sh -c ${quote(script)}`;
  // sudo's own words are read by us: in English.
  const begin = `export PATH=${PATH} LC_ALL=C; exec `;
  if (isLogin(login, as)) return `${begin}${cleanEnv({ ...base, HOME: login.home, ...options.env })} ${limit} ${sh}`;
  const become = login.uid === 0 ? '' : `${SUDO[login.elevation === 'sudo-password' ? 'sudo-password' : 'sudo']} `;
  if (as === 'root') return `${begin}${become}${cleanEnv({ ...base, HOME: '/root', ...options.env })} ${limit} ${sh}`;
  const { user } = as as { readonly user: string };
  const env = Object.entries(options.env).length === 0 ? '' : `${cleanEnv({ ...base, ...options.env })} HOME="\${as_home:-/}" `;
  const seconds = Math.max(1, Math.ceil(options.timeoutMs / 1000));
  const asUser = [withoutComments(options.asUser), `find_user ${quote(user)} || exit 126`, `exec_as_found ${seconds} ${env}${sh}`].join('\n');
  return `${begin}${become}${cleanEnv(base)} sh -c ${quote(asUser)}`;
}

/** A command line is limited in length, and seen in lists of processes. */
function withoutComments(script: Script): Script {
  return script
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
    .join('\n');
}

/**
 * Ends a framed command by its process group. sshd may signal only what still belongs to the login, so root's needs root.
 * Arguments: process id, mark; a process that took over the id does not carry the mark. The id is what a process of the web user says, and such a
 * process may belong to a group of PHP-FPM or cron: so the group's leader must be the `timeout` of this very command, which the user cannot start.
 */
export const END_SCRIPT: Script = [
  'grep -qa -- "$2" "/proc/$1/cmdline" && g=$(ps -o pgid= -p "$1") && g=$(echo $g)',
  '[ "$(stat -c %u -- "/proc/$g")" = "$(id -u)" ] && grep -qa -- "$2" "/proc/$g/cmdline" && kill -TERM "-$g"',
].join(' && ');

/** What the probe said. @throws WizardError `not-allowed` when the answers promise a root login, `sudo-refused` when root cannot be reached */
export function readWho(node: string, output: string, words: string, setting: SudoSetting): Login {
  const [uid, user, home, sudo] = output.trimEnd().split('\n');
  if (uid === undefined || user === undefined || sudo === undefined || !/^\d{1,10}$/.test(uid) || !/^[^\s\p{Cc}]{1,100}$/u.test(user)) {
    throw new WizardError('not-allowed', `${node} does not say who we are there: ${quoted(output)}`, { nodes: [node], evidence: lastLines(words) });
  }
  const login = { user, uid: Number(uid), home: home || '/' };
  if (login.uid === 0) return { ...login, elevation: 'root' };
  if (setting.kind === 'none') {
    throw new WizardError('not-allowed', `The login on ${node} is ${user}, not root, and the answers say "sudo: none".`, {
      nodes: [node],
      remedies: [remedy`Set "sudo: auto" under "ssh:" in the answers, or log in as root.`],
    });
  }
  if (sudo === 'sudo') return { ...login, elevation: 'sudo' };
  if (sudo === 'asks' && setting.kind === 'password') return { ...login, elevation: 'sudo-password' };
  throw sudoRefused(node, user, sudo === 'no-sudo' ? 'sudo: command not found' : words);
}

/** sudo's refusal in our words. `secret`: the name of the secret whose value it was given. */
export function sudoRefused(node: string, user: string, words: string, secret?: string): WizardError {
  const at = `${user} on ${node}`;
  const noPassword = sudoersRemedy(node, user, 'nopasswd', `${user} ALL=(ALL:ALL) NOPASSWD: ALL`);
  const refuse = (message: string, ...remedies: readonly Remedy[]): WizardError =>
    new WizardError('sudo-refused', message, { nodes: [node], remedies, evidence: lastLines(words) });
  if (/command not found/.test(words)) return refuse(`There is no sudo on ${node}, and ${user} is not root.`, remedy`Install sudo there, or log in as root.`);
  if (/not in the sudoers|may not run sudo|not allowed to (run|execute)/i.test(words)) return refuse(`${at} may not use sudo for this.`, noPassword);
  if (/must have a tty/i.test(words))
    return refuse(`sudo on ${node} wants a terminal (requiretty).`, sudoersRemedy(node, user, 'notty', `Defaults:${user} !requiretty`));
  if (/incorrect password|try again|authentication failure/i.test(words)) {
    const which = secret === undefined ? piece` that "sudo: {password: secret:NAME}" names in the answers` : piece` "${secret}" of the answers`;
    return refuse(
      `sudo did not take the password for ${at}.`,
      remedy`Check the secret${which}: it must be the password of ${user} on ${node}.`,
      remedy`Try it by hand on ${node}, as ${user}: sudo -k true`,
    );
  }
  if (/password is required|a terminal is required|askpass/i.test(words)) {
    return refuse(
      `sudo asks ${at} for a password.`,
      remedy`Give it: "sudo: {password: secret:NAME}" under "ssh:" in the answers, and NAME with its source under "secrets:".`,
      noPassword,
    );
  }
  return refuse(`sudo refused ${at}.`, remedy`Try it by hand on ${node}: sudo -k -n true`, noPassword);
}

/** A user name that means itself in a sudoers file. */
const SUDOERS_NAME = /^(?!ALL$)[A-Za-z_][A-Za-z0-9_.-]*$/;

/** A line for sudo as commands to paste: checked before it takes effect, because a faulty file locks everybody out of sudo; one file for each purpose and login. */
function sudoersRemedy(node: string, user: string, purpose: 'nopasswd' | 'notty', line: string): Remedy {
  if (!SUDOERS_NAME.test(user)) return remedy`On ${node}, add a rule for this login: ${sh`visudo -f /etc/sudoers.d/moodle-cluster-wizard-${purpose}`}`;
  // sudo ignores files with a dot in their name.
  const file = `/etc/sudoers.d/moodle-cluster-wizard-${purpose}-${user.replaceAll('.', '_')}`;
  const commands = sh`f=$(mktemp) && echo ${line} >"$f" && sudo visudo -cf "$f" && sudo install -o root -g root -m 0440 "$f" ${file}; rm -f "$f"`;
  return purpose === 'nopasswd' ? remedy`Allow it without a password, on ${node}: ${commands}` : remedy`Lift it for this login, on ${node}: ${commands}`;
}

/** The last five lines that say something; of a long text only its end is looked at, of a long line only its beginning. */
export function lastLines(text: string): readonly string[] {
  return text
    .slice(-16_384)
    .split('\n')
    .map((line) => line.trimEnd().slice(0, 1000))
    .filter((line) => line !== '')
    .slice(-5);
}
