/** Walks a path part by part, links included, and refuses it when another user could change where it leads. */

import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { asFault, LocalFault, REMEDY } from './fault.js';
import { trustedOwners } from './owners.js';

/** The limit of the kernel. */
const MAX_LINKS = 40;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

export interface WalkOptions {
  /** Follow a link that the path itself ends in, if the link and all it leads through are trusted. Links in folders on the way always are. */
  readonly followLast?: boolean;
  readonly owners?: ReadonlySet<number>;
}

/** Where a trusted path ends. */
export interface Walked {
  /** Without any link in it. */
  readonly path: string;
  /** Null: there is nothing of this name yet, in a folder that is trusted. */
  readonly stat: Stats | null;
  /** What is still to be made below `path`'s folder when more than the last part is missing. */
  readonly missing: readonly string[];
  /** True when its folder is one like /tmp: others may add files beside it. */
  readonly inSticky: boolean;
  /** True when every folder on the way lets everybody pass. */
  readonly reachable: boolean;
}

const octal = (mode: number) => (mode & 0o7777).toString(8);

/** @throws LocalFault for a folder whose owner or mode lets somebody else change what is in it */
function checkFolder(folder: string, found: Stats, owners: ReadonlySet<number>, path: string): void {
  if (!owners.has(found.uid)) {
    throw new LocalFault('foreign-folder', `its folder ${folder} belongs to another user (uid ${found.uid})`, REMEDY.copyElsewhere(path));
  }
  // An access control list that lets others write shows in the group's bits.
  if ((found.mode & OTHERS_WRITE) !== 0 && (found.mode & STICKY) === 0) {
    throw new LocalFault('writable-folder', `other users can change its folder ${folder} (mode ${octal(found.mode)})`, REMEDY.closeFolder(folder));
  }
}

const othersMayAdd = (folder: Stats): boolean => (folder.mode & OTHERS_WRITE) !== 0;

/**
 * The literal chain and the real one: each folder, and each link with the folder it lies in.
 * A sticky folder (/tmp) protects what belongs to us in it, so there each entry must be ours.
 * @throws LocalFault that names the first part which others could change
 */
export function walk(path: string, options: WalkOptions = {}): Walked {
  const full = resolve(path);
  const owners = options.owners ?? trustedOwners();
  const rest = full.split('/').filter((part) => part !== '');
  let here = '/';
  let folder = stat('/');
  let links = 0;
  let reachable = true;
  if (folder === null) throw new LocalFault('ENOENT', 'the root folder does not exist');
  checkFolder('/', folder, owners, full);
  while (true) {
    const name = rest.shift();
    // The root folder itself, or a link to it.
    if (name === undefined) return { path: here, stat: folder, missing: [], inSticky: false, reachable };
    if (name === '..') {
      here = dirname(here);
      folder = stat(here) ?? folder;
      continue;
    }
    if (name === '.') continue;
    reachable &&= (folder.mode & 0o001) !== 0;
    const at = join(here, name);
    const found = stat(at);
    const inSticky = othersMayAdd(folder);
    if (found === null) return { path: at, stat: null, missing: rest, inSticky, reachable };
    const last = rest.length === 0;
    if (inSticky && !owners.has(found.uid) && (!last || found.isSymbolicLink())) {
      throw new LocalFault('foreign-folder', `${at} belongs to another user (uid ${found.uid})`, REMEDY.copyElsewhere(full));
    }
    if (found.isSymbolicLink()) {
      if (last && options.followLast !== true && at === full) throw new LocalFault('link', 'it is a symbolic link', REMEDY.realFile(full));
      if (last && options.followLast !== true) throw new LocalFault('link', `it leads to ${at}, which is a symbolic link`, REMEDY.realFile(full));
      if (!owners.has(found.uid))
        throw new LocalFault('foreign-folder', `the link ${at} belongs to another user (uid ${found.uid})`, REMEDY.copyElsewhere(full));
      links += 1;
      if (links > MAX_LINKS) throw new LocalFault('ELOOP', 'it leads through too many symbolic links');
      const target = readlinkSync(at);
      if (target.startsWith('/')) {
        here = '/';
        folder = stat('/') ?? folder;
      }
      rest.unshift(...target.split('/').filter((part) => part !== ''));
      continue;
    }
    if (last) return { path: at, stat: found, missing: [], inSticky, reachable };
    if (!found.isDirectory()) throw new LocalFault('ENOTDIR', `${at} is not a folder`);
    checkFolder(at, found, owners, full);
    here = at;
    folder = found;
  }
}

function stat(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (thrown) {
    throw asFault(thrown);
  }
}

/** The real path of a folder in which nobody else can change anything of ours. @throws LocalFault, also when it is missing */
export function trustedFolder(path: string, owners: ReadonlySet<number> = trustedOwners()): string {
  const found = walk(path, { followLast: true, owners });
  if (found.stat === null) throw new LocalFault('ENOENT', `the folder ${path} does not exist`);
  if (!found.stat.isDirectory()) throw new LocalFault('not-a-folder', `${path} is not a folder`);
  checkFolder(found.path, found.stat, owners, path);
  return found.path;
}
