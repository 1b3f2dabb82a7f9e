/** The run log: what was run on which node, secrets masked, JSON lines, 0600. The screen is never the log. */

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { bounded, LOG_FIELD_MAX } from '../core/clean.js';
import { safeJson } from '../core/safe-json.js';
import type { Redactor } from '../core/secret.js';
import { makePrivateDir } from './private-dir.js';

export interface RunLog {
  readonly file: string;
  write(record: Readonly<Record<string, unknown>>): void;
}

/** Opens `<stateDir>/logs/<day>.jsonl`. A log that cannot be written never stops a run. */
export function openRunLog(stateDir: string, redactor: Redactor, now: () => Date): RunLog {
  const dir = join(stateDir, 'logs');
  const file = join(dir, `${now().toISOString().slice(0, 10)}.jsonl`);
  let made = false;
  return {
    file,
    write(record) {
      try {
        if (!made) makePrivateDir(dir);
        made = true;
        appendFileSync(file, `${safeJson(redactor.redactValue({ t: now().toISOString(), ...record }), { text: (text) => bounded(text, LOG_FIELD_MAX) })}\n`, {
          mode: 0o600,
        });
      } catch {
        // A full disk must not turn a working run into a failed one: the journal is what counts.
      }
    },
  };
}
