/**
 * A run that restarts a service, on another port perhaps, leaves nodes without it for a moment: they fall back to files. What they left there, and what
 * stands above the service, is emptied by the run itself, so that its own doing never looks like a store that was passed over (fact M17).
 */

import { CACHE_STEP } from '../../caches/steps.js';
import { isSharedStore } from '../../caches/store-scope.js';
import type { Change, Plan } from '../../core/change.js';
import { mainNode, moodleNodes } from '../../core/cluster.js';
import type { CommandContext } from '../commands/types.js';
import { emptyOrReport } from '../handlers/empty.js';
import { mainMoodle, sessionSite } from '../points.js';
import { runContext } from '../run/run-context.js';
import { notePendingPurges } from './pending-purges.js';
import { serviceAddresses } from './suspect-checks.js';
import { addSuspects, fallbackFolder, fallbackTraces, identities, readSuspects, restarted, suspectItems, writeSuspects } from './suspects.js';

const restarts = (change: Change) =>
  (change.kind === 'unit' && change.action !== 'reload') || (change.step === CACHE_STEP.services && change.notifies.some((n) => n.startsWith('restart:')));

/** True when a plan starts or restarts services. Pure. */
export function restartsServices(plan: Plan): boolean {
  return plan.stages.some((s) => s.stage === 'services' && s.changes.some(restarts));
}

/** Called at the end of a run that did so. Never fails a run: what cannot be emptied becomes a pending purge. */
export async function purgeAfterRestarts(context: CommandContext, run: string, point: string): Promise<void> {
  const { session, frontend, now } = context;
  await session.survey();
  const site = sessionSite(session);
  const { muc, cachedir } = mainMoodle(session);
  if (muc.state !== 'ok') return;
  const record = await readSuspects(session.record, site);
  const seen = { ...record.seen, ...identities(session.facts()) };
  const known = { cluster: session.cluster, facts: session.facts() };
  const signs = [...restarted(record.seen, seen, serviceAddresses(session), muc.config.stores, known), ...(await fallbackTraces(session))];
  const fresh = addSuspects({ suspects: [], seen: {} }, signs, now().toISOString()).suspects.filter((s) => !record.suspects.some((r) => r.store === s.store));
  if (fresh.length > 0) {
    const items = suspectItems(muc.config, fresh, fallbackFolder(muc.config, cachedir)?.store ?? null);
    const shared = new Set(muc.config.stores.filter((s) => isSharedStore(s, session.cluster, session.facts())).map((s) => s.name));
    const handler = runContext(session, { run, restorePoint: point }, frontend.emit, context.abort);
    const lead = mainNode(session.cluster).name;
    const owed = await Promise.all(
      moodleNodes(session.cluster).map(({ name }) =>
        emptyOrReport(
          handler,
          name,
          items.filter((i) => name === lead || !shared.has(i.store)),
        ),
      ),
    );
    await notePendingPurges(context, owed.flat());
  }
  await writeSuspects(session.record, site, { ...record, seen });
}
