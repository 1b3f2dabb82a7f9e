/** What the site record on main knows of a trial. */

import type { TargetMeasure, TrialRecord } from '../../core/trial.js';
import { baseline as baselineSchema, trialRecord } from '../../intake/records.js';
import type { SiteRecord } from '../../records/site-record.js';

const FILE = 'trial.json';
const baselineFile = (id: string) => `restore-points/${id}/baseline.json`;

/** The trial that is running or has nodes which have not reported its end; null when there is none. */
export function readTrial(record: SiteRecord, site: string): Promise<TrialRecord | null> {
  return record.readJson(site, FILE, trialRecord);
}

export async function writeTrial(record: SiteRecord, site: string, trial: TrialRecord): Promise<void> {
  await record.writeFile(site, FILE, JSON.stringify(trial));
}

export async function removeTrial(record: SiteRecord, site: string): Promise<void> {
  await record.removeFile(site, FILE);
}

export async function writeBaseline(record: SiteRecord, site: string, id: string, measured: readonly TargetMeasure[]): Promise<void> {
  await record.writeFile(site, baselineFile(id), JSON.stringify(measured));
}

/** Empty when none was taken. */
export async function readBaseline(record: SiteRecord, site: string, id: string): Promise<readonly TargetMeasure[]> {
  return (await record.readJson(site, baselineFile(id), baselineSchema)) ?? [];
}
