import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { must, run } from './run.js';

/** Everything mounted at `path` or below it, deepest and latest first. */
export function mountsUnder(path: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .reverse();
}

/** Whether something is mounted exactly at `path`. */
export function isMounted(path: string): boolean {
  return mountsUnder(path).includes(path);
}

/** Unmounts everything at and below `path`; what is busy goes as soon as its last user is gone. */
export async function unmountUnder(path: string): Promise<void> {
  for (const point of mountsUnder(path)) {
    const plain = await run(['umount', point]);
    if (plain.code !== 0) await run(['umount', '-l', point]);
  }
}

/** An overlay: read-only layers (uppermost first), and where changes go. */
export interface OverlaySpec {
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
}

/** Mounts an overlay, making its folders. */
export async function mountOverlay(spec: OverlaySpec): Promise<void> {
  for (const dir of [spec.upper, spec.work, spec.merged]) await mkdir(dir, { recursive: true });
  const options = `lowerdir=${spec.lowers.join(':')},upperdir=${spec.upper},workdir=${spec.work}`;
  await must(['mount', '-t', 'overlay', 'overlay', '-o', options, spec.merged]);
}

/** Mounts a memory file system of at most `size`. */
export async function mountTmpfs(path: string, size: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await must(['mount', '-t', 'tmpfs', '-o', `size=${size},mode=755,nr_inodes=0`, 'lab', path]);
}

const containerScratch = '/run/systemd/nspawn';

/**
 * Gives systemd-nspawn its scratch folder in memory where /run is on a disk: it refuses to clear one on a disk,
 * and then starts of many hosts fail now and then.
 */
export async function provideContainerScratch(): Promise<void> {
  const type = await must(['stat', '-f', '-c', '%T', '/run']);
  if (type.trim() !== 'tmpfs' && !isMounted(containerScratch)) await mountTmpfs(containerScratch, '16m');
}

/** Takes that folder away again, unless somebody's containers still use it. */
export async function dropContainerScratch(): Promise<void> {
  if (isMounted(containerScratch)) await run(['umount', containerScratch]);
}
