import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRunning, markProcess, type ProcessMark } from './processes.js';
import { sleep } from './run.js';

function holderOf(path: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessMark;
  } catch {
    return undefined;
  }
}

/**
 * Runs `work` while holding a lock file. The lock of a process that is gone is taken over,
 * so a killed run never blocks the next one.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, waiting?: (pid: number) => void): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const mine = JSON.stringify(markProcess(process.pid));
  let told = false;
  let unreadable = 0;
  for (;;) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(path);
    // A lock file is empty for an instant while it is written, so emptiness must last to count.
    unreadable = holder === undefined ? unreadable + 1 : 0;
    if (unreadable > 10 || (holder !== undefined && !isRunning(holder))) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told && holder !== undefined && holder.pid !== process.pid) waiting?.(holder.pid);
    told ||= holder !== undefined;
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
