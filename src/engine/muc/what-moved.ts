/** What somebody else has changed in Moodle's cache configuration under a run, by name: an error says more by it than by two hashes. */

import { mucMoves } from '../../caches/muc/moves.js';
import { mainNode } from '../../core/cluster.js';
import type { MucConfig } from '../../core/facts.js';
import type { MucEdit } from '../../core/muc-edit.js';
import type { RestorePoint } from '../../core/record.js';
import { secretsOf } from '../handlers/muc-publish.js';
import type { Session } from '../session/session.js';

const MOST = 10;

interface Published {
  readonly edits: readonly MucEdit[];
  readonly result: string | null;
}

/** Edits of a run as far as each of its publishes (none, the stores, the canary, the rest), from the last one that is known to have gone live. */
function stepsOf(published: readonly Published[], live: string | null): readonly (readonly MucEdit[])[] {
  const known = live === null ? 0 : published.findIndex((p) => p.result === live) + 1;
  return [0, ...published.map((_, i) => i + 1)].filter((n) => n >= known).map((n) => published.slice(0, n).flatMap((p) => p.edits));
}

/**
 * Lines such as `store instance "redis1" was removed`, against what the run of this restore point has published: of its publishes the one that the file is
 * nearest to, since a run that was cut off does not know which was its last. Empty where it cannot be determined; never throws.
 */
export async function whatMoved(session: Session, point: RestorePoint): Promise<readonly string[]> {
  try {
    const bridge = session.bridge(mainNode(session.cluster).name);
    const base = await session.record.readMuc(point);
    const published = (await session.record.readUndo(point)).flatMap((e) => (e.change.kind === 'muc-publish' ? [e.change] : []));
    const live = (await bridge.stage({ edits: [], secrets: {}, base: null })).config;
    let nearest: readonly string[] | null = null;
    for (const edits of stepsOf(published, point.mucAfter)) {
      const secrets = Object.fromEntries(secretsOf(edits).map((name) => [name, session.secret(name).reveal()]));
      const ours = (await bridge.stage({ edits, secrets, base })).config;
      const moves = mucMoves(whole(ours), whole(live));
      if (nearest === null || moves.length < nearest.length) nearest = moves;
    }
    return (nearest ?? []).slice(0, MOST);
  } catch {
    // The failure itself is reported all the same.
    return [];
  }
}

const whole = (config: MucConfig) => ({ state: 'ok', config }) as const;
