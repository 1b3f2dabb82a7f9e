import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds everything the lab keeps between runs. */
export function cacheDir(): string {
  return process.env['LAB_CACHE'] ?? join(homedir(), '.cache', 'moodle-cluster-wizard-lab');
}

/** A lab's full name: with LAB_PREFIX, several checkouts test side by side on one machine without taking each other's labs. */
export function fullName(name: string): string {
  const prefix = process.env['LAB_PREFIX'] ?? '';
  return name.startsWith(prefix) ? name : `${prefix}${name}`;
}

/** The folder of one lab: its state file, its hosts' layers, its logs. */
export function labDir(name: string): string {
  return join(cacheDir(), 'labs', name);
}

/** The folder that holds one Moodle release per sub-folder. */
export function moodleTrees(): string {
  return process.env['MOODLE_TREES'] ?? join(homedir(), '.cache', 'moodle-trees');
}

/** The root of this project, found from where this file lies. */
export function projectRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) {
    const parent = dirname(dir);
    if (parent === dir) throw new Error("no package.json above the lab's own files");
    dir = parent;
  }
  return dir;
}

/** The folder of files that go into hosts as they are. */
export function filesDir(): string {
  return join(dirname(fileURLToPath(import.meta.url)), 'files');
}
