/** Sources of secrets: `env:NAME`, `file:/PATH`, `cmd:COMMAND`. Values leave this room only as `Secret`. */

import { serverOf } from '../caches/plugins/catalog.js';
import type { ServerTraits } from '../caches/plugins/server-types.js';
import { combineErrors, WizardError } from '../core/errors.js';
import { type Remedy, remedy, sh } from '../core/remedy.js';
import { MIN_SECRET_LENGTH, Secret } from '../core/secret.js';
import { asFault, type LocalFault } from '../local/fault.js';
import type { Answers } from './schema.js';
import { namedInCommand } from './shell-commands.js';

export interface SecretIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Why a file, or a folder or link on its path, is not trusted; null when only root and the user who runs the wizard can change it. */
  fault(path: string, options?: { readonly secret?: boolean; readonly links?: 'refuse' }): LocalFault | null;
  /** Reads the file after the same checks. @throws LocalFault */
  readFile(path: string): string;
  isFile(path: string): boolean;
  /** Runs a command line with `/bin/sh -c`, with its standard error passed on, and no terminal on stdin. */
  runCommand(command: string): Promise<{ readonly code: number; readonly stdout: string }>;
  /** Absolute path of a command as `/bin/sh` would find it; null when there is none. */
  which(command: string): string | null;
  /** The file the answers were read from; null when they were entered in this session. */
  readonly answersFile: string | null;
}

function unavailable(name: string, why: string, remedies: readonly Remedy[]): WizardError {
  return new WizardError('secret-unavailable', `Cannot read secret "${name}": ${why}`, { remedies });
}

/** `cmd:` and `file:` let the author of the answers file choose what is run or read. The file is checked again, because hours may have passed since it was read. */
function answersFileProblem(name: string, io: SecretIo): WizardError | null {
  if (io.answersFile === null) return null;
  const fault = io.fault(io.answersFile, { links: 'refuse' });
  if (fault === null) return null;
  return unavailable(name, `file: and cmd: are refused, because the answers file ${io.answersFile} is not trusted: ${fault.why}.`, fault.remedies);
}

function fileProblem(name: string, path: string, io: SecretIo): WizardError | null {
  const fault = io.fault(path, { secret: true });
  if (fault === null) return null;
  return unavailable(name, `file:${path}: ${fault.why}.`, fault.remedies.length > 0 ? fault.remedies : [remedy`Make ${path} writable only for you or root.`]);
}

/** Checks every program of the line, and every file that it names by its full path. */
function commandProblem(name: string, command: string, io: SecretIo): WizardError | null {
  for (const { kind, text } of namedInCommand(command)) {
    if (kind === 'file' && !io.isFile(text)) continue;
    const target = kind === 'file' ? text : io.which(text);
    if (target === null) return unavailable(name, `cmd: command not found: ${text}.`, [remedy`Install ${text}, or use another source for this secret.`]);
    const fault = io.fault(target);
    if (fault !== null) return unavailable(name, `cmd: ${target}: ${fault.why}.`, [remedy`Use commands and files that only you or root can change.`]);
  }
  return null;
}

/** Every check that neither runs a command nor reads a secret file. */
function sourceProblem(name: string, source: string, io: SecretIo): WizardError | null {
  const [kind, rest] = split(source);
  if (kind === 'env')
    return io.env[rest]
      ? null
      : unavailable(name, `the environment variable ${rest} (env:${rest}) is not set.`, [remedy`Set ${rest}, then start the wizard again.`]);
  const answers = answersFileProblem(name, io);
  if (answers) return answers;
  return kind === 'file' ? fileProblem(name, rest, io) : commandProblem(name, rest, io);
}

function split(source: string): readonly ['env' | 'file' | 'cmd', string] {
  const colon = source.indexOf(':');
  return [source.slice(0, colon) as 'env' | 'file' | 'cmd', source.slice(colon + 1)];
}

/** A line break at the end belongs to the file or the output, not to the secret. */
function asSecret(name: string, source: string, raw: string): Secret {
  const value = raw.replace(/\r?\n$/, '');
  const [kind, rest] = split(source);
  const where = kind === 'cmd' ? 'the output of its command' : `${kind}:${rest}`;
  if (value === '') throw unavailable(name, `${where} is empty.`, [remedy`Provide the value there.`]);
  // Such a value could add lines to a configuration file.
  if (/[\u0000-\u001f\u007f]/.test(value))
    throw unavailable(name, `${where} has several lines or control characters.`, [remedy`Use one line of printable text.`]);
  return new Secret(name, value);
}

