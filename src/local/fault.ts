/** Why a local path is not used: one error type, to which every caller adds what the file is for. */

import { type ErrorCode, WizardError } from '../core/errors.js';
import { type Remedy, remedy, sh } from '../core/remedy.js';

/** `ENOENT`, `EACCES` …: error codes of the system. The others are refusals of this room. */
export type LocalCode =
  | 'foreign-owner'
  | 'writable'
  | 'foreign-folder'
  | 'writable-folder'
  | 'link'
  | 'not-a-file'
  | 'not-a-folder'
  | 'too-large'
  | 'moved'
  | string;

/** A path that is not used. `why` is a clause without a full stop; `remedies` are commands or sentences, every value quoted. */
export class LocalFault extends Error {
  constructor(
    readonly code: LocalCode,
    readonly why: string,
    readonly remedies: readonly Remedy[] = [],
    cause?: unknown,
  ) {
    super(why, cause === undefined ? undefined : { cause });
    this.name = 'LocalFault';
  }
}

const SAID: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ELOOP: 'it leads through too many symbolic links',
  ENXIO: 'it is not a regular file',
  ENAMETOOLONG: 'the name is too long',
};

/** What any thrown value means for a path. */
export function asFault(thrown: unknown): LocalFault {
  if (thrown instanceof LocalFault) return thrown;
  const { code, message } = thrown as NodeJS.ErrnoException;
  return new LocalFault(code ?? 'unknown', SAID[code ?? ''] ?? message, [], thrown);
}

/** True when the path does not exist. */
export const isMissing = (thrown: unknown): boolean => thrown instanceof LocalFault && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR');

const REFUSALS: readonly string[] = [
  'foreign-owner',
  'writable',
  'foreign-folder',
  'writable-folder',
  'link',
  'not-a-file',
  'not-a-folder',
  'too-large',
  'moved',
];

/** True when the path exists and is refused because of what it is. */
export const isRefusal = (thrown: unknown): boolean => thrown instanceof LocalFault && REFUSALS.includes(thrown.code);

/** The error to show: `Cannot use the plan /tmp/p: …`. A refusal of this room is always `file-untrusted` (exit 2); else the caller's code. */
export function faultError(what: string, path: string, thrown: unknown, code: ErrorCode = 'usage', remedies: readonly Remedy[] = []): WizardError {
  const fault = asFault(thrown);
  return new WizardError(isRefusal(fault) ? 'file-untrusted' : code, `${what} ${path}: ${fault.why}.`, {
    cause: thrown,
    remedies: [...fault.remedies, ...(fault.remedies.length === 0 ? remedies : [])],
  });
}

/** Remedies for a file that another user wrote or could write. */
export const REMEDY = {
  takeOwnership: (path: string): readonly Remedy[] => [
    remedy`Read the file first, because another user wrote it. Then take ownership: ${sh`chown -h "$(id -u)" -- ${path}`}`,
  ],
  closeMode: (path: string): readonly Remedy[] => [remedy`Check its content, then restrict its mode: ${sh`chmod go-w -- ${path}`}`],
  closeRead: (path: string): readonly Remedy[] => [
    remedy`Restrict its mode: ${sh`chmod o-r -- ${path}`}`,
    remedy`Then change the secret if other users may have read it.`,
  ],
  closeFolder: (folder: string): readonly Remedy[] => [remedy`Check who uses the folder, then restrict its mode: ${sh`chmod go-w -- ${folder}`}`],
  copyElsewhere: (path: string): readonly Remedy[] => [
    remedy`Copy it to a folder that only you can change: ${sh`install -m 0600 -- ${path} "$HOME"/`}`,
    remedy`Then check the content of the copy, and use the copy.`,
  ],
  anotherFolder: [remedy`Choose a path in a folder that only you or root can change.`],
  realFile: (path: string): readonly Remedy[] => [remedy`Use the path of the file itself. To show it: ${sh`readlink -f -- ${path}`}`],
} as const;
