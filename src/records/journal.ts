/** The run journal: JSON lines, each on disk before the effect it announces (design section 5). */

import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bounded, LOG_FIELD_MAX } from '../core/clean.js';
import { WizardError } from '../core/errors.js';
import { remedy, sh } from '../core/remedy.js';
import { safeJson } from '../core/safe-json.js';
import { makePrivateDir } from './private-dir.js';

export const JOURNAL_VERSION = 1;

/** Room set aside beside the journal while it is open: a run that meets a full disk can still tell how far it came. */
const RESERVE_BYTES = 65_536;

export type JournalFact =
  | {
      readonly ev: 'run.begin';
      readonly command: string;
      readonly cluster: string;
      readonly site: string;
      readonly restorePoint: string;
      readonly wizard: string;
      /** The process that writes, and when it began in ticks since boot: together they tell whether it still lives. */
      readonly pid?: number;
      readonly processStart?: string;
    }
  | { readonly ev: 'plan.approved'; readonly hash: string; readonly changes: readonly string[] }
  | { readonly ev: 'stage.begin' | 'stage.done'; readonly stage: string }
  | {
      readonly ev: 'change.begin' | 'change.done' | 'change.failed' | 'change.unknown';
      readonly change: string;
      readonly node: string;
      readonly detail?: string;
    }
  | { readonly ev: 'undo.begin' | 'undo.done' | 'undo.failed'; readonly change: string; readonly node: string; readonly detail?: string }
  | { readonly ev: 'run.end'; readonly outcome: string; readonly exitCode: number };

export type JournalLine = JournalFact & { readonly v: number; readonly seq: number; readonly t: string; readonly run: string };

export interface Journal {
  readonly run: string;
  readonly file: string;
  /** Appends one fact and fsyncs it. */
  write(fact: JournalFact): void;
  close(): void;
}

/** Appends a line whole; on a full disk the room that was set aside is taken. @throws WizardError `disk-full` */
function append(fd: number, file: string, reserve: string, line: string): void {
  const bytes = Buffer.from(line);
  let done = 0;
  const go = () => {
    while (done < bytes.length) done += writeSync(fd, bytes, done);
    fsyncSync(fd);
  };
  try {
    go();
  } catch (first) {
    rmSync(reserve, { force: true });
    try {
      go();
    } catch (cause) {
      throw new WizardError(
        'disk-full',
        `Cannot write the journal ${file}: ${(first as Error).message}. The run stops here: without its journal it could not be taken up again.`,
        {
          cause,
          outcome: 'unknown',
          remedies: [remedy`Free space there: ${sh`df -h ${file}`}`],
        },
      );
    }
  }
}

/**
 * Opens the journal of a run, made when absent: `<stateDir>/runs/<run>/journal.jsonl`, folder 0700, file 0600. Secrets are masked in details.
 * @throws WizardError `not-allowed` when the state directory cannot be written
 */
export function openJournal(stateDir: string, run: string, now: () => Date, redact: (text: string) => string = (text) => text): Journal {
  const dir = join(stateDir, 'runs', run);
  const file = join(dir, 'journal.jsonl');
  const reserve = join(dir, 'reserve');
  let fd: number;
  let seq = 0;
  try {
    makePrivateDir(join(stateDir, 'runs'));
    makePrivateDir(dir);
    fd = openSync(file, 'a', 0o600);
    seq = readJournal(file).length;
    writeFileSync(reserve, Buffer.alloc(RESERVE_BYTES), { mode: 0o600 });
  } catch (cause) {
    throw new WizardError('not-allowed', `Cannot write the journal ${file}: ${(cause as Error).message}`, {
      cause,
      remedies: [remedy`Free space or give another folder with --state-dir DIR.`],
    });
  }
  return {
    run,
    file,
    write(fact) {
      seq += 1;
      const safe = 'detail' in fact && fact.detail !== undefined ? { ...fact, detail: redact(fact.detail) } : fact;
      const line: JournalLine = { v: JOURNAL_VERSION, seq, t: now().toISOString(), run, ...safe };
      append(fd, file, reserve, `${safeJson(line, { text: (text) => bounded(text, LOG_FIELD_MAX) })}\n`);
    },
    close() {
      closeSync(fd);
      rmSync(reserve, { force: true });
    },
  };
}

/** Reads a journal; a torn last line is dropped. @throws WizardError `usage` when a newer wizard wrote it */
export function readJournal(file: string): readonly JournalLine[] {
  const lines: JournalLine[] = [];
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (text === '') continue;
    let line: JournalLine;
    try {
      line = JSON.parse(text) as JournalLine;
    } catch {
      break;
    }
    if (line.v > JOURNAL_VERSION) {
      throw new WizardError('usage', `The journal ${file} was written by a newer moodle-cluster-wizard.`, {
        remedies: [remedy`Run that version or a newer one.`],
      });
    }
    lines.push(line);
  }
  return lines;
}
