/** What `verify` makes of suspect stores: looks, notes in the site record, tells. */

import { CACHE_STEP } from '../../caches/steps.js';
import type { Check } from '../../core/check.js';
import { mainNode } from '../../core/cluster.js';
import { withOwnCall } from '../../core/program.js';
import { remedy } from '../../core/remedy.js';
import type { CommandContext } from '../commands/types.js';
import { mainMoodle, sessionSite } from '../points.js';
import type { Session } from '../session/session.js';
import { addSuspects, fallbackTraces, identities, readSuspects, restarted, type Sign, type Suspect, writeSuspects } from './suspects.js';

/** `host:port` of each service of the answers. */
export function serviceAddresses(session: Session): Readonly<Record<string, string>> {
  return Object.fromEntries(session.endpoints().map((e) => [e.service, `${e.host}:${e.port}`]));
}

/** Stores that a proof found not ready somewhere. Pure. */
export function unreadyIn(proof: readonly Check[], now: string): readonly Sign[] {
  return proof.flatMap((c) =>
    c.store !== undefined && c.id.startsWith('ready:') && c.status === 'failed'
      ? [{ store: c.store, reason: `not ready on ${c.node} at ${now.slice(0, 16).replace('T', ' ')} UTC: ${c.detail}` }]
      : [],
  );
}

const REMEDY = remedy`When it is ready on every node again, empty it: moodle-cluster-wizard purge --yes (asks first without --yes).`;

/** A failed check for each suspect store. Pure. */
export function suspectChecks(suspects: readonly Suspect[], main: string): readonly Check[] {
  return suspects.map((s) => ({
    id: `suspect:${s.store}`,
    node: main,
    step: CACHE_STEP.mappings,
    store: s.store,
    subject: `"${s.store}" holds nothing stale`,
    status: 'failed',
    detail: `it may serve old settings and rights: ${s.reasons.join('; ')}`,
    remedy: withOwnCall(REMEDY),
  }));
}

/** Looks for every sign that a store was passed over, keeps what was found until the store is purged, and tells it. */
export async function checkSuspects({ session, now }: CommandContext, proof: readonly Check[]): Promise<readonly Check[]> {
  const site = sessionSite(session);
  const { muc } = mainMoodle(session);
  if (muc.state !== 'ok') return [];
  const stores = muc.config.stores.filter((s) => !s.default);
  const before = await readSuspects(session.record, site);
  const seen = identities(session.facts());
  const at = now().toISOString();
  const found = [
    ...unreadyIn(proof, at),
    ...restarted(before.seen, seen, serviceAddresses(session), stores, { cluster: session.cluster, facts: session.facts() }),
    ...(await fallbackTraces(session)),
  ];
  const noted = addSuspects({ ...before, seen: { ...before.seen, ...seen } }, found, at);
  // An instance that is gone can serve nothing.
  const next = { ...noted, suspects: noted.suspects.filter((s) => stores.some((store) => store.name === s.store)) };
  await writeSuspects(session.record, site, next);
  if (next.suspects.length > 0) return suspectChecks(next.suspects, mainNode(session.cluster).name);
  return stores.length === 0
    ? []
    : [
        {
          id: 'suspect',
          node: mainNode(session.cluster).name,
          step: CACHE_STEP.mappings,
          subject: 'no store holds stale data',
          status: 'passed',
          detail: 'no server was restarted, nothing in the store that Moodle falls back to',
        },
      ];
}