/** The server that takes only ASCII passwords and is given this secret, by a service or a listed store; undefined when none is. */
function asciiServer(answers: Pick<Answers, 'services' | 'stores'>, secret: Secret): ServerTraits | undefined {
  const services = (answers.services ?? []).map((s) => ({ plugin: s.plugin, password: s.password }));
  const stores = Array.isArray(answers.stores) ? answers.stores.map((s) => ({ plugin: s.plugin, password: s.settings?.['password'] })) : [];
  const users = [...services, ...stores].filter((u) => u.password === `secret:${secret.name}`);
  return users.map((u) => serverOf(u.plugin)).find((s) => s?.asciiPassword !== undefined);
}

/** Why a value does not fit its use in the answers, without showing the value; null if it fits. */
export function unfitSecret(answers: Pick<Answers, 'services' | 'stores'>, secret: Secret): WizardError | null {
  if (secret.reveal().length < MIN_SECRET_LENGTH) {
    return new WizardError(
      'secret-unavailable',
      `The secret "${secret.name}" has fewer than ${MIN_SECRET_LENGTH} characters, so it cannot be masked in logs.`,
      {
        remedies: [remedy`Change the password to at least ${MIN_SECRET_LENGTH} characters, on the service and in its source.`],
      },
    );
  }
  const server = /^[\x20-\x7e]*$/.test(secret.reveal()) ? undefined : asciiServer(answers, secret);
  if (server === undefined) return null;
  return new WizardError('secret-unavailable', `The secret "${secret.name}" has non-ASCII characters: ${server.asciiPassword}.`, {
    remedies: [remedy`Change the password of the user of ${server.noun} to ASCII letters, digits and punctuation.`],
  });
}

async function resolveOne(answers: Answers, name: string, source: string, io: SecretIo): Promise<Secret> {
  const problem = sourceProblem(name, source, io);
  if (problem) throw problem;
  const secret = await readSecret(name, source, io);
  const unfit = unfitSecret(answers, secret);
  if (unfit) throw unfit;
  return secret;
}

function readFileSecret(name: string, path: string, io: SecretIo): string {
  try {
    return io.readFile(path);
  } catch (thrown) {
    const { why, remedies } = asFault(thrown);
    throw unavailable(name, `file:${path}: ${why}.`, remedies.length > 0 ? remedies : [remedy`Check its owner and mode: ${sh`ls -l -- ${path}`}`]);
  }
}

async function readSecret(name: string, source: string, io: SecretIo): Promise<Secret> {
  const [kind, rest] = split(source);
  if (kind === 'env') return asSecret(name, source, io.env[rest] ?? '');
  if (kind === 'file') return asSecret(name, source, readFileSecret(name, rest, io));
  const { code, stdout } = await io.runCommand(rest);
  if (code !== 0) throw unavailable(name, `its command (cmd:) failed with exit code ${code}.`, [remedy`Run the command manually to see its error.`]);
  return asSecret(name, source, stdout);
}

/**
 * All secrets of some answers by name. Commands run one after the other: they may ask the person something.
 * @throws WizardError `secret-unavailable` naming the secret and its source; further ones in `others`
 */
export async function resolveSecrets(answers: Answers, io: SecretIo): Promise<Readonly<Record<string, Secret>>> {
  const found: Record<string, Secret> = {};
  const problems: WizardError[] = [];
  for (const [name, source] of Object.entries(answers.secrets ?? {})) {
    try {
      found[name] = await resolveOne(answers, name, source, io);
    } catch (thrown) {
      if (!(thrown instanceof WizardError)) throw thrown;
      problems.push(thrown);
    }
  }
  if (problems.length > 0) throw combineErrors(problems);
  return found;
}

/** Problems that `resolveSecrets` would have, found without running a command or reading a secret. */
export async function checkSecrets(answers: Answers, io: SecretIo): Promise<readonly WizardError[]> {
  const problems = await Promise.all(
    Object.entries(answers.secrets ?? {}).map(async ([name, source]) => {
      const problem = sourceProblem(name, source, io);
      const [kind, variable] = split(source);
      return problem ?? (kind === 'env' ? unfitSecret(answers, new Secret(name, io.env[variable] ?? '')) : null);
    }),
  );
  return problems.filter((t): t is WizardError => t !== null);
}
