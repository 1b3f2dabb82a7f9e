/** Folders that private stores may use. */

import { moodleNodes } from '../core/cluster.js';
import type { AdviceContext } from './context.js';
import { isBelow } from './muc.js';

/** The folder for a private file store: below localcachedir when that is one path outside the shared disk on every node. */
export function localCacheFolder(context: AdviceContext): string | null {
  const dirs = new Set(context.moodleFacts.map((n) => n.moodle?.localcachedir ?? ''));
  const [dir = ''] = dirs;
  if (dirs.size !== 1 || dir === '' || context.moodleFacts.length < moodleNodes(context.cluster).length) return null;
  return context.moodleFacts.some((n) => n.moodle && (isBelow(dir, n.moodle.dataroot) || isBelow(dir, n.moodle.cachedir))) ? null : dir.replace(/\/+$/, '');
}
