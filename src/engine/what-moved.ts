/** What somebody else has changed in Moodle's cache configuration under a run, by name: an error says more by it than by two hashes. */

import { mainNode } from '../core/cluster.js';
import type { MucConfig } from '../core/facts.js';
import type { MucEdit } from '../core/muc-edit.js';
import { secretsOf } from './handlers/muc-publish.js';
import { mucMoves } from './muc-moves.js';
import type { Session } from './session.js';

const MOST = 10;

/** Edits of a run as far as each of its publishes: none, the stores, the canary, the rest. */
function stepsOf(published: readonly (readonly MucEdit[])[]): readonly (readonly MucEdit[])[] {
  return [[], ...published.map((_, i) => published.slice(0, i + 1).flat())];
}

/**
 * Lines such as `store instance "redis1" is gone`, against what the run of this restore point has published: of its publishes the one that the file is
 * nearest to, since a run that was cut off does not know which was its last. Empty where it cannot be told; never throws.
 */
export async function whatMoved(session: Session, point: Parameters<Session['record']['readMuc']>[0]): Promise<readonly string[]> {
  try {
    const bridge = session.bridge(mainNode(session.cluster).name);
    const base = await session.record.readMuc(point);
    const published = (await session.record.readUndo(point)).flatMap((e) => (e.change.kind === 'muc-publish' ? [e.change.edits] : []));
    const live = (await bridge.stage({ edits: [], secrets: {}, base: null })).config;
    let nearest: readonly string[] | null = null;
    for (const edits of stepsOf(published)) {
      const secrets = Object.fromEntries(secretsOf(edits).map((name) => [name, session.secret(name).reveal()]));
      const ours = (await bridge.stage({ edits, secrets, base })).config;
      const moves = mucMoves(whole(ours), whole(live));
      if (nearest === null || moves.length < nearest.length) nearest = moves;
    }
    return (nearest ?? []).slice(0, MOST);
  } catch {
    // The trouble itself is told all the same.
    return [];
  }
}

const whole = (config: MucConfig) => ({ state: 'ok', config }) as const;
