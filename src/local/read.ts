/** Reads files of this machine: trusted ones that decide what root does, and others that must neither hang nor flood the wizard. */

import { accessSync, type BigIntStats, closeSync, constants, existsSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { remedy } from '../core/remedy.js';
import { type WalkOptions, walk } from './chain.js';
import { asFault, LocalFault, REMEDY } from './fault.js';
import { trustedOwners } from './owners.js';

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
/** Linux: a handle of the file that opens nothing yet, so that not even a device notices. Node has no name for it. */
const O_PATH = 0o10000000;
const CHUNK = 65_536;

const KINDS: readonly (readonly [(s: Stats) => boolean, string])[] = [
  [(s) => s.isDirectory(), 'a folder'],
  [(s) => s.isFIFO(), 'a named pipe'],
  [(s) => s.isSocket(), 'a socket'],
  [(s) => s.isCharacterDevice() || s.isBlockDevice(), 'a device'],
  [(s) => s.isSymbolicLink(), 'a symbolic link'],
];

/** @throws LocalFault for anything but a regular file */
export function mustBeRegular(found: Stats): void {
  if (found.isFile()) return;
  const kind = KINDS.find(([is]) => is(found))?.[1] ?? 'of another type';
  throw new LocalFault('not-a-file', `it is ${kind}, not a regular file`, [remedy`Use the path of a regular file.`]);
}

function mustFit(size: number, limit: number): void {
  if (size > limit) throw new LocalFault('too-large', `it is larger than ${limit} bytes`, [remedy`Use a smaller file.`]);
}

/** @throws LocalFault for a file that somebody else owns, could write, or (in a folder like /tmp) could have linked there */
export function mustBeOurs(path: string, found: Stats, owners: ReadonlySet<number>, inSticky: boolean): void {
  if (!owners.has(found.uid)) {
    throw new LocalFault('foreign-owner', `it belongs to another user (uid ${found.uid})`, inSticky ? REMEDY.copyElsewhere(path) : REMEDY.takeOwnership(path));
  }
  if ((found.mode & 0o022) !== 0) {
    throw new LocalFault('writable', `other users can change it (mode ${(found.mode & 0o7777).toString(8)})`, REMEDY.closeMode(path));
  }
  if (inSticky && found.nlink > 1) {
    throw new LocalFault('foreign-owner', `it has ${found.nlink} hard links, in a folder where other users can create files`, REMEDY.copyElsewhere(path));
  }
}

/** Opens a regular file without waiting and without touching anything else. `flags` adds O_NOFOLLOW. */
function openRegular(path: string, flags: number): number {
  if (process.platform !== 'linux' || !existsSync('/proc/self/fd')) {
    const fd = openSync(path, O_RDONLY | O_NONBLOCK | flags);
    return closingOnFault(fd, () => mustBeRegular(fstatSync(fd)), fd);
  }
  const handle = openSync(path, O_PATH | flags);
  try {
    mustBeRegular(fstatSync(handle));
    return openSync(`/proc/self/fd/${handle}`, O_RDONLY | O_NONBLOCK);
  } finally {
    closeSync(handle);
  }
}

function closingOnFault<T>(fd: number, work: () => void, value: T): T {
  try {
    work();
    return value;
  } catch (thrown) {
    closeSync(fd);
    throw thrown;
  }
}

/** All bytes of a descriptor; the size that the system tells is not relied on (/proc, a file that grows). */
function readAll(fd: number, limit: number): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  while (true) {
    const part = Buffer.alloc(CHUNK);
    const got = readSync(fd, part, 0, CHUNK, null);
    if (got === 0) return Buffer.concat(parts, size);
    size += got;
    mustFit(size, limit);
    parts.push(part.subarray(0, got));
  }
}

/**
 * The bytes of a regular file, at most `limit`. Follows links, trusts nobody: for files whose content decides nothing by itself.
 * Never waits (named pipe), never touches a device.
 * @throws LocalFault
 */
export function readBounded(path: string, limit: number): Buffer {
  try {
    const fd = openRegular(path, 0);
    try {
      mustFit(fstatSync(fd).size, limit);
      return readAll(fd, limit);
    } finally {
      closeSync(fd);
    }
  } catch (thrown) {
    throw asFault(thrown);
  }
}

export interface TrustOptions extends WalkOptions {
  /** Bytes. */
  readonly limit: number;
}

const sameState = (a: BigIntStats, b: BigIntStats): boolean => a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
const samePlace = (a: { readonly dev: number; readonly ino: number }, b: { readonly dev: number; readonly ino: number }): boolean =>
  a.dev === b.dev && a.ino === b.ino;

/**
 * The bytes of a file that only root, we or the caller of sudo could have written. The chain of folders is checked, then the very descriptor that is read,
 * then once more that the path still leads to it and that it did not change meanwhile.
 * @throws LocalFault
 */
export function readTrusted(path: string, options: TrustOptions): Buffer {
  try {
    return trusted(resolve(path), options);
  } catch (thrown) {
    throw asFault(thrown);
  }
}

function trusted(path: string, options: TrustOptions): Buffer {
  const owners = options.owners ?? trustedOwners();
  const found = mustExist(path, { ...options, owners });
  // Checked by name first, so that the error describes what a person sees there.
  mustBeRegular(found.stat);
  mustBeOurs(path, found.stat, owners, found.inSticky);
  const fd = openRegular(found.path, O_NOFOLLOW);
  try {
    const open = fstatSync(fd);
    mustBeOurs(path, open, owners, found.inSticky);
    if (!samePlace(open, found.stat)) throw moved();
    mustFit(open.size, options.limit);
    const before = fstatSync(fd, { bigint: true });
    const content = readAll(fd, options.limit);
    const again = mustExist(path, { ...options, owners });
    if (again.path !== found.path || !samePlace(again.stat, open) || !sameState(before, fstatSync(fd, { bigint: true }))) throw moved();
    return content;
  } finally {
    closeSync(fd);
  }
}

const moved = () =>
  new LocalFault('moved', 'it was replaced or changed while it was being read', [remedy`Find out who writes to it, then run the command again.`]);

function mustExist(path: string, options: WalkOptions): { readonly path: string; readonly stat: Stats; readonly inSticky: boolean } {
  const found = walk(path, options);
  if (found.stat === null) throw new LocalFault('ENOENT', 'it does not exist');
  return { path: found.path, stat: found.stat, inSticky: found.inSticky };
}

/** True for a regular file, links followed, that this process may run. */
export function canExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Why a file is not trusted; null when it is. Reads no content. `secret`: it must not be readable for everybody either. */
export function trustFault(path: string, options: WalkOptions & { readonly secret?: boolean } = {}): LocalFault | null {
  try {
    const owners = options.owners ?? trustedOwners();
    const full = resolve(path);
    const found = walk(full, { ...options, owners });
    if (found.stat === null) throw new LocalFault('ENOENT', 'it does not exist');
    mustBeRegular(found.stat);
    mustBeOurs(full, found.stat, owners, found.inSticky);
    if (options.secret === true && found.reachable && (found.stat.mode & 0o004) !== 0) {
      throw new LocalFault('readable', `all users can read it (mode ${(found.stat.mode & 0o7777).toString(8)})`, REMEDY.closeRead(full));
    }
    return null;
  } catch (thrown) {
    return asFault(thrown);
  }
}
