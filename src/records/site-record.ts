/** The site record on the main node: restore points, the last answers, the audit log, pending purges (rule S25). */

import { createHash } from 'node:crypto';
import type * as z from 'zod';
import { WizardError } from '../core/errors.js';
import type { RestorePoint, SiteCard, UndoEntry } from '../core/record.js';
import { type Remedy, remedy, sh } from '../core/remedy.js';
import { safeJson } from '../core/safe-json.js';
import type { CmdResult, Executor } from '../exec/executor.js';
import { OUTPUT } from '../exec/limits.js';
import { lastLines } from '../exec/sudo.js';
import { problemsOf } from '../intake/check.js';
import { parseJson } from '../intake/json.js';
import { restorePoint, siteCard, undoEntry } from '../intake/records.js';
import { RECORD_ROOT } from './paths.js';

/** In the order they were made. */
export const byAge = (a: RestorePoint, b: RestorePoint): number => (a.seq ?? 0) - (b.seq ?? 0) || (a.id < b.id ? -1 : 1);

export interface SiteRecord {
  list(): Promise<readonly SiteCard[]>;
  writeCard(card: SiteCard): Promise<void>;
  points(site: string): Promise<readonly RestorePoint[]>;
  writePoint(point: RestorePoint): Promise<void>;
  /** Sets a little room aside, which the record takes when the disk is full, so that a run that has begun can note how it ends. */
  reserve(site: string): Promise<void>;
  /** Removes restore points and all they hold. */
  dropPoints(site: string, ids: readonly string[]): Promise<void>;
  writeMuc(point: RestorePoint, content: Buffer): Promise<void>;
  readMuc(point: RestorePoint): Promise<Buffer>;
  /** Several at once cost one round trip. */
  appendUndo(point: RestorePoint, ...entries: readonly UndoEntry[]): Promise<void>;
  readUndo(point: RestorePoint): Promise<readonly UndoEntry[]>;
  writeFile(site: string, name: string, content: string | Buffer): Promise<void>;
  readFile(site: string, name: string): Promise<string | null>;
  /** The same for JSON of a schema. @throws WizardError `change-failed` that names the file, when it is damaged or of another shape */
  readJson<T>(site: string, name: string, schema: z.ZodType<T>): Promise<T | null>;
  /** The same for content that need not be text. */
  readBytes(site: string, name: string): Promise<Buffer | null>;
  removeFile(site: string, name: string): Promise<void>;
  audit(site: string, entry: Readonly<Record<string, unknown>>): Promise<void>;
}

const NOT_THERE = 44;
/** trusted-record.sh: somebody but root owns it, or can change it. */
const NOT_TRUSTED = 77;
/** The exact bytes, so that a plain shell can restore them. */
const MUC_IMAGE = 'muc-config.php';

/** What a file of the record may hold: a plan of a large site has many values. */
const LIMITS = { chars: OUTPUT.large, values: 5_000_000 } as const;

/** A file that grows by lines: one that a power cut tore announces an effect that never came. */
function wholeLines<T>(text: string, schema: z.ZodType<T>, path: string, main: string, advice: Remedy): T[] {
  return text.split('\n').flatMap((line) => {
    const json = parseJson(line, LIMITS);
    return json.ok ? [recordValue(json.value, schema, path, main, advice)] : [];
  });
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

function imageDamaged(main: string, point: RestorePoint): WizardError {
  return new WizardError('change-failed', `The MUC file in restore point ${point.id} does not match its checksum; it is not restored.`, {
    nodes: [main],
    evidence: [`${RECORD_ROOT}/sites/${point.site}/restore-points/${point.id}/${MUC_IMAGE} on ${main}`],
    remedies: [
      remedy`Restore the file from a backup of dataroot, or plan the state you want with an answers file.`,
      remedy`If Moodle cannot use the live file, replace it: moodle-cluster-wizard repair --yes`,
    ],
  });
}

/** One line of the list: the folder's name, a tab, what its meta.json says. A point that cannot be read is not passed over: the one before would be taken. */
function pointOf(main: string, site: string, line: string): RestorePoint {
  const at = line.indexOf('\t');
  const name = line.slice(0, at);
  const folder = `${RECORD_ROOT}/sites/${site}/restore-points/${name}`;
  const advice = remedy`If you do not need this restore point, move it away: ${sh`mv -- ${folder} /root/`}`;
  const point = recordJson(line.slice(at + 1), restorePoint, `${folder}/meta.json`, main, advice);
  if (point.id === name && point.site === site) return point;
  throw recordDamaged(main, `${folder}/meta.json`, `it belongs to restore point ${point.id} of site ${point.site}`, advice);
}

/** Without its undo list a rollback would undo nothing and report success, so it is not to be moved away. */
function undoAdvice(site: string): Remedy {
  const script = `${RECORD_ROOT}/sites/${site}/break-glass.sh`;
  return remedy`Restore the file from a backup and run the rollback again. Do not move it away: it lists everything that a rollback has to undo. To restore only the cache configuration of the last run: ${sh`sh ${script}`}`;
}

function recordUnusable(node: string, what: string, result: CmdResult): WizardError {
  const untrusted = remedy`Find out who changed it. If its content is yours, give it to root alone: ${sh`chown -hR root:root -- ${RECORD_ROOT}`} and ${sh`chmod -R go-w -- ${RECORD_ROOT}`}. Correct a folder above it, a symbolic link or a hard link by hand.`;
  return new WizardError('not-allowed', `The site record on ${node} cannot be used (${what}).`, {
    nodes: [node],
    evidence: lastLines(result.stderr),
    remedies: [result.code === NOT_TRUSTED ? untrusted : remedy`Check the free space and permissions of ${RECORD_ROOT} on ${node}.`],
  });
}

function recordDamaged(main: string, path: string, why: string, advice?: Remedy): WizardError {
  return new WizardError('change-failed', `The record on ${main} is damaged: ${path} cannot be read (${why}).`, {
    nodes: [main],
    remedies: [advice ?? remedy`Move it away: ${sh`mv -- ${path} /root/`}`],
  });
}

function recordValue<T>(value: unknown, schema: z.ZodType<T>, path: string, main: string, advice?: Remedy): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw recordDamaged(main, path, problemsOf(result.error)[0] ?? 'unexpected form', advice);
}

