// A folder that is built beside its place and swapped in by rename: what runs from it never sees a half-written one, and unchanged inputs leave it alone.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Lies in the folder that it describes, so that both change at once. Not part of the package (`files` in package.json). */
const STAMP = '.build.json';

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function hashes(files, root = '.') {
  return Object.fromEntries(files.map((file) => [file, sha256(resolve(root, file))]));
}

function unchanged(expected, root = '.') {
  return Object.entries(expected).every(([file, hash]) => {
    const path = resolve(root, file);
    return existsSync(path) && statSync(path).isFile() && sha256(path) === hash;
  });
}

/** True when a folder holds what was built from these very inputs, and nobody has changed it since. */
export function upToDate(folder) {
  const stamp = join(folder, STAMP);
  if (!existsSync(stamp)) return false;
  try {
    const { inputs, outputs } = JSON.parse(readFileSync(stamp, 'utf8'));
    return unchanged(inputs) && unchanged(outputs, folder);
  } catch {
    return false;
  }
}

/** Notes in a built folder what it was made from. @param inputs files that decide the result, relative to the working directory; those that do not exist are skipped */
export function stamp(folder, inputs) {
  const outputs = readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile());
  writeFileSync(join(folder, STAMP), JSON.stringify({ inputs: hashes(inputs.filter((file) => existsSync(file))), outputs: hashes(outputs, folder) }));
}

/** Where this process builds: beside the folder, so that a rename is enough and the program finds what lies beside it. */
export function freshFolder(folder) {
  return `${resolve(folder)}.new-${process.pid}`;
}

/** Renames, unless there is nothing to rename. @returns whether there was */
function moved(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Puts a built folder in its place, where the old one stays until then. Another build may do the same at the same time: the last one stays. */
export function swapIn(fresh, folder) {
  const old = `${resolve(folder)}.old-${process.pid}`;
  for (let tries = 1; ; tries += 1) {
    rmSync(old, { recursive: true, force: true });
    const hadOne = moved(folder, old);
    try {
      renameSync(fresh, folder);
      break;
    } catch (error) {
      // Not empty: another build was faster between the two renames.
      if (['ENOTEMPTY', 'EEXIST'].includes(error.code) && tries < 10) continue;
      if (hadOne) moved(old, folder);
      throw error;
    }
  }
  rmSync(old, { recursive: true, force: true });
}

/** Removes what builds that were killed have left beside the folder. */
export function sweep(folder) {
  const parent = dirname(resolve(folder));
  if (!existsSync(parent)) return;
  const prefix = `${basename(resolve(folder))}.`;
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? /^(?:new|old)-(\d+)$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
