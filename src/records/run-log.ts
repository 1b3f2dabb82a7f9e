/** The run log: what was run on which node, secrets masked, JSON lines, 0600. The screen is never the log. */

import { join } from 'node:path';
import { bounded, LOG_FIELD_MAX } from '../core/clean.js';
import { safeJson } from '../core/safe-json.js';
import type { Redactor } from '../core/secret.js';
import { type AppendFile, ensurePrivateDir, openAppend } from '../local/write.js';

export interface RunLog {
  readonly file: string;
  write(record: Readonly<Record<string, unknown>>): void;
}

/** Opens `<stateDir>/logs/<day>.jsonl`, at the first record. A log that cannot be written, or that others could change, never stops a run. */
export function openRunLog(stateDir: string, redactor: Redactor, now: () => Date): RunLog {
  const dir = join(stateDir, 'logs');
  const file = join(dir, `${now().toISOString().slice(0, 10)}.jsonl`);
  let log: AppendFile | null = null;
  return {
    file,
    write(record) {
      try {
        if (log === null) {
          ensurePrivateDir(dir);
          log = openAppend(file);
        }
        log.add(`${safeJson(redactor.redactValue({ t: now().toISOString(), ...record }), { text: (text) => bounded(text, LOG_FIELD_MAX) })}\n`);
      } catch {
        // A full disk must not turn a working run into a failed one: the journal is what counts.
      }
    },
  };
}
