/** An unfinished run of this machine, found in the site records and described from its journal. Reads only. */

import { join } from 'node:path';
import type * as z from 'zod';
import { toCluster } from '../answers/cluster.js';
import { loadAnswers } from '../answers/load.js';
import type { Answers } from '../answers/schema.js';
import { localSecretIo } from '../answers/secret-io.js';
import { resolveSecrets } from '../answers/secrets.js';
import { activeNodes } from '../core/cluster.js';
import { count } from '../core/count.js';
import type { RestorePoint, SiteCard } from '../core/record.js';
import { newestOpenPoint } from '../engine/points.js';
import { processStart } from '../engine/run/lock.js';
import { restorePoint, siteCard, trialRecord } from '../intake/records.js';
import { isFile, namesIn } from '../local/look.js';
import { readBounded } from '../local/read.js';
import { type JournalLine, readJournal } from '../records/journal.js';
import { RECORD_ROOT } from '../records/paths.js';
import { byAge } from '../records/site-record.js';
import type { UnfinishedRun } from '../ui/wizard-port.js';
import { readAnswersText } from './answers-source.js';

const MAX_RECORD_BYTES = 1_048_576;

function json<T>(file: string, schema: z.ZodType<T>): readonly T[] {
  try {
    return [schema.parse(JSON.parse(readBounded(file, MAX_RECORD_BYTES).toString('utf8')))];
  } catch {
    // Missing, unreadable, damaged or of another shape: it is not offered.
    return [];
  }
}

function journalOf(point: RestorePoint): readonly JournalLine[] {
  try {
    return readJournal(point.journal);
  } catch {
    return [];
  }
}

/** True while the process that writes the journal runs: then the run is in progress, not unfinished. */
function isAlive(lines: readonly JournalLine[]): boolean {
  // A wizard that stays open after its run has ended is not the run.
  if (lines.some((l) => l.ev === 'run.end')) return false;
  const begin = lines.find((l) => l.ev === 'run.begin');
  return begin?.ev === 'run.begin' && begin.pid !== undefined && begin.processStart !== '' && processStart(begin.pid) === begin.processStart;
}

const planned = (lines: readonly JournalLine[]) => lines.findLast((l) => l.ev === 'plan.approved');

/** `5 of 18 changes completed. Outcome unknown: package:web2:php-redis.` Pure. */
export function summarizeJournal(lines: readonly JournalLine[]): string {
  if (lines.length === 0) return 'Its journal is on the machine that ran it.';
  const plan = planned(lines);
  const total = plan?.ev === 'plan.approved' ? plan.changes.length : 0;
  const ids = (...evs: readonly JournalLine['ev'][]) => new Set(lines.flatMap((l) => (evs.includes(l.ev) && 'change' in l ? [l.change] : [])));
  const done = ids('change.done', 'change.skipped');
  const failed = [...ids('change.failed')].filter((id) => !done.has(id));
  const over = ids('change.done', 'change.skipped', 'change.failed');
  const open = [...ids('change.begin')].filter((id) => !over.has(id));
  return [
    `${done.size} of ${count(total, 'change')} completed.`,
    failed.length === 0 ? '' : `Failed: ${failed.join(', ')}.`,
    open.length === 0 ? '' : `Outcome unknown: ${open.join(', ')}.`,
  ]
    .filter((s) => s !== '')
    .join(' ');
}

const EVENT_MESSAGES: Partial<Record<JournalLine['ev'], string>> = {
  'run.begin': 'run started',
  'plan.approved': 'plan approved',
  'stage.begin': 'stage started:',
  'stage.done': 'stage completed:',
  'change.begin': 'started:',
  'change.done': 'done:',
  'change.skipped': 'already up to date:',
  'change.failed': 'FAILED:',
  'change.unknown': 'OUTCOME UNKNOWN:',
  'undo.begin': 'rollback started:',
  'undo.done': 'rolled back:',
  'undo.failed': 'NOT ROLLED BACK:',
  'run.end': 'ended:',
};

