/** Folders that private stores may use. */

import { moodleNodes } from '../core/cluster.js';
import { localcacheOn } from '../core/local-folder.js';
import type { AdviceContext } from './context.js';

/** The folder for a private file store: below localcachedir when that is one path, and on every node a folder of its own. */
export function localCacheFolder(context: AdviceContext): string | null {
  const dirs = new Set(context.moodleFacts.map((n) => n.moodle?.localcachedir ?? ''));
  const [dir = ''] = dirs;
  if (dirs.size !== 1 || dir === '' || context.moodleFacts.length < moodleNodes(context.cluster).length) return null;
  return context.moodleFacts.some((n) => n.moodle && localcacheOn(n.moodle) !== 'node') ? null : dir.replace(/\/+$/, '');
}
