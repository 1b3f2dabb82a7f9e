/** How a login becomes root or another user, as shell source, and the errors of sudo. Pure. */

import type { SudoSetting } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import { quoted } from '../core/names.js';
import { piece, type Remedy, remedy, sh } from '../core/remedy.js';
import type { RunAs } from './executor.js';
import { cleanEnv, quote, type Script } from './shell.js';

export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** How to get root privileges: the login is root, sudo without a password, sudo with a password on stdin, or not at all. */
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
 * The script as the requested user, in a clean environment, stopped by the machine itself after its time limit.
 * Another user's script gets a session of its own: its input and output are the pipes of the connection, never a terminal.
 */
export function wrap(login: Login, as: RunAs, script: Script, options: Wrapping): Script {
  const limit = `timeout -k 5 ${Math.max(1, Math.ceil(options.timeoutMs / 1000))}`;
  const base = { PATH, LC_ALL: 'C' };
  const sh = `sh -c ${quote(script)}`;
  // Messages of sudo are parsed, so they must be in English.
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

/** Reads the answer of the probe. @throws WizardError `not-allowed` when the answers promise a root login, `sudo-refused` when root cannot be reached */
export function readWho(node: string, output: string, words: string, setting: SudoSetting): Login {
  const [uid, user, home, sudo] = output.trimEnd().split('\n');
  if (uid === undefined || user === undefined || sudo === undefined || !/^\d{1,10}$/.test(uid) || !/^[^\s\p{Cc}]{1,100}$/u.test(user)) {
    throw new WizardError('not-allowed', `${node} did not report the user of this login: ${quoted(output)}`, { nodes: [node], evidence: lastLines(words) });
  }
  const login = { user, uid: Number(uid), home: home || '/' };
  if (login.uid === 0) return { ...login, elevation: 'root' };
  if (setting.kind === 'none') {
    throw new WizardError('not-allowed', `The login on ${node} is ${user}, not root, and the answers set "sudo: none".`, {
      nodes: [node],
      remedies: [remedy`Set "sudo: auto" under "ssh:" in the answers, or log in as root.`],
    });
  }
  if (sudo === 'sudo') return { ...login, elevation: 'sudo' };
  if (sudo === 'asks' && setting.kind === 'password') return { ...login, elevation: 'sudo-password' };
  throw sudoRefused(node, user, sudo === 'no-sudo' ? 'sudo: command not found' : words);
}

/** The error for a message of sudo. `secret`: the name of the secret with the password that was sent. */
export function sudoRefused(node: string, user: string, words: string, secret?: string): WizardError {
  const at = `${user} on ${node}`;
  const noPassword = sudoersRemedy(node, user, 'nopasswd', `${user} ALL=(ALL:ALL) NOPASSWD: ALL`);
  const refuse = (message: string, ...remedies: readonly Remedy[]): WizardError =>
    new WizardError('sudo-refused', message, { nodes: [node], remedies, evidence: lastLines(words) });
  if (/command not found/.test(words))
    return refuse(`sudo is not installed on ${node}, and ${user} is not root.`, remedy`Install sudo on ${node}, or log in as root.`);
  if (/not in the sudoers|may not run sudo|not allowed to (run|execute)/i.test(words))
    return refuse(`sudo does not allow ${at} to run this command.`, noPassword);
  if (/must have a tty/i.test(words))
    return refuse(`sudo on ${node} requires a terminal (requiretty).`, sudoersRemedy(node, user, 'notty', `Defaults:${user} !requiretty`));
  if (/incorrect password|try again|authentication failure/i.test(words)) {
    const which = secret === undefined ? piece` that "sudo: {password: secret:NAME}" names in the answers` : piece` "${secret}" of the answers`;
    return refuse(
      `sudo rejected the password of ${at}.`,
      remedy`Check the secret${which}: it must be the password of ${user} on ${node}.`,
      remedy`Test the password on ${node}, as ${user}: sudo -k true`,
    );
  }
  if (/password is required|a terminal is required|askpass/i.test(words)) {
    return refuse(
      `sudo requires a password for ${at}.`,
      remedy`Set "sudo: {password: secret:NAME}" under "ssh:" in the answers, and the source of NAME under "secrets:".`,
      noPassword,
    );
  }
  return refuse(`sudo refused ${at}.`, remedy`Test sudo on ${node}: sudo -k -n true`, noPassword);
}

/** A user name that means itself in a sudoers file. */
const SUDOERS_NAME = /^(?!ALL$)[A-Za-z_][A-Za-z0-9_.-]*$/;

/** A line for sudo as commands to paste. The file is checked before it takes effect, because an invalid one disables sudo for everybody; one file per purpose and login. */
function sudoersRemedy(node: string, user: string, purpose: 'nopasswd' | 'notty', line: string): Remedy {
  if (!SUDOERS_NAME.test(user)) return remedy`On ${node}, add a rule for this login: ${sh`visudo -f /etc/sudoers.d/moodle-cluster-wizard-${purpose}`}`;
  // sudo ignores files with a dot in their name.
  const file = `/etc/sudoers.d/moodle-cluster-wizard-${purpose}-${user.replaceAll('.', '_')}`;
  const commands = sh`f=$(mktemp) && echo ${line} >"$f" && sudo visudo -cf "$f" && sudo install -o root -g root -m 0440 "$f" ${file}; rm -f "$f"`;
  return purpose === 'nopasswd'
    ? remedy`Allow sudo without a password, on ${node}: ${commands}`
    : remedy`Remove the requirement for this login, on ${node}: ${commands}`;
}

/** The last five lines that are not empty: of a long text only its end is read, of a long line only its beginning is kept. */
export function lastLines(text: string): readonly string[] {
  return text
    .slice(-16_384)
    .split('\n')
    .map((line) => line.trimEnd().slice(0, 1000))
    .filter((line) => line !== '')
    .slice(-5);
}
