/** Where secrets come from: `env:NAME`, `file:/PATH`, `cmd:COMMAND`. Values only ever leave here as `Secret`. */

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
  /** What keeps a file, or a folder or link on the way to it, from being trusted; null when only root and the person who runs the wizard can change it. */
  fault(path: string, options?: { readonly secret?: boolean; readonly links?: 'refuse' }): LocalFault | null;
  /** Reads from the very file that is trusted. @throws LocalFault */
  readFile(path: string): string;
  isFile(path: string): boolean;
  /** Runs a command line with `/bin/sh -c`, its standard error let through; never a terminal on stdin. */
  runCommand(command: string): Promise<{ readonly code: number; readonly stdout: string }>;
  /** Absolute path of a command as `/bin/sh` would find it; null when there is none. */
  which(command: string): string | null;
  /** The file the answers were read from; null when a person gave them just now. */
  readonly answersFile: string | null;
}

function unavailable(name: string, why: string, remedies: readonly Remedy[]): WizardError {
  return new WizardError('secret-unavailable', `Cannot read secret "${name}": ${why}`, { remedies });
}

/** `cmd:` and `file:` let whoever writes the answers file choose what is run or read. It was checked when it was read; hours may lie between. */
function answersFileTrouble(name: string, io: SecretIo): WizardError | null {
  if (io.answersFile === null) return null;
  const fault = io.fault(io.answersFile, { links: 'refuse' });
  if (fault === null) return null;
  return unavailable(name, `sources file: and cmd: are refused: the answers file ${io.answersFile}: ${fault.why}.`, fault.remedies);
}

function fileTrouble(name: string, path: string, io: SecretIo): WizardError | null {
  const fault = io.fault(path, { secret: true });
  if (fault === null) return null;
  return unavailable(
    name,
    `file:${path}: ${fault.why}.`,
    fault.remedies.length > 0 ? fault.remedies : [remedy`Make ${path} a file that only you or root can change.`],
  );
}

/** Every program of the line, and every file that it names by its full path. */
function commandTrouble(name: string, command: string, io: SecretIo): WizardError | null {
  for (const { kind, text } of namedInCommand(command)) {
    if (kind === 'file' && !io.isFile(text)) continue;
    const target = kind === 'file' ? text : io.which(text);
    if (target === null) return unavailable(name, `cmd: there is no command "${text}".`, [remedy`Install ${text}, or use another source for this secret.`]);
    const fault = io.fault(target);
    if (fault !== null) return unavailable(name, `cmd: ${target}: ${fault.why}.`, [remedy`Use commands and files that only you or root can change.`]);
  }
  return null;
}

/** Everything that can be told without running a command or reading a secret file. */
function sourceTrouble(name: string, source: string, io: SecretIo): WizardError | null {
  const [kind, rest] = split(source);
  if (kind === 'env')
    return io.env[rest]
      ? null
      : unavailable(name, `the environment variable ${rest} (env:${rest}) is not set.`, [remedy`Set ${rest} before you start the wizard.`]);
  const answers = answersFileTrouble(name, io);
  if (answers) return answers;
  return kind === 'file' ? fileTrouble(name, rest, io) : commandTrouble(name, rest, io);
}

function split(source: string): readonly ['env' | 'file' | 'cmd', string] {
  const colon = source.indexOf(':');
  return [source.slice(0, colon) as 'env' | 'file' | 'cmd', source.slice(colon + 1)];
}

/** One line break at the end is the file's or the command's, not the secret's. */
function asSecret(name: string, source: string, raw: string): Secret {
  const value = raw.replace(/\r?\n$/, '');
  const [kind, rest] = split(source);
  const where = kind === 'cmd' ? 'its command' : `${kind}:${rest}`;
  if (value === '') throw unavailable(name, `${where} gives nothing.`, [remedy`Fill it in.`]);
  // Such a value could break out of a line of a configuration file.
  if (/[\u0000-\u001f\u007f]/.test(value))
    throw unavailable(name, `${where} gives more than one line, or control characters.`, [remedy`A secret is one line of text.`]);
  return new Secret(name, value);
}

