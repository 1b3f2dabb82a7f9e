/** A run on this machine that ended in the middle: found in the site records, told from its journal. Reads only. */

import { join } from 'node:path';
import type * as z from 'zod';
import { toCluster } from '../answers/cluster.js';
import { loadAnswers } from '../answers/load.js';
import type { Answers } from '../answers/schema.js';
import { localSecretIo } from '../answers/secret-io.js';
import { resolveSecrets } from '../answers/secrets.js';
import { activeNodes } from '../core/cluster.js';
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
    // Not there, not ours to read, torn or of another shape: no offer can be made of it.
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

/** True while the process that writes the journal is at it: then the run is under way, not unfinished. */
function isAlive(lines: readonly JournalLine[]): boolean {
  // A wizard that stays open after its run has ended would be taken for the run.
  if (lines.some((l) => l.ev === 'run.end')) return false;
  const begin = lines.find((l) => l.ev === 'run.begin');
  return begin?.ev === 'run.begin' && begin.pid !== undefined && begin.processStart !== '' && processStart(begin.pid) === begin.processStart;
}

const planned = (lines: readonly JournalLine[]) => lines.findLast((l) => l.ev === 'plan.approved');

/** `5 of 18 changes were made. Under way when it ended, so unknown: package:web2:php-redis.` Pure. */
export function tellJournal(lines: readonly JournalLine[]): string {
  if (lines.length === 0) return 'What it had come to is in its journal on the machine that ran it.';
  const plan = planned(lines);
  const total = plan?.ev === 'plan.approved' ? plan.changes.length : 0;
  const ids = (...evs: readonly JournalLine['ev'][]) => new Set(lines.flatMap((l) => (evs.includes(l.ev) && 'change' in l ? [l.change] : [])));
  const done = ids('change.done', 'change.skipped');
  const failed = [...ids('change.failed')].filter((id) => !done.has(id));
  const over = ids('change.done', 'change.skipped', 'change.failed');
  const open = [...ids('change.begin')].filter((id) => !over.has(id));
  return [
    `${done.size} of ${total} changes were made.`,
    failed.length === 0 ? '' : `Failed: ${failed.join(', ')}.`,
    open.length === 0 ? '' : `Under way when it ended, so unknown: ${open.join(', ')}.`,
  ]
    .filter((s) => s !== '')
    .join(' ');
}

const STATE_WORDS: Partial<Record<JournalLine['ev'], string>> = {
  'run.begin': 'began',
  'plan.approved': 'plan approved',
  'stage.begin': 'stage begun:',
  'stage.done': 'stage done:',
  'change.begin': 'begun:',
  'change.done': 'done:',
  'change.skipped': 'already up to date:',
  'change.failed': 'FAILED:',
  'change.unknown': 'unknown:',
  'undo.begin': 'taking back:',
  'undo.done': 'taken back:',
  'undo.failed': 'NOT taken back:',
  'run.end': 'ended:',
};

/** A journal for reading: a line an entry. Pure. */
export function readableJournal(lines: readonly JournalLine[]): readonly string[] {
  return lines.map((l) => {
    const what = 'change' in l ? l.change : 'stage' in l ? l.stage : l.ev === 'run.end' ? `${l.outcome}, exit ${l.exitCode}` : '';
    const detail = 'detail' in l && l.detail !== undefined ? ` (${l.detail})` : '';
    return `${l.t.slice(0, 19).replace('T', ' ')}  ${STATE_WORDS[l.ev] ?? l.ev} ${what}${detail}`.trimEnd();
  });
}

async function missingSecrets(answers: Answers, file: string): Promise<readonly string[]> {
  const names = Object.entries(answers.secrets ?? {});
  const missing = await Promise.all(
    // cmd: is run when the run goes on, not for an offer; what stands in the environment or a file is looked for now.
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

/** Names of the secrets that become root on the nodes of a run. */
function loginSecrets(answers: Answers): readonly string[] {
  return activeNodes(toCluster(answers)).flatMap((n) => (n.ssh.sudo.kind === 'password' ? [n.ssh.sudo.secret] : []));
}

/** States of a restore point that leave something to be done. */
const HALF_DONE: readonly string[] = ['open', 'failed', 'rollback-failed'];

interface Found {
  readonly card: SiteCard;
  readonly point: RestorePoint;
  readonly dir: string;
  /** Epoch milliseconds at which its trial ends, where it is on trial. */
  readonly trialEndsAt?: number;
}

/** A trial whose time is not over yet; one that is over has been put back by the nodes. */
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

/** The newest run on record here that is on trial, or neither finished nor rolled back nor under way; null when there is none. */
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
    detail: tellJournal(lines),
    ...(found.trialEndsAt === undefined ? {} : { trialEndsAt: found.trialEndsAt }),
    here: answers !== null,
    answers,
    missingSecrets: missing,
    missingLogins: missing.filter((name) => logins.includes(name)),
    journal: isFile(point.journal) ? readableJournal(lines) : [],
  };
}
