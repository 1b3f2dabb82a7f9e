import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { endGroup, inGroup } from './cgroups.js';
import { withLock } from './lock.js';
import { unmountUnder } from './mounts.js';
import { cacheDir, filesDir } from './paths.js';
import { must } from './run.js';

/** Runs one of the lab's shell files in name spaces of its own: its mounts and processes end with it. */
export async function runSandboxed(
  group: string,
  file: string,
  env: Readonly<Record<string, string>>,
  options: { readonly net?: boolean } = {},
): Promise<string> {
  const spaces = ['--mount', '--pid', '--fork', '--kill-child=SIGKILL', ...(options.net === true ? ['--net'] : [])];
  // Handed over as text: a shell reads its file bit by bit, and somebody may edit it meanwhile.
  const argv = inGroup(group, ['unshare', ...spaces, 'sh', '-c', await labFile(file)]);
  return must(argv, { env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8', ...env } });
}

/**
 * Gives the folder of something that is built once and kept: builds it beside and moves it
 * into place when done, so that a killed build is never taken for a finished one.
 */
export async function builtOnce(path: string, build: (dir: string, group: string) => Promise<void>, log: (line: string) => void): Promise<string> {
  const done = join(path, '.complete');
  if (existsSync(done)) {
    await utimes(done, new Date(), new Date());
    return path;
  }
  const label = `${basename(dirname(path))}-${basename(path)}`;
  const group = `build/${label}`;
  await withLock(
    join(cacheDir(), 'locks', `${label}.lock`),
    async () => {
      if (existsSync(done)) return;
      const started = Date.now();
      const building = `${path}.building`;
      for (const leftover of [building, path]) {
        await endGroup(group);
        await unmountUnder(leftover);
        await rm(leftover, { recursive: true, force: true });
      }
      await mkdir(building, { recursive: true });
      log(`building ${label} …`);
      await build(building, group);
      await endGroup(group);
      await rename(building, path);
      await writeFile(done, `${new Date().toISOString()}\n`);
      log(`built ${label} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    },
    (pid) => log(`waiting for process ${pid} to build ${label}`),
  );
  return path;
}

const keptDays = 14;

/** Removes built things that nobody asked for in two weeks and that none of the given lab descriptions names. */
export async function removeUnused(descriptions: readonly string[]): Promise<void> {
  const oldest = Date.now() - keptDays * 24 * 3600 * 1000;
  for (const kind of ['images', 'sites', 'plugins']) {
    const dir = join(cacheDir(), kind);
    for (const name of existsSync(dir) ? await readdir(dir) : []) {
      const path = join(dir, name);
      const done = join(path, '.complete');
      const used = descriptions.some((text) => text.includes(`${path}/`));
      if (!used && existsSync(done) && (await stat(done)).mtimeMs < oldest) await rm(path, { recursive: true, force: true });
    }
  }
}

/** The text of one of the lab's own files. */
export function labFile(name: string): Promise<string> {
  return readFile(join(filesDir(), name), 'utf8');
}
