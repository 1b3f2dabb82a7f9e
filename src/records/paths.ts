/** Where records live; the only place that knows these paths (rule S25). */

import { createHash } from 'node:crypto';
import type { MoodleNodeFacts } from '../core/facts.js';

/** Root of the site record (main) and of the node records (every node). */
export const RECORD_ROOT = '/var/lib/moodle-cluster-wizard';

/** Before-images of one run on one node. */
export function beforeDir(restorePoint: string): string {
  return `${RECORD_ROOT}/before/${restorePoint}`;
}

/** The site's id: from the real path of the MUC file and the file system it lies on; the label in the answers plays no part. */
export function siteId(moodle: MoodleNodeFacts): string {
  const { fsType, source } = moodle.datarootMount;
  return createHash('sha256').update(`${moodle.mucFile.path}\n${fsType}\n${source}`).digest('hex').slice(0, 16);
}

/** Default place of journals and logs, where the wizard runs (XDG state home). */
export function defaultStateDir(env: NodeJS.ProcessEnv, home: string): string {
  const base = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : `${home}/.local/state`;
  return `${base}/moodle-cluster-wizard`;
}