/** The server that takes only ASCII passwords and is given this secret, by a service or a listed store; undefined when none is. */
function asciiServer(answers: Pick<Answers, 'services' | 'stores'>, secret: Secret): ServerTraits | undefined {
  const services = (answers.services ?? []).map((s) => ({ plugin: s.plugin, password: s.password }));
  const stores = Array.isArray(answers.stores) ? answers.stores.map((s) => ({ plugin: s.plugin, password: s.settings?.['password'] })) : [];
  const users = [...services, ...stores].filter((u) => u.password === `secret:${secret.name}`);
  return users.map((u) => serverOf(u.plugin)).find((s) => s?.asciiPassword !== undefined);
}

/** Why a value cannot do what the answers use it for, told without showing it; null when it can. */
export function unfitSecret(answers: Pick<Answers, 'services' | 'stores'>, secret: Secret): WizardError | null {
  if (secret.reveal().length < MIN_SECRET_LENGTH) {
    return new WizardError(
      'secret-unavailable',
      `The secret "${secret.name}" has fewer than ${MIN_SECRET_LENGTH} characters, so it cannot be masked in logs.`,
      {
        remedies: [remedy`Set a password of at least ${MIN_SECRET_LENGTH} characters where it is used, then give that.`],
      },
    );
  }
  const server = /^[\x20-\x7e]*$/.test(secret.reveal()) ? undefined : asciiServer(answers, secret);
  if (server === undefined) return null;
  return new WizardError('secret-unavailable', `The secret "${secret.name}" has characters beyond ASCII: ${server.asciiPassword}.`, {
    remedies: [remedy`Give the user of ${server.noun} a password of ASCII letters, digits and signs.`],
  });
}

async function resolveOne(answers: Answers, name: string, source: string, io: SecretIo): Promise<Secret> {
  const trouble = sourceTrouble(name, source, io);
  if (trouble) throw trouble;
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
    throw unavailable(name, `file:${path}: ${why}.`, remedies.length > 0 ? remedies : [remedy`Look at it: ${sh`ls -l -- ${path}`}`]);
  }
}

async function readSecret(name: string, source: string, io: SecretIo): Promise<Secret> {
  const [kind, rest] = split(source);
  if (kind === 'env') return asSecret(name, source, io.env[rest] ?? '');
  if (kind === 'file') return asSecret(name, source, readFileSecret(name, rest, io));
  const { code, stdout } = await io.runCommand(rest);
  if (code !== 0) throw unavailable(name, `its command (cmd:) ended with exit code ${code}.`, [remedy`Try the command by hand.`]);
  return asSecret(name, source, stdout);
}

/**
 * All secrets of some answers by name. Commands run one after the other: they may ask the person something.
 * @throws WizardError `secret-unavailable` naming the secret and its source; further ones in `others`
 */
export async function resolveSecrets(answers: Answers, io: SecretIo): Promise<Readonly<Record<string, Secret>>> {
  const found: Record<string, Secret> = {};
  const troubles: WizardError[] = [];
  for (const [name, source] of Object.entries(answers.secrets ?? {})) {
    try {
      found[name] = await resolveOne(answers, name, source, io);
    } catch (thrown) {
      if (!(thrown instanceof WizardError)) throw thrown;
      troubles.push(thrown);
    }
  }
  if (troubles.length > 0) throw combineErrors(troubles);
  return found;
}

/** What would keep `resolveSecrets` from working, found without running a command or reading a secret. */
export async function checkSecrets(answers: Answers, io: SecretIo): Promise<readonly WizardError[]> {
  const troubles = await Promise.all(
    Object.entries(answers.secrets ?? {}).map(async ([name, source]) => {
      const trouble = sourceTrouble(name, source, io);
      const [kind, variable] = split(source);
      return trouble ?? (kind === 'env' ? unfitSecret(answers, new Secret(name, io.env[variable] ?? '')) : null);
    }),
  );
  return troubles.filter((t): t is WizardError => t !== null);
}
