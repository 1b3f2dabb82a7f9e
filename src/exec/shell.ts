/** The only place where text becomes shell words. Pure: builds POSIX sh source, runs nothing. */

import { quote } from '../core/shell-words.js';

export { quote } from '../core/shell-words.js';

/** POSIX sh source. */
export type Script = string;

/** A simple command: every element one word. @throws Error when there is no command name */
export function command(argv: readonly string[]): Script {
  const [name, ...rest] = argv;
  if (name === undefined || name === '') throw new Error('a command needs a name');
  // A leading word of plain letters could be a keyword (`if`, `time`); quoted it is always a command name.
  return [`'${name.replaceAll("'", "'\\''")}'`, ...rest.map(quote)].join(' ');
}

/** Runs each only when the one before succeeded. */
export function allOf(...scripts: readonly Script[]): Script {
  return scripts.join(' && ');
}

/** `sh -c SCRIPT NAME ARGS…` as argv: for scripts of templates/ that take arguments. */
export function shellArgv(script: Script, name: string, args: readonly string[]): readonly string[] {
  return ['sh', '-c', script, name, ...args];
}

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `env -i A=1 B=2` as words, nothing inherited. @throws Error on a name that is no variable name */
export function cleanEnv(env: Readonly<Record<string, string>>): Script {
  const words = Object.entries(env).map(([name, value]) => {
    if (!ENV_NAME.test(name)) throw new Error(`not the name of an environment variable: ${name}`);
    return `${name}=${quote(value)}`;
  });
  return ['env -i', ...words].join(' ');
}

/**
 * A line that any login shell (sh, bash, csh, tcsh, fish, zsh) passes on unchanged to `/bin/sh`, which then runs the script.
 * Inside single quotes csh still acts on `!` and newlines, fish on `\\` and `\'`: so all but harmless characters travel as `\0ooo` for printf %b.
 */
export function anyShell(script: Script): Script {
  const encoded = [...Buffer.from(script, 'utf8')]
    .map((byte) => (isHarmless(byte) ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`))
    .join('');
  return `/bin/sh -c 'eval "$(printf %b "$1")"' sh '${encoded}'`;
}

function isHarmless(byte: number): boolean {
  return /[A-Za-z0-9 _./:=,;|&<>()$"{}[\]+@#*?-]/.test(String.fromCharCode(byte));
}
