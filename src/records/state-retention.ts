/** Old journals and logs where the wizard runs. */

import { join } from 'node:path';
import { namesIn, removeTree } from '../local/look.js';
import { assertPrivateDir } from '../local/write.js';
import { readJournal } from './journal.js';

export interface StateRetention {
  /** Runs whose restore point is still there. */
  readonly keep: ReadonlySet<string>;
  /** How many of each kind are kept. */
  readonly journals: number;
  readonly olderThan: Date;
}

/** A run of this name: `20261128T113015-a1b2c3`; a log: `2026-11-28.jsonl`. Anything else is not ours to remove. */
const RUN = /^(\d{4})(\d{2})(\d{2})T\d{6}-\w+$/;
const LOG = /^(\d{4})-(\d{2})-(\d{2})\.jsonl$/;

function named(dir: string, pattern: RegExp): readonly { readonly name: string; readonly day: string }[] {
  try {
    // What others could have put there is not ours to remove.
    assertPrivateDir(dir);
  } catch {
    return [];
  }
  return namesIn(dir)
    .flatMap((name) => {
      const found = pattern.exec(name);
      return found ? [{ name, day: found.slice(1, 4).join('-') }] : [];
    })
    .sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** True when a journal tells that its run came to an end; what cannot be read is left alone. */
function isOver(file: string): boolean {
  try {
    return readJournal(file).at(-1)?.ev === 'run.end';
  } catch {
    return false;
  }
}

/** Removes surplus and old journals and logs. A run that did not come to its end keeps its journal, as long as its restore point is there. */
export function sweepStateDir(stateDir: string, { keep, journals, olderThan }: StateRetention): void {
  const old = (day: string) => day < olderThan.toISOString().slice(0, 10);
  const runs = join(stateDir, 'runs');
  named(runs, RUN).forEach(({ name, day }, i) => {
    const due = old(day) || (i >= journals && isOver(join(runs, name, 'journal.jsonl')));
    if (due && !keep.has(name)) removeTree(join(runs, name));
  });
  const logs = join(stateDir, 'logs');
  named(logs, LOG).forEach(({ name, day }, i) => {
    if (old(day) || i >= journals) removeTree(join(logs, name));
  });
}