function recordJson<T>(text: string, schema: z.ZodType<T>, path: string, main: string, advice?: Remedy): T {
  const json = parseJson(text, LIMITS);
  if (!json.ok) throw recordDamaged(main, path, json.why, advice);
  return recordValue(json.value, schema, path, main, advice);
}

/** Opens the site record through the main node's executor; needs the node toolkit there. */
export function openSiteRecord(executor: Executor, toolkitDir: string): SiteRecord {
  const script = `${toolkitDir}/sh/site-record.sh`;
  const call = async (verb: string, args: readonly string[], stdin?: string | Buffer): Promise<CmdResult> => {
    const result = await executor.run(
      { argv: ['sh', script, verb, RECORD_ROOT, ...args], ...(stdin === undefined ? {} : { stdin }) },
      { as: 'root', maxBytes: OUTPUT.large },
    );
    if (result.code === 0 || result.code === NOT_THERE) return result;
    throw recordUnusable(executor.node.name, [verb, ...args].join(' '), result);
  };
  const write = async (site: string, name: string, content: string | Buffer): Promise<void> => {
    await call('write', [site, name], Buffer.concat([Buffer.from(`${sha256(content)}\n`), Buffer.from(content)]));
  };
  const pointFile = (point: RestorePoint, name: string) => `restore-points/${point.id}/${name}`;
  return {
    list: async () =>
      (await call('list', [])).stdout
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => recordJson(line, siteCard, `${RECORD_ROOT}/sites/*/site.json`, executor.node.name)),
    writeCard: async (card) => write(card.site, 'site.json', safeJson(card)),
    points: async (site) =>
      (await call('points', [site])).stdout
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => pointOf(executor.node.name, site, line))
        .sort(byAge),
    writePoint: async (point) => write(point.site, pointFile(point, 'meta.json'), safeJson(point)),
    reserve: async (site) => void (await call('reserve', [site])),
    dropPoints: async (site, ids) => void (await call('drop', [site, ...ids])),
    writeMuc: async (point, content) => write(point.site, pointFile(point, MUC_IMAGE), content),
    readMuc: async (point) => {
      const result = await call('read64', [point.site, pointFile(point, MUC_IMAGE)]);
      if (result.code === NOT_THERE) throw new WizardError('change-failed', `Restore point ${point.id} holds no MUC file.`);
      const content = Buffer.from(result.stdout, 'base64');
      if (point.muc !== null && sha256(content) !== point.muc.sha256) throw imageDamaged(executor.node.name, point);
      return content;
    },
    appendUndo: async (point, ...entries) => {
      if (entries.length === 0) return;
      await call('append', [point.site, pointFile(point, 'undo.jsonl')], entries.map((entry) => `${safeJson(entry)}\n`).join(''));
    },
    readUndo: async (point) => {
      const name = pointFile(point, 'undo.jsonl');
      const text = (await call('read', [point.site, name])).stdout;
      return wholeLines(text, undoEntry, `${RECORD_ROOT}/sites/${point.site}/${name}`, executor.node.name, undoAdvice(point.site));
    },
    writeFile: write,
    readFile: async (site, name) => {
      const result = await call('read', [site, name]);
      return result.code === NOT_THERE ? null : result.stdout;
    },
    readJson: async <T>(site: string, name: string, schema: z.ZodType<T>) => {
      const result = await call('read', [site, name]);
      return result.code === NOT_THERE ? null : recordJson(result.stdout, schema, `${RECORD_ROOT}/sites/${site}/${name}`, executor.node.name);
    },
    readBytes: async (site, name) => {
      const result = await call('read64', [site, name]);
      return result.code === NOT_THERE ? null : Buffer.from(result.stdout, 'base64');
    },
    removeFile: async (site, name) => void (await call('remove', [site, name])),
    audit: async (site, entry) => void (await call('append', [site, 'audit.jsonl'], `${safeJson(entry)}\n`)),
  };
}
