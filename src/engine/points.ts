/** Restore points: opened before a run's first effect, kept up to date as it goes. */

import { saveAnswers } from '../answers/save.js';
import type { Answers } from '../answers/schema.js';
import { type Cluster, excludedNodes, mainNode } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import type { MoodleNodeFacts } from '../core/facts.js';
import type { RestorePoint } from '../core/record.js';
import { remedy } from '../core/remedy.js';
import { siteId } from '../records/paths.js';
import type { SiteRecord } from '../records/site-record.js';
import { type Session, siteBinding } from './session/session.js';

/** Main's Moodle as surveyed. @throws WizardError `not-a-moodle` */
export function mainMoodle(session: Session): MoodleNodeFacts {
  const main = mainNode(session.cluster);
  const facts = session.facts().nodes[main.name];
  if (facts?.moodle) return facts.moodle;
  throw new WizardError(
    'not-a-moodle',
    `${main.name}: no Moodle was found at ${session.cluster.dirroot}: ${facts?.moodleError ?? 'the node could not be surveyed'}.`,
    {
      nodes: [main.name],
      remedies: [remedy`Set moodle.dirroot to the folder that holds config.php.`],
    },
  );
}

/** This site's id. */
export function sessionSite(session: Session): string {
  return siteId(mainMoodle(session));
}

export interface OpenPointInput {
  readonly session: Session;
  readonly run: string;
  readonly by: string;
  readonly journal: string;
  readonly kind: RestorePoint['kind'];
  readonly now: () => Date;
}

/**
 * Makes a restore point: the exact MUC file with owner and mode where there is one, the answers without secrets, the site's card. Other files are listed in
 * it when the stage that guards them begins (trial/guarded.ts).
 */
export async function openPoint({ session, run, by, journal, kind, now }: OpenPointInput): Promise<RestorePoint> {
  const moodle = mainMoodle(session);
  const site = siteId(moodle);
  const live = await session.bridge(mainNode(session.cluster).name).readMuc();
  const earlier = await session.record.points(site);
  const { dirroot, webUser } = siteBinding(session.cluster, session.facts());
  const bound = { dirroot, ...(webUser === null ? {} : { webUser }) };
  const point: RestorePoint = {
    v: 1,
    id: run,
    site,
    seq: 1 + Math.max(0, ...earlier.map((p) => p.seq ?? 0)),
    created: now().toISOString(),
    run,
    by,
    state: 'open',
    kind,
    muc: live ? { sha256: live.file.sha256 ?? '', mode: live.file.mode ?? '660', owner: live.file.owner ?? '', group: live.file.group ?? '' } : null,
    mucAfter: null,
    versionsHash: moodle.versionsHash,
    journal,
    ...bound,
  };
  await session.record.writeCard({
    site,
    cluster: session.cluster.label,
    ...bound,
    mucPath: moodle.mucFile.path,
    wwwroot: moodle.wwwroot,
  });
  if (live) await session.record.writeMuc(point, live.content);
  await session.record.writePoint(point);
  if (kind === 'apply') await rememberAnswers(session.record, site, session.answers);
  return point;
}

/** The answers of the last run, whose format has no place for secrets. */
export async function rememberAnswers(record: SiteRecord, site: string, answers: Answers): Promise<void> {
  await record.writeFile(site, 'answers.yaml', saveAnswers(answers));
}

/** What a restore point can restore, for lists: `cache configuration 0123456789ab, 2 files on web1, web2`. Pure. */
export function formatContents({ muc, files = [] }: RestorePoint): string {
  const nodes = [...new Set(files.map((f) => f.node))];
  const listed = files.length === 0 ? [] : [`${files.length} ${files.length === 1 ? 'file' : 'files'} on ${nodes.join(', ')}`];
  return [muc === null ? 'no cache configuration' : `cache configuration ${muc.sha256.slice(0, 12)}`, ...listed].join(', ');
}

/** True when nothing of a run is left half-done. */
export function isFinished(point: RestorePoint): boolean {
  return point.state === 'applied' || point.state === 'muc-rolled-back' || point.state === 'rolled-back';
}

/** True when all that is left to roll back is on nodes that are excluded now: a node that is gone for good must not block the others. */
export function isLeftBehind(point: RestorePoint, cluster: Cluster): boolean {
  const out = new Set(excludedNodes(cluster).map((n) => n.node));
  return point.notTakenBack !== undefined && point.notTakenBack.length > 0 && point.notTakenBack.every((node) => out.has(node));
}

/** The restore point that `rollback` chooses by default: the newest apply that is not rolled back. Never a safety copy. */
export function newestOpenPoint(points: readonly RestorePoint[]): RestorePoint | null {
  return [...points].reverse().find((p) => p.kind === 'apply' && p.state !== 'rolled-back') ?? null;
}
