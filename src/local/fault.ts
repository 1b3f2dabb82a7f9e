/** Why a local path is not used: one error type, so that every caller names the thing and the place in its own words. */

import { type ErrorCode, WizardError } from '../core/errors.js';
import { quote } from '../exec/shell.js';

/** `ENOENT`, `EACCES` …: what the system said. The others are refusals of this room. */
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
    readonly remedies: readonly string[] = [],
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

/** True for what only is not there. */
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

/** True when the path is there, and refused because of what it is. */
export const isRefusal = (thrown: unknown): boolean => thrown instanceof LocalFault && REFUSALS.includes(thrown.code);

/** The error to show: `Cannot use the plan /tmp/p: …`. A refusal of this room is always `file-untrusted` (exit 2); else the caller's code. */
export function faultError(what: string, path: string, thrown: unknown, code: ErrorCode = 'usage', remedies: readonly string[] = []): WizardError {
  const fault = asFault(thrown);
  return new WizardError(isRefusal(fault) ? 'file-untrusted' : code, `${what} ${path}: ${fault.why}.`, {
    cause: thrown,
    remedies: [...fault.remedies, ...(fault.remedies.length === 0 ? remedies : [])],
  });
}

/** Remedies for a file that somebody else wrote or could write. */
export const REMEDY = {
  takeOwnership: (path: string): readonly string[] => [`Read it first: somebody else wrote it. Then take it over: chown -h "$(id -u)" -- ${quote(path)}`],
  closeMode: (path: string): readonly string[] => [`Check its content, then: chmod go-w -- ${quote(path)}`],
  closeRead: (path: string): readonly string[] => [`Close it: chmod o-r -- ${quote(path)}`, 'Then change the secret if somebody may have read it.'],
  closeFolder: (folder: string): readonly string[] => [`Check who uses the folder, then: chmod go-w -- ${quote(folder)}`],
  copyElsewhere: (path: string): readonly string[] => [
    `Copy it to a folder that only you can change: install -m 0600 -- ${quote(path)} "$HOME"/`,
    'Then check the content of the copy, and use that.',
  ],
  anotherFolder: ['Give a path in a folder that only you or root can change.'] as readonly string[],
  realFile: (path: string): readonly string[] => [`Give the path of the file itself. To see it: readlink -f -- ${quote(path)}`],
} as const;
