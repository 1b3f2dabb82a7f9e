import { readFileSync } from 'node:fs';
import { poll, sleep } from './run.js';

/** A process named so that a later process with the same number is not taken for it. */
export interface ProcessMark {
  readonly pid: number;
  /** Start time in clock ticks since the machine booted. */
  readonly started: number;
}

function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in brackets and may hold blanks, so the fields are counted after it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Marks a running process; undefined when there is none, or only a zombie. */
export function markProcess(pid: number): ProcessMark | undefined {
  const fields = statFields(pid);
  if (fields === undefined || fields[0] === 'Z') return undefined;
  return { pid, started: Number(fields[19]) };
}

/** Whether the marked process itself still runs. */
export function isRunning(mark: ProcessMark): boolean {
  return markProcess(mark.pid)?.started === mark.started;
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}

function isNumberOneInside(pid: number): boolean {
  try {
    const line = /^NSpid:(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
    const numbers = line.trim().split(/\s+/);
    return numbers.length > 1 && numbers.at(-1) === '1';
  } catch {
    return false;
  }
}

/** The process below `pid` that is number 1 of a container; undefined while there is none. */
export function firstOfInnerSpace(pid: number): number | undefined {
  for (const child of childrenOf(pid)) {
    const found = isNumberOneInside(child) ? child : firstOfInnerSpace(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function signal(mark: ProcessMark, name: NodeJS.Signals): void {
  if (!isRunning(mark)) return;
  try {
    process.kill(mark.pid, name);
  } catch {
    // It ended in between.
  }
}

/** Ends a process by its id and waits until it is gone. */
export async function endProcess(mark: ProcessMark, how: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  signal(mark, how);
  if (how !== 'SIGKILL') {
    for (let i = 0; i < 40 && isRunning(mark); i++) await sleep(50);
    signal(mark, 'SIGKILL');
  }
  await poll(`end of process ${mark.pid}`, 15_000, () => (isRunning(mark) ? undefined : true), 20);
}
