/** A run that was left half-done, looked for in the site records of this machine before anything is asked. Reads only. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isHere, unfinishedPoint, unfinishedWords } from '../engine/unfinished.js';
import { RECORD_ROOT } from '../records/paths.js';
import type { RestorePoint, SiteCard } from '../records/site-record.js';
import type { UnfinishedRun } from '../ui/wizard-port.js';

export interface FoundUnfinished extends UnfinishedRun {
  readonly site: string;
  readonly kind: RestorePoint['kind'];
}

const json = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

function pointsOf(dir: string): readonly RestorePoint[] {
  return readdirSync(dir)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .flatMap((name) => {
      try {
        return [json<RestorePoint>(join(dir, name, 'meta.json'))];
      } catch {
        return [];
      }
    });
}

/** The newest unfinished run of any site on record here; null when there is none, or when the records are not for this user's eyes. */
export function findUnfinishedRun(root = join(RECORD_ROOT, 'sites')): FoundUnfinished | null {
  let sites: readonly string[];
  try {
    sites = readdirSync(root);
  } catch {
    return null;
  }
  const found = sites.flatMap((site): readonly FoundUnfinished[] => {
    try {
      const card = json<SiteCard>(join(root, site, 'site.json'));
      const point = unfinishedPoint(pointsOf(join(root, site, 'restore-points')));
      if (!point) return [];
      const about = { run: point.id, cluster: card.cluster, since: point.created, by: point.by.replace('@', ' on '), here: isHere(point) };
      return [{ ...about, detail: unfinishedWords(point), site, kind: point.kind }];
    } catch {
      return [];
    }
  });
  return [...found].sort((a, b) => (a.since < b.since ? -1 : 1)).at(-1) ?? null;
}
