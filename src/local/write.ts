/** Writes files of this machine without following anything that another user has created. */

import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, fstatSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, type Stats, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { trustedFolder, walk } from './chain.js';
import { asFault, LocalFault, REMEDY } from './fault.js';
import { trustedOwners } from './owners.js';
import { mustBeOurs, mustBeRegular } from './read.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_APPEND, O_RDONLY, O_DIRECTORY } = constants;

/** Runs `work` and throws its errors as LocalFault. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const fault = asFault(thrown);
    // A path to write to is changed, not copied.
    throw fault.code === 'foreign-folder' || fault.code === 'writable-folder' || fault.code === 'link'
      ? new LocalFault(fault.code, fault.why, REMEDY.anotherFolder, thrown)
      : fault;
  }
}

/** The state of a name, links not followed; null when it does not exist. */
function present(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

/** The real folder and name to write to. @throws LocalFault for a foreign folder, and for anything of that name but a regular file of ours */
function target(path: string): { readonly folder: string; readonly path: string } {
  const full = resolve(path);
  const folder = trustedFolder(dirname(full));
  const at = join(folder, basename(full));
  const there = present(at);
  if (there !== null) {
    if (there.isSymbolicLink()) throw new LocalFault('link', 'it is a symbolic link', REMEDY.anotherFolder);
    mustBeRegular(there);
    if (!trustedOwners().has(there.uid)) throw new LocalFault('foreign-owner', `it belongs to another user (uid ${there.uid})`, REMEDY.anotherFolder);
  }
  return { folder, path: at };
}

/** Checks that a file can be written at this path, before work that takes minutes. @throws LocalFault */
export function assertReplaceable(path: string): void {
  guarded(() => {
    const { folder } = target(path);
    accessSync(folder, constants.W_OK | constants.X_OK);
  });
}

function createBeside(folder: string, name: string): { readonly fd: number; readonly path: string } {
  const path = join(folder, `.${name.slice(0, 100)}.${randomBytes(12).toString('hex')}`);
  return { fd: openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600), path };
}

function writeAll(fd: number, content: string | Buffer): void {
  const bytes = Buffer.from(content);
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, O_RDONLY | O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes a file 0600, whole or not at all, on disk when it returns. Anything of that name that another user created is refused. @throws LocalFault */
export function replacePrivate(path: string, content: string | Buffer): void {
  guarded(() => {
    const to = target(path);
    const made = createBeside(to.folder, basename(to.path));
    try {
      try {
        writeAll(made.fd, content);
        fsyncSync(made.fd);
      } finally {
        closeSync(made.fd);
      }
      // Once more: minutes may lie between the check of a command line and this.
      target(path);
      renameSync(made.path, to.path);
    } catch (thrown) {
      unlinkSync(made.path);
      throw thrown;
    }
    syncFolder(to.folder);
  });
}

interface AppendOptions {
  /** For files of the person's own programs: a link of theirs is followed, the mode is theirs to choose. */
  readonly theirs?: boolean;
}

/** A file of ours that grows by lines. */
export interface AppendFile {
  /** A line that is written whole and on disk when `write` returns; called again after an error, it resumes where it stopped. @throws what write(2) says */
  line(text: string): { write(): void };
  /** Written, not waited for until it is on disk. @throws what write(2) says */
  add(text: string): void;
  close(): void;
}

/** Opens a file of ours to append to, made 0600 where it is missing. @throws LocalFault */
export function openAppend(path: string): AppendFile {
  const fd = appendDescriptor(path, {});
  return {
    line: (text) => {
      const bytes = Buffer.from(text);
      let done = 0;
      return {
        write: () => {
          while (done < bytes.length) done += writeSync(fd, bytes, done);
          fsyncSync(fd);
        },
      };
    },
    add: (text) => writeAll(fd, text),
    close: () => closeSync(fd),
  };
}

function appendDescriptor(path: string, options: AppendOptions): number {
  return guarded(() => {
    const owners = trustedOwners();
    const found = walk(resolve(path), { followLast: options.theirs === true, owners });
    if (found.stat === null && found.missing.length > 0) throw new LocalFault('ENOENT', `the folder ${dirname(path)} does not exist`);
    const folder = trustedFolder(dirname(found.path), owners);
    if (found.stat !== null) mustBeRegular(found.stat);
    const fd = openSync(found.path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      const open = fstatSync(fd);
      mustBeRegular(open);
      if (options.theirs !== true) mustBeOurs(path, open, owners, found.inSticky);
      else if (!owners.has(open.uid)) throw new LocalFault('foreign-owner', `it belongs to another user (uid ${open.uid})`, REMEDY.anotherFolder);
      if (found.stat === null) syncFolder(folder);
      return fd;
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
  });
}

/** Appends text to a file of the person's own programs (known_hosts), made 0600 where it is missing. @throws LocalFault */
export function appendTheirs(path: string, text: string): void {
  const fd = appendDescriptor(path, { theirs: true });
  try {
    writeAll(fd, text);
  } catch (thrown) {
    throw asFault(thrown);
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes a folder 0700, and those above it that are missing; one that is there must be ours alone, with all above it.
 * Step by step: Node's own recursive mkdir never ends where the system says "no such file" for ever, as below /proc.
 * @returns its real path
 * @throws LocalFault for a folder in which others could plant a link for us to write through
 */
export function ensurePrivateDir(path: string): string {
  return guarded(() => {
    let before = '';
    while (true) {
      const found = walk(path, { followLast: true });
      if (found.stat !== null) return privateFolder(path);
      if (found.path === before) throw new LocalFault('ENOENT', `the folder ${found.path} cannot be created`);
      before = found.path;
      makeDir(found.path);
    }
  });
}

/** Another run may make it at the same moment; what it made is looked at like any other. */
function makeDir(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  }
}

/** A folder of records is never one that others may add to. */
function privateFolder(path: string): string {
  const folder = trustedFolder(path);
  const { mode } = lstatSync(folder);
  if ((mode & 0o022) !== 0) throw new LocalFault('writable-folder', `other users can change the folder ${folder} (mode ${(mode & 0o7777).toString(8)})`);
  return folder;
}

/** Refuses a folder for records in which others could plant something, as far as it exists; makes nothing. @throws LocalFault */
export function assertPrivateDir(path: string): void {
  guarded(() => {
    if (walk(path, { followLast: true }).stat !== null) privateFolder(path);
  });
}
