/** Checks the host key, before any credential is sent. */

import { dirname } from 'node:path';
import type { SshSettings } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import { type Command, type Piece, piece, remedy, sh } from '../core/remedy.js';
import { asFault, isMissing } from '../local/fault.js';
import { readBounded } from '../local/read.js';
import { appendTheirs, ensurePrivateDir } from '../local/write.js';
import {
  fingerprint,
  hostToken,
  judge,
  type KnownHostLine,
  keyType,
  knownHostsLine,
  offeredAlgorithms,
  parseKnownHosts,
  speaksOf,
  type Verdict,
} from './known-hosts.js';
import { quote } from './shell.js';
import { portOption, type SshTarget } from './ssh-target.js';

/** A known_hosts of ten thousand hosts takes some 4 MiB. */
const MAX_KNOWN_HOSTS_BYTES = 16_777_216;

export interface HostKeyCheck {
  /** Algorithms to offer in the handshake. */
  readonly algorithms: readonly string[];
  /** True when the key is trusted; otherwise `refusal` is the reason. */
  verify(blob: Buffer): boolean;
  refusal(): WizardError | null;
  /** When the host has no key of the types known for it. */
  otherTypes(cause: unknown): WizardError;
  /** After a successful login: adds a key that `accept-new` let in. @returns a message for the log, or null */
  keep(): Promise<string | null>;
}

/** Reads the known_hosts files of a target. A file that exists and cannot be read stops us: it may hold a revocation. @throws WizardError `host-key-unknown` */
export async function hostKeyCheck(node: string, target: SshTarget, mode: SshSettings['hostKeys']): Promise<HostKeyCheck> {
  const entries = (await Promise.all([...target.userKnownHosts, ...target.globalKnownHosts].map((f) => readEntries(node, f)))).flat();
  if (target.revokedHostKeys !== null) {
    throw new WizardError('host-key-unknown', `Cannot check the host key of ${node}: RevokedHostKeys (${target.revokedHostKeys}) is not supported here.`, {
      nodes: [node],
      remedies: [remedy`Add the revoked keys to a known_hosts file, as lines that begin with @revoked, and set "RevokedHostKeys none" for this host.`],
    });
  }
  const token = target.hostKeyAlias ?? hostToken(target.host, target.port);
  let refused: WizardError | null = null;
  let fresh: Buffer | null = null;
  return {
    algorithms: offeredAlgorithms(entries, token),
    verify: (blob) => {
      const verdict = judge(entries, token, blob);
      if (verdict.kind === 'unknown' && mode === 'accept-new') fresh = blob;
      else refused = refusalFor(node, target, token, blob, verdict);
      return refused === null;
    },
    refusal: () => refused,
    otherTypes: (cause) =>
      otherTypes(
        node,
        target,
        token,
        entries.filter((e) => e.marker === null && speaksOf(e, token)),
        cause,
      ),
    keep: async () => {
      if (fresh === null) return null;
      const blob = fresh;
      fresh = null;
      return addKey(node, target, token, blob);
    },
  };
}

async function readEntries(node: string, file: string): Promise<readonly KnownHostLine[]> {
  try {
    return parseKnownHosts(readBounded(file, MAX_KNOWN_HOSTS_BYTES).toString('utf8'), file);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new WizardError('host-key-unknown', `Cannot check the host key of ${node}: ${file}: ${asFault(error).why}.`, {
      nodes: [node],
      cause: error,
      remedies: [remedy`Check that it is a regular file that you can read: ls -l -- ${quote(file)}`],
    });
  }
}

