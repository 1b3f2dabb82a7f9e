/** The keys to offer to a host, and the error when it accepts none. */

import { createConnection } from 'node:net';
import { WizardError } from '../core/errors.js';
import { quoted } from '../core/names.js';
import { piece, remedy, sh } from '../core/remedy.js';
import { asFault, isMissing } from '../local/fault.js';
import { readBounded } from '../local/read.js';
import { portOption, type SshTarget } from './ssh-target.js';

/** A private key of 16384 bits takes some 13 KiB. */
const MAX_KEY_BYTES = 1_048_576;

/** Asks for the passphrase of a key file; undefined when nobody can be asked. */
export type AskPassphrase = (path: string) => Promise<string | undefined>;

export type AuthAttempt =
  | { readonly type: 'publickey'; readonly username: string; readonly key: string; readonly passphrase?: string }
  | { readonly type: 'agent'; readonly username: string; readonly agent: string };

export interface AuthPlan {
  readonly attempts: readonly AuthAttempt[];
  /** The keys that are tried, and those that are skipped with the reason, as text. */
  readonly tried: readonly string[];
  readonly skipped: readonly string[];
}

/** Reads a key: `ok`, `encrypted`, or the reason why it is invalid. */
export type ParseKey = (
  text: string,
  passphrase: string | undefined,
) => { readonly state: 'ok' | 'encrypted' } | { readonly state: 'bad'; readonly reason: string };

/**
 * The answers' key first, then the agent's, then the files that OpenSSH would try: a server hangs up after six.
 * @throws WizardError `login-refused` when the answers' key cannot be used
 */
export async function planAuth(node: string, target: SshTarget, parseKey: ParseKey, ask: AskPassphrase): Promise<AuthPlan> {
  const tried: string[] = [];
  const skipped: string[] = [];
  const attempts: AuthAttempt[] = [];
  if (target.identityFile !== null) {
    const key = await loadKey(node, target.identityFile, parseKey, ask, true);
    if (typeof key === 'string') skipped.push(key);
    else attempts.push({ type: 'publickey', username: target.user, ...key });
    if (typeof key !== 'string') tried.push(target.identityFile);
  }
  if (target.agent !== null && !(target.identitiesOnly && target.identityFile !== null)) {
    // A dead agent must not prevent key files from being tried.
    if (await isListening(target.agent)) {
      attempts.push({ type: 'agent', username: target.user, agent: target.agent });
      tried.push(`the keys of the agent (${target.agent})`);
    } else skipped.push(`the agent (not listening on ${target.agent})`);
  }
  for (const file of target.identityFiles.filter((f) => f !== target.identityFile)) {
    const key = await loadKey(node, file, parseKey, ask, false);
    if (key === '') continue;
    if (typeof key === 'string') skipped.push(key);
    else attempts.push({ type: 'publickey', username: target.user, ...key });
    if (typeof key !== 'string') tried.push(file);
  }
  return { attempts, tried, skipped };
}

function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const report = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => report(true));
    socket.once('error', () => report(false));
    socket.setTimeout(2000, () => report(false));
  });
}

/** The key and its passphrase; the reason as text when it is skipped; empty when an optional file does not exist. */
async function loadKey(
  node: string,
  file: string,
  parseKey: ParseKey,
  ask: AskPassphrase,
  named: boolean,
): Promise<{ key: string; passphrase?: string } | string> {
  let key: string;
  try {
    key = readBounded(file, MAX_KEY_BYTES).toString('utf8');
  } catch (error) {
    const missing = isMissing(error);
    if (!named) return missing ? '' : `${file} (${asFault(error).why})`;
    throw new WizardError('login-refused', `Cannot read the key file for ${node}: ${file}: ${asFault(error).why}.`, {
      nodes: [node],
      cause: error,
      remedies: [remedy`Set "identityFile" under "ssh:" in the answers to the private key, or remove it to use the agent and ~/.ssh.`],
    });
  }
  const first = parseKey(key, undefined);
  if (first.state === 'ok') return { key };
  if (first.state === 'bad') return badKey(node, file, first.reason, named);
  const passphrase = await ask(file);
  if (passphrase === undefined) return `${file} (has a passphrase; load it with: ${sh`ssh-add ${file}`})`;
  const second = parseKey(key, passphrase);
  return second.state === 'ok' ? { key, passphrase } : badKey(node, file, 'wrong passphrase', named);
}

function badKey(node: string, file: string, reason: string, named: boolean): string {
  if (!named) return `${file} (${reason})`;
  throw new WizardError('login-refused', `Cannot use the key file for ${node}: ${file} (${reason})`, {
    nodes: [node],
    remedies: [remedy`Show the type of the file: ${sh`ssh-keygen -lf ${file}`}`, remedy`Use the private key, not the .pub file.`],
  });
}

/** The error when no key was accepted. `methods`: the methods that the server accepts, as far as it reported them. */
export function loginRefused(node: string, target: SshTarget, plan: AuthPlan, methods: readonly string[], cause: unknown): WizardError {
  const who = `${target.user}@${target.host}${target.port === 22 ? '' : `:${target.port}`}`;
  const tried = plan.tried.length === 0 ? 'No key to try' : `Tried: ${plan.tried.join(', ')}`;
  const skipped = plan.skipped.length === 0 ? '' : ` Skipped: ${plan.skipped.join(', ')}.`;
  const accepts = methods.length === 0 || methods.includes('publickey') ? '' : ` The server accepts only: ${quoted(methods.join(', '))}.`;
  const identity = target.identityFile === null ? piece`` : sh` -i ${target.identityFile}`;
  return new WizardError('login-refused', `${node} rejected the login of ${who}. ${tried}.${skipped}${accepts}`, {
    nodes: [node],
    cause,
    remedies: [
      remedy`Test the login: ${sh`ssh -v${portOption(target)} ${target.user}@${target.alias} true`}`,
      remedy`Install your public key there: ${sh`ssh-copy-id${portOption(target)}${identity} ${target.user}@${target.alias}`}`,
      remedy`The wizard logs in with keys and agents only, never with passwords.`,
    ],
  });
}
