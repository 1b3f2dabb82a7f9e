/** What a trial is about, in words. Pure. */

import type { TrialRecord } from '../../core/trial.js';

/** The subject of a sentence: what is on trial. */
export function onTrial(trial: Pick<TrialRecord, 'muc' | 'fileNodes'>): string {
  const files = trial.fileNodes === undefined || trial.fileNodes.length === 0 ? null : `the configuration files on ${trial.fileNodes.join(', ')}`;
  if (trial.muc !== false) return files === null ? 'the cache configuration' : `the cache configuration and ${files}`;
  return files ?? 'nothing';
}