function refusalFor(node: string, target: SshTarget, token: string, blob: Buffer, verdict: Verdict): WizardError | null {
  const print = `${keyType(blob)} ${fingerprint(blob)}`;
  const place = token === target.alias ? token : `${token} (${target.alias})`;
  switch (verdict.kind) {
    case 'known':
      return null;
    case 'unknown':
      return new WizardError('host-key-unknown', `The host key of ${node} at ${place} is unknown: ${print}. Nothing was sent to it.`, {
        nodes: [node],
        remedies: [
          remedy`Compare it with the key on the console of ${node}: ${sh`ssh-keygen -lf /etc/ssh/ssh_host_${keyName(blob)}_key.pub`}`,
          remedy`If both are equal, add this key: ${addCommand(target, token, blob)}`,
          remedy`Or log in once manually and confirm the key: ${sh`ssh${portOption(target)} ${target.user}@${target.alias}`}`,
          remedy`Or, on a network that you trust, set "hostKeys: accept-new" under "ssh:" in the answers.`,
        ],
      });
    case 'changed':
      return new WizardError(
        'host-key-changed',
        `The host key of ${node} at ${place} differs from ${where(verdict.lines[0])}: it is ${print}. Nothing was sent to it.`,
        {
          nodes: [node],
          remedies: [
            remedy`If ${node} was reinstalled, compare the key with its console: ${sh`ssh-keygen -lf /etc/ssh/ssh_host_${keyName(blob)}_key.pub`}`,
            remedy`Then remove the old key: ${sh`ssh-keygen -f ${knownHosts(verdict.lines[0]?.file)} -R ${token}`}`,
            remedy`If it was not reinstalled, the connection may be intercepted: inform your network administrator first.`,
          ],
        },
      );
    case 'revoked':
      return new WizardError('host-key-changed', `The host key of ${node} at ${place} is revoked in ${where(verdict.line)}: ${print}.`, {
        nodes: [node],
        remedies: [remedy`Create a new host key on ${node}; a revoked key is never accepted.`],
      });
    case 'authority-only':
      return new WizardError(
        'host-key-unknown',
        `The host key of ${node} at ${place} is unknown: ${print}. ${where(verdict.line)} has only a certificate authority (@cert-authority), which is not supported.`,
        {
          nodes: [node],
          remedies: [
            remedy`Compare it with the key on the console of ${node}: ${sh`ssh-keygen -lf /etc/ssh/ssh_host_${keyName(blob)}_key.pub`}`,
            remedy`If both are equal, add this key: ${addCommand(target, token, blob)}`,
          ],
        },
      );
  }
}

/** Adds the key that was shown and compared. ssh-keyscan could return another one, and does not use jump hosts. */
function addCommand(target: SshTarget, token: string, blob: Buffer): Command {
  return sh`echo ${knownHostsLine(token, blob, false).trim().split(' ')} >> ${knownHosts(target.userKnownHosts[0])}`;
}

function otherTypes(node: string, target: SshTarget, token: string, lines: readonly KnownHostLine[], cause: unknown): WizardError {
  const types = [...new Set(lines.map((line) => line.keyType))].join(', ');
  return new WizardError('host-key-changed', `${node} at ${token} has no host key of the type in ${where(lines[0])} (${types}). Nothing was sent to it.`, {
    nodes: [node],
    cause,
    remedies: [
      remedy`Show its current keys: ${sh`ssh-keyscan${portOption(target)} ${target.host} | ssh-keygen -lf -`}`,
      remedy`If its console shows the same (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), remove the old key: ${sh`ssh-keygen -f ${knownHosts(lines[0]?.file)} -R ${token}`}`,
    ],
  });
}

/** A file of host keys in a command; `~` must stay unquoted. */
function knownHosts(file: string | undefined): Piece {
  return file === undefined ? piece`~/.ssh/known_hosts` : piece`${file}`;
}

function where(line: KnownHostLine | undefined): string {
  return line === undefined ? 'known_hosts' : `${line.file}:${line.line}`;
}

/** `ed25519`, `rsa`, `ecdsa`: as file names and ssh-keyscan call it. */
function keyName(blob: Buffer): string {
  const type = keyType(blob);
  return type.startsWith('ecdsa') ? 'ecdsa' : type.replace(/^ssh-/, '');
}

/** Empty for a file that does not exist. */
function textOrNothing(file: string): string {
  try {
    return readBounded(file, MAX_KNOWN_HOSTS_BYTES).toString('utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

async function addKey(node: string, target: SshTarget, token: string, blob: Buffer): Promise<string | null> {
  const file = target.userKnownHosts[0];
  if (file === undefined) {
    throw new WizardError('host-key-unknown', `Cannot save the new host key of ${node}: UserKnownHostsFile is none.`, { nodes: [node] });
  }
  try {
    ensurePrivateDir(dirname(file));
    const before = textOrNothing(file);
    // Another node behind the same jump host may have added it meanwhile.
    if (judge(parseKnownHosts(before, file), token, blob).kind === 'known') return null;
    const line = knownHostsLine(token, blob, target.hashKnownHosts);
    appendTheirs(file, before === '' || before.endsWith('\n') ? line : `\n${line}`);
  } catch (error) {
    throw new WizardError('host-key-unknown', `Cannot add the new host key of ${node} to ${file}: ${asFault(error).why}.`, {
      nodes: [node],
      cause: error,
      remedies: [remedy`Check that only you can write to it: ls -ld -- ${quote(dirname(file))} ${quote(file)}`],
    });
  }
  return `Added the new host key of ${node} (${token}) to ${file}: ${keyType(blob)} ${fingerprint(blob)}`;
}
