/** Where secrets come from: `env:NAME`, `file:/PATH`, `cmd:COMMAND`. Values only ever leave here as `Secret`. */

import { combineErrors, WizardError } from '../core/errors.js';
import { type Remedy, remedy, sh } from '../core/remedy.js';
import { Secret } from '../core/secret.js';
import type { Answers } from './schema.js';

/** What matters of a file before it is trusted. */
export interface FileLook {
  /** Path with all links followed. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'other';
  readonly uid: number;
  /** Permission bits with sticky: 0o1777. */
  readonly mode: number;
}

export interface SecretIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who runs the wizard. */
  readonly uid: number;
  /** Follows links; null when there is nothing. */
  look(path: string): Promise<FileLook | null>;
  readFile(path: string): Promise<string>;
  /** Runs a command line with `/bin/sh -c`, its standard error let through; never a terminal on stdin. */
  runCommand(command: string): Promise<{ readonly code: number; readonly stdout: string }>;
  /** Absolute path of a command as `/bin/sh` would find it; null when there is none. */
  which(command: string): Promise<string | null>;
  /** The file the answers were read from; null when a person gave them just now. */
  readonly answersFile: string | null;
}

function unavailable(name: string, why: string, advice: Remedy): WizardError {
  return new WizardError('secret-unavailable', `The secret "${name}" cannot be had: ${why}`, { remedies: [advice] });
}

function parents(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return ['/', ...parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`)];
}

/** Who else could change what a path holds, in words; null when nobody can. A sticky folder (/tmp) protects what is in it. */
async function writableByOthers(path: string, io: SecretIo): Promise<string | null> {
  const look = await io.look(path);
  if (!look) return `${path} does not exist`;
  if (look.type !== 'file') return `${path} is not a file`;
  const own = (uid: number): boolean => uid === io.uid || uid === 0;
  if (!own(look.uid)) return `${path} belongs to another user (uid ${look.uid})`;
  if ((look.mode & 0o022) !== 0) return `${path} can be written by others (mode ${(look.mode & 0o7777).toString(8)})`;
  for (const folder of parents(look.path)) {
    const above = await io.look(folder);
    if (!above) continue;
    if (!own(above.uid)) return `its folder ${folder} belongs to another user (uid ${above.uid})`;
    if ((above.mode & 0o022) !== 0 && (above.mode & 0o1000) === 0)
      return `its folder ${folder} can be written by others (mode ${(above.mode & 0o7777).toString(8)})`;
  }
  return null;
}

/** `cmd:` and `file:` let whoever writes the answers file choose what is run or read, so that file must be ours alone. */
async function answersFileTrouble(name: string, io: SecretIo): Promise<WizardError | null> {
  if (io.answersFile === null) return null;
  const why = await writableByOthers(io.answersFile, io);
  return why === null
    ? null
    : unavailable(
        name,
        `sources file: and cmd: are refused because ${why}.`,
        remedy`${sh`chmod go-w ${io.answersFile}`}, and keep it where only you and root can write.`,
      );
}

async function fileTrouble(name: string, path: string, io: SecretIo): Promise<WizardError | null> {
  const why = await writableByOthers(path, io);
  return why === null ? null : unavailable(name, `file:${path}: ${why}.`, remedy`Make ${path} a file that only you or root can write.`);
}

async function commandTrouble(name: string, command: string, io: SecretIo): Promise<WizardError | null> {
  const first = /^\s*([A-Za-z0-9_./+-]+)/.exec(command)?.[1];
  if (first === undefined) return null;
  const target = first.startsWith('/') ? first : await io.which(first);
  if (target === null) return unavailable(name, `cmd: there is no command "${first}".`, remedy`Install ${first}, or take another source for this secret.`);
  const why = await writableByOthers(target, io);
  return why === null ? null : unavailable(name, `cmd: ${why}.`, remedy`Use a command that only you or root can change.`);
}

/** Everything that can be told without running a command or reading a secret file. */
async function sourceTrouble(name: string, source: string, io: SecretIo): Promise<WizardError | null> {
  const [kind, rest] = split(source);
  if (kind === 'env')
    return io.env[rest]
      ? null
      : unavailable(name, `the environment variable ${rest} (env:${rest}) is not set.`, remedy`Set ${rest} before you start the wizard.`);
  const answers = await answersFileTrouble(name, io);
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
  if (value === '') throw unavailable(name, `${where} gives nothing.`, remedy`Fill it in.`);
  // Such a value could break out of a line of a configuration file.
  if (/[\u0000-\u001f\u007f]/.test(value))
    throw unavailable(name, `${where} gives more than one line, or control characters.`, remedy`A secret is one line of text.`);
  return new Secret(name, value);
}

/** Names of the secrets that are passwords of MongoDB, in services or in listed store instances. */
function mongoPasswords(answers: Answers): readonly string[] {
  const services = (answers.services ?? []).filter((s) => s.plugin === 'mongodb').map((s) => s.password);
  const stores = Array.isArray(answers.stores) ? answers.stores.filter((s) => s.plugin === 'mongodb').map((s) => s.settings?.['password']) : [];
  return [...services, ...stores].flatMap((reference) => (typeof reference === 'string' ? [reference.replace(/^secret:/, '')] : []));
}

/** Why a value cannot do what the answers use it for, told without showing it; null when it can. */
export function unfitSecret(answers: Pick<Answers, 'services' | 'stores'>, secret: Secret): WizardError | null {
  if (/^[\x20-\x7e]*$/.test(secret.reveal()) || !mongoPasswords(answers as Answers).includes(secret.name)) return null;
  return new WizardError(
    'secret-unavailable',
    `The secret "${secret.name}" has characters beyond ASCII: PHP's MongoDB driver, as Debian builds it, cannot log in with them ("ICU required to SASLPrep password").`,
    { remedies: [remedy`Give the MongoDB user a password of ASCII letters, digits and signs.`] },
  );
}

async function resolveOne(answers: Answers, name: string, source: string, io: SecretIo): Promise<Secret> {
  const trouble = await sourceTrouble(name, source, io);
  if (trouble) throw trouble;
  const secret = await readSecret(name, source, io);
  const unfit = unfitSecret(answers, secret);
  if (unfit) throw unfit;
  return secret;
}

async function readSecret(name: string, source: string, io: SecretIo): Promise<Secret> {
  const [kind, rest] = split(source);
  if (kind === 'env') return asSecret(name, source, io.env[rest] ?? '');
  if (kind === 'file') return asSecret(name, source, await io.readFile(rest));
  const { code, stdout } = await io.runCommand(rest);
  if (code !== 0) throw unavailable(name, `its command (cmd:) ended with exit code ${code}.`, remedy`Try the command by hand.`);
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
      const trouble = await sourceTrouble(name, source, io);
      const [kind, variable] = split(source);
      return trouble ?? (kind === 'env' ? unfitSecret(answers, new Secret(name, io.env[variable] ?? '')) : null);
    }),
  );
  return troubles.filter((t): t is WizardError => t !== null);
}