/** A journal as text, one line per entry. Pure. */
export function formatJournal(lines: readonly JournalLine[]): readonly string[] {
  return lines.map((l) => {
    const what = 'change' in l ? l.change : 'stage' in l ? l.stage : l.ev === 'run.end' ? `${l.outcome}, exit ${l.exitCode}` : '';
    const detail = 'detail' in l && l.detail !== undefined ? ` (${l.detail})` : '';
    return `${l.t.slice(0, 19).replace('T', ' ')}  ${EVENT_MESSAGES[l.ev] ?? l.ev} ${what}${detail}`.trimEnd();
  });
}

async function missingSecrets(answers: Answers, file: string): Promise<readonly string[]> {
  const names = Object.entries(answers.secrets ?? {});
  const missing = await Promise.all(
    // A cmd: source is run when the run is resumed, not for the offer; environment and files are checked now.
    names
      .filter(([, source]) => !source.startsWith('cmd:'))
      .map(async ([name, source]) => {
        try {
          return (await resolveSecrets({ ...answers, secrets: { [name]: source } }, localSecretIo(file)))[name] ? [] : [name];
        } catch {
          return [name];
        }
      }),
  );
  return missing.flat();
}

/** Names of the secrets that hold sudo passwords for the nodes of a run. */
function loginSecrets(answers: Answers): readonly string[] {
  return activeNodes(toCluster(answers)).flatMap((n) => (n.ssh.sudo.kind === 'password' ? [n.ssh.sudo.secret] : []));
}

/** States of a restore point of an unfinished run. */
const HALF_DONE: readonly string[] = ['open', 'failed', 'rollback-failed'];

interface Found {
  readonly card: SiteCard;
  readonly point: RestorePoint;
  readonly dir: string;
  /** End of its trial in epoch milliseconds, while a trial is running. */
  readonly trialEndsAt?: number;
}

/** The end of a running trial; null after it, because the nodes have rolled back by then. */
function trialEnd(dir: string, point: RestorePoint): number | null {
  const [trial] = json(join(dir, 'trial.json'), trialRecord);
  const ends = point.state === 'on-trial' && trial?.id === point.id ? Date.parse(trial.endsAt) : Number.NaN;
  return ends > Date.now() ? ends : null;
}

function newest(root: string): Found | null {
  const found = namesIn(root).flatMap((id): readonly Found[] => {
    const dir = join(root, id);
    const [card] = json(join(dir, 'site.json'), siteCard);
    const points = namesIn(join(dir, 'restore-points')).flatMap((p) => json(join(dir, 'restore-points', p, 'meta.json'), restorePoint));
    const point = newestOpenPoint([...points].sort(byAge));
    if (!card || !point) return [];
    const trialEndsAt = trialEnd(dir, point);
    if (trialEndsAt !== null) return [{ card, point, dir, trialEndsAt }];
    return HALF_DONE.includes(point.state) ? [{ card, point, dir }] : [];
  });
  return [...found].sort((a, b) => (a.point.created < b.point.created ? 1 : -1))[0] ?? null;
}

/** The newest recorded run that is on trial, or is neither complete nor rolled back nor in progress; null if there is none. */
export async function findUnfinished(root: string = join(RECORD_ROOT, 'sites')): Promise<UnfinishedRun | null> {
  const found = newest(root);
  if (!found) return null;
  const { card, point, dir } = found;
  const lines = journalOf(point);
  if (isAlive(lines)) return null;
  const file = join(dir, 'answers.yaml');
  const answers = ((): Answers | null => {
    try {
      return loadAnswers(readAnswersText(file), file).answers;
    } catch {
      return null;
    }
  })();
  const missing = answers ? await missingSecrets(answers, file) : [];
  const logins = answers ? loginSecrets(answers) : [];
  return {
    run: point.run,
    cluster: card.cluster,
    since: point.created,
    by: point.by,
    detail: summarizeJournal(lines),
    ...(found.trialEndsAt === undefined ? {} : { trialEndsAt: found.trialEndsAt }),
    here: answers !== null,
    answers,
    missingSecrets: missing,
    missingLogins: missing.filter((name) => logins.includes(name)),
    journal: isFile(point.journal) ? formatJournal(lines) : [],
  };
}
