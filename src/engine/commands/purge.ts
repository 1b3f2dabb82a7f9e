/** `purge`: empties stores that may serve stale content, once they are ready on every node again. Asked first. */

import { CACHE_STEP } from '../../caches/steps.js';
import { isSharedStore } from '../../caches/store-scope.js';
import { type Change, effects } from '../../core/change.js';
import { mainNode, moodleNodes } from '../../core/cluster.js';
import { EXIT, WizardError } from '../../core/errors.js';
import type { MucConfig } from '../../core/facts.js';
import { remedy } from '../../core/remedy.js';
import { NO_ADVICE } from '../../track/track.js';
import { prove } from '../muc/prove.js';
import { checkSuspects } from '../muc/suspect-checks.js';
import { fallbackFolder, identities, readSuspects, type Suspect, suspectItems, writeSuspects } from '../muc/suspects.js';
import { mainMoodle, sessionSite } from '../points.js';
import { applyStage } from '../run/applier.js';
import { withExcluded } from '../run/excluded.js';
import { lockedRun } from '../run/locked-run.js';
import { surveyOrRefuse } from '../run/plan-now.js';
import { sealPlan } from '../run/planner.js';
import { newRunId, runContext } from '../run/run-context.js';
import { reportUnfinished } from '../run/unfinished.js';
import { reconcileTrial, refuseOnTrial } from '../trial/reconcile.js';
import type { CommandContext, CommandResult } from './types.js';

const STEP = CACHE_STEP.mappings;
const base = { step: STEP, lane: 'main', risk: 'gate', undo: remedy`Nothing to undo.`, notifies: [] } as const;

/** What a purge does: prove ready, empty, wait for what is older, empty again. Pure but for names. */
function purgeChanges(context: CommandContext, config: MucConfig, suspects: readonly Suspect[]): readonly Change[] {
  const { session } = context;
  const lead = mainNode(session.cluster).name;
  const shared = new Set(config.stores.filter((s) => isSharedStore(s, session.cluster, session.facts())).map((s) => s.name));
  const items = suspectItems(config, suspects, fallbackFolder(config, mainMoodle(session).cachedir)?.store ?? null);
  const why = suspects.map((s) => `"${s.store}": ${s.reasons.at(-1) ?? ''}`).join('; ');
  const ready: Change = {
    ...base,
    kind: 'prove',
    id: 'prove:*:purge',
    node: '*',
    what: `Verify ${suspects.map((s) => `"${s.store}"`).join(', ')} on every node`,
    why: 'If a node cannot use the store while it is emptied, the store may hold stale data again at once.',
    after: [],
    stores: suspects.map((s) => ({ name: s.store, shared: shared.has(s.store) })),
    effective: {},
  };
  const empty = (target: string, after: readonly string[]): readonly Change[] =>
    moodleNodes(session.cluster).flatMap(({ name }): readonly Change[] => {
      const own = items.filter((i) => name === lead || !shared.has(i.store));
      if (own.length === 0) return [];
      const what = `Empty the definitions mapped to ${suspects.map((s) => `"${s.store}"`).join(', ')}`;
      return [
        {
          ...base,
          kind: 'empty',
          id: `empty:${name}:${target}`,
          node: name,
          what,
          why,
          after,
          lane: 'parallel',
          risk: 'low',
          undo: remedy`Cache content only: Moodle rebuilds it.`,
          items: own,
        },
      ];
    });
  const first = empty('purge', [ready.id]);
  const settle: Change = {
    ...base,
    kind: 'settle',
    id: 'settle:*:purge',
    node: '*',
    what: 'Wait until older requests, cron runs and tasks have ended',
    why: 'Processes that started before may still write old content.',
    after: first.map((c) => c.id),
  };
  return [ready, ...first, settle, ...empty('purge-again', [settle.id])];
}

/** Looks for suspect stores, and empties them. Exit 0 when there is none. @throws WizardError `verify-failed` while one is not ready on every node */
export async function purgeCommand(context: CommandContext): Promise<CommandResult> {
  const { session, frontend, now } = context;
  await surveyOrRefuse(session);
  refuseOnTrial(context, await reconcileTrial(context));
  await reportUnfinished(context);
  const { muc } = mainMoodle(session);
  if (muc.state !== 'ok') throw new WizardError('muc-corrupt', 'The cache configuration cannot be used.');
  const config = muc.config;
  const site = sessionSite(session);
  await checkSuspects(context, await proofOf(context, config));
  const { suspects } = await readSuspects(session.record, site);
  if (suspects.length === 0) return { outcome: 'unchanged', exitCode: EXIT.done, message: 'Nothing to purge: no store holds stale data.' };
  const changes = purgeChanges(context, config, suspects);
  const plan = sealPlan({
    cluster: session.cluster.label,
    siteId: site,
    stages: [{ stage: 'muc', changes, provisional: false }],
    findings: [],
    advice: NO_ADVICE,
  });
  frontend.emit({ type: 'plan', plan });
  if (!(await frontend.approve(plan, []))) throw new WizardError('cancelled', 'The purge was not approved. Nothing was changed.');
  return lockedRun(context, async (journal) => {
    const { run } = journal;
    journal.write({ ev: 'run.begin', command: 'purge', cluster: session.cluster.label, site, restorePoint: '', wizard: context.version });
    await session.record.audit(site, { t: now().toISOString(), who: context.by, run, command: 'purge', stores: suspects.map((s) => s.store) });
    await applyStage({
      stage: { stage: 'muc', changes, provisional: false },
      context: runContext(session, { run, restorePoint: 'none' }, frontend.emit, context.abort),
      stop: context.signal,
      handlers: context.handlers,
      journal,
      remember: async () => {},
      onDone: async () => {},
    });
    // A verify may have met another meanwhile.
    const latest = await readSuspects(session.record, site);
    await writeSuspects(session.record, site, {
      suspects: latest.suspects.filter((s) => !suspects.some((done) => done.store === s.store)),
      seen: { ...latest.seen, ...identities(session.facts()) },
    });
    journal.write({ ev: 'run.end', outcome: 'changed', exitCode: EXIT.done });
    const names = suspects.map((s) => `"${s.store}"`).join(', ');
    return withExcluded(session, {
      outcome: 'changed',
      exitCode: EXIT.done,
      message: `Emptied ${names} on ${effects(plan).length === 1 ? 'main' : 'every node'}: no stale content is left.`,
    });
  });
}

/** Only who is ready where: what is mapped where is verify's. */
async function proofOf(context: CommandContext, config: MucConfig) {
  const { session, frontend } = context;
  const stores = config.stores.filter((s) => !s.default).map((s) => ({ name: s.name, shared: isSharedStore(s, session.cluster, session.facts()) }));
  const run = runContext(session, { run: newRunId(context.now, context.random), restorePoint: 'none' }, frontend.emit, context.abort);
  return stores.length === 0 ? [] : prove(run, { step: CACHE_STEP.stores, stores, effective: {} });
}
