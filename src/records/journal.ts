/** The run journal: JSON lines, each on disk before the effect it announces (rule S22). */

import { join } from 'node:path';
import { bounded, LOG_FIELD_MAX } from '../core/clean.js';
import { WizardError } from '../core/errors.js';
import { remedy, sh } from '../core/remedy.js';
import { safeJson } from '../core/safe-json.js';
import { problemsOf } from '../intake/check.js';
import { journalLine } from '../intake/records.js';
import { asFault } from '../local/fault.js';
import { removeTree } from '../local/look.js';
import { readBounded } from '../local/read.js';
import { type AppendFile, ensurePrivateDir, openAppend, replacePrivate } from '../local/write.js';

export const JOURNAL_VERSION = 1;

/** Room reserved beside the journal while it is open: a run that meets a full disk can still record how far it came. */
const RESERVE_BYTES = 65_536;
/** A run on 500 nodes writes some 5 MiB. */
const MAX_JOURNAL_BYTES = 67_108_864;
/** The plan of 500 nodes is named in a line of some 300 KiB. */
const MAX_LINE = 4_194_304;

export type JournalFact =
  | {
      readonly ev: 'run.begin';
      readonly command: string;
      readonly cluster: string;
      readonly site: string;
      readonly restorePoint: string;
      readonly wizard: string;
      /** The process that writes, and when it began in ticks since boot: together they show whether it still runs. */
      readonly pid?: number;
      readonly processStart?: string;
    }
  | { readonly ev: 'plan.approved'; readonly hash: string; readonly changes: readonly string[] }
  | { readonly ev: 'stage.begin' | 'stage.done'; readonly stage: string }
  | {
      readonly ev: 'change.begin' | 'change.done' | 'change.skipped' | 'change.failed' | 'change.unknown';
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

/** Appends a line whole; on a full disk the reserved room is used. @throws WizardError `disk-full` */
function append(journal: AppendFile, file: string, reserve: string, line: string): void {
  const rest = journal.line(line);
  try {
    rest.write();
  } catch (first) {
    removeTree(reserve);
    try {
      rest.write();
    } catch (cause) {
      throw new WizardError(
        'disk-full',
        `Cannot write the journal ${file}: ${(first as Error).message}. The run stops here, because it could not be resumed without its journal.`,
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
  let journal: AppendFile;
  let seq = 0;
  try {
    ensurePrivateDir(join(stateDir, 'runs'));
    ensurePrivateDir(dir);
    journal = openAppend(file);
    seq = readJournal(file).length;
    replacePrivate(reserve, Buffer.alloc(RESERVE_BYTES));
  } catch (cause) {
    throw new WizardError('not-allowed', `Cannot write the journal ${file}: ${asFault(cause).why}.`, {
      cause,
      remedies: [...asFault(cause).remedies, remedy`Free space, or choose another folder with --state-dir DIR.`],
    });
  }
  return {
    run,
    file,
    write(fact) {
      seq += 1;
      const safe = 'detail' in fact && fact.detail !== undefined ? { ...fact, detail: redact(fact.detail) } : fact;
      const line: JournalLine = { v: JOURNAL_VERSION, seq, t: now().toISOString(), run, ...safe };
      append(journal, file, reserve, `${safeJson(line, { text: (text) => bounded(text, LOG_FIELD_MAX) })}\n`);
    },
    close() {
      journal.close();
      removeTree(reserve);
    },
  };
}

function damaged(file: string, number: number, why: string): WizardError {
  return new WizardError('usage', `The journal ${file} is damaged: line ${number}: ${why}.`, {
    remedies: [remedy`Continue from the site record: moodle-cluster-wizard status`],
  });
}

function journalLineOf(value: unknown, file: string, number: number): JournalLine {
  const read = journalLine.safeParse(value);
  if (read.success) return read.data as unknown as JournalLine;
  throw damaged(file, number, problemsOf(read.error)[0] ?? 'unexpected form');
}

/** Reads a journal; a torn last line is dropped. @throws WizardError `usage` when a newer wizard wrote it, or it is no journal; LocalFault when it cannot be read */
export function readJournal(file: string): readonly JournalLine[] {
  const lines: JournalLine[] = [];
  for (const text of readBounded(file, MAX_JOURNAL_BYTES).toString('utf8').split('\n')) {
    if (text === '') continue;
    if (text.length > MAX_LINE) throw damaged(file, lines.length + 1, `longer than ${MAX_LINE} characters`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      break;
    }
    const line = journalLineOf(value, file, lines.length + 1);
    if (line.v > JOURNAL_VERSION) {
      throw new WizardError('usage', `The journal ${file} was written by a newer moodle-cluster-wizard.`, {
        remedies: [remedy`Run that version or a newer one.`],
      });
    }
    lines.push(line);
  }
  return lines;
}
