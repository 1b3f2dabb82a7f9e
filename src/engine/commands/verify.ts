/** `verify`: is every store and mapping that Moodle has really serving, on every node, in web SAPI and CLI? Reads only (proof keys aside). */

import { CACHE_STEP } from '../../caches/steps.js';
import { isSharedStore } from '../../caches/store-scope.js';
import type { Check } from '../../core/check.js';
import { excludedNodes, mainNode, moodleNodes } from '../../core/cluster.js';
import { count } from '../../core/count.js';
import { asWizardError, combineErrors, EXIT } from '../../core/errors.js';
import type { MucConfig } from '../../core/facts.js';
import { remedy } from '../../core/remedy.js';
import { reloadRemedy, sitePools } from '../handlers/converge.js';
import { coherenceChecks } from '../muc/coherence.js';
import { keepGoodCopy } from '../muc/good-copy.js';
import { prove } from '../muc/prove.js';
import { checkSuspects } from '../muc/suspect-checks.js';
import { isFinished, mainMoodle, newestOpenPoint, sessionSite } from '../points.js';
import { isPending, makePlan } from '../run/planner.js';
import { newRunId, runContext } from '../run/run-context.js';
import { reportUnfinished } from '../run/unfinished.js';
import { loadOrMeasure } from '../session/measurements.js';
import type { CommandContext, CommandResult } from './types.js';

/** Every check of the cluster as it is now. */
export async function verifyNow(context: CommandContext): Promise<readonly Check[]> {
  const { session, frontend } = context;
  const muc = mainMoodle(session).muc;
  if (muc.state !== 'ok') return [];
  const run = runContext(session, { run: newRunId(context.now, context.random), restorePoint: 'none' }, frontend.emit, context.abort);
  const stores = muc.config.stores.filter((s) => !s.default).map((s) => ({ name: s.name, shared: isSharedStore(s, session.cluster, session.facts()) }));
  const proof = stores.length === 0 ? [] : await prove(run, { step: CACHE_STEP.stores, stores, effective: expectedStores(muc.config) });
  const suspects = await checkSuspects(context, proof);
  return [
    ...(await fileChecks(context, run)),
    ...(await coherenceChecks(session)),
    ...(await answerChecks(context)),
    ...proof,
    ...suspects,
    ...outChecks(context),
  ];
}

/** What must serve each definition that is mapped by name. */
function expectedStores(config: MucConfig): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(config.definitionMappings).filter(([id]) => config.definitions.some((d) => d.id === id && d.mode !== 4)));
}

/** Every node reads the same file, and its web SAPI runs it. */
async function fileChecks(context: CommandContext, run: ReturnType<typeof runContext>): Promise<Check[]> {
  const { session } = context;
  const main = mainNode(session.cluster).name;
  const truth = await session.bridge(main).convergeCli();
  const nodes = await Promise.all(
    moodleNodes(session.cluster).map(async ({ name }): Promise<Check[]> => {
      const common = { node: name, step: CACHE_STEP.mappings, id: `file:${name}`, subject: 'runs the cache configuration that main has' };
      try {
        const cli = name === main ? truth : await session.bridge(name).convergeCli();
        const webs = await Promise.all(sitePools(run, name).map((pool) => session.bridge(name).converge(pool)));
        const stale = cli.diskHash !== truth.diskHash || webs.some((w) => w.diskHash !== truth.diskHash || w.runsHash !== truth.runsHash);
        if (stale)
          return [
            {
              ...common,
              status: 'failed',
              detail: 'another file or an older one',
              remedy: reloadRemedy(run, name),
            },
          ];
        return [{ ...common, status: 'passed', detail: `file ${truth.diskHash?.slice(0, 12) ?? 'missing'}` }];
      } catch (thrown) {
        return [{ ...common, status: 'unknown', detail: asWizardError(thrown).message }];
      }
    }),
  );
  return nodes.flat();
}

/** Is the cluster as the answers say? A recommendation that would only be better is not a failure. */
async function answerChecks(context: CommandContext): Promise<Check[]> {
  const { session } = context;
  const planned = makePlan({
    track: session.track,
    cluster: session.cluster,
    answers: session.answers,
    facts: session.facts(),
    secretHmacs: session.secretHmacs,
    siteId: sessionSite(session),
  });
  const [first] = session.track.steps;
  if (!first) throw new Error(`the track ${session.track.titles.id} has no step`);
  const common = { id: 'answers', node: mainNode(session.cluster).name, step: first.id, subject: 'the cluster is up to date' };
  const steps = session.track.steps.flatMap((s) => s.verify(planned.input));
  if (planned.refusals.length > 0) return [{ ...common, status: 'failed', detail: planned.refusals.map((r) => r.message).join('; ') }, ...steps];
  const pending = planned.plan.stages.flatMap((s) => s.changes).filter((c) => c.risk !== 'gate' && c.kind !== 'restore-point');
  if (!isPending(planned.plan)) return [{ ...common, status: 'passed', detail: 'nothing to do' }, ...steps];
  return [
    {
      ...common,
      status: 'failed',
      detail: `${count(pending.length, 'change')} pending, such as: ${pending[0]?.what ?? ''}`,
      remedy: remedy`Show the changes: plan`,
    },
    ...steps,
  ];
}

/** Excluded nodes are never reported as passed. */
function outChecks(context: CommandContext): Check[] {
  return excludedNodes(context.session.cluster).map(({ node, why }) => ({
    id: `out:${node}`,
    node,
    step: CACHE_STEP.mappings,
    subject: 'excluded from this run',
    status: 'unknown',
    detail: why,
  }));
}

/** Exit 0: all passed. Exit 5: something failed. @throws WizardError when the site cannot be looked at */
export async function verifyCommand(context: CommandContext): Promise<CommandResult> {
  const { session, frontend } = context;
  const facts = await session.survey();
  const refusals = session.track.refusals(session.cluster, session.answers, facts);
  if (refusals.length > 0) throw combineErrors(refusals);
  await session.inspectSite();
  await reportUnfinished(context);
  await loadOrMeasure(session, 'kept');
  const checks = await verifyNow(context);
  for (const check of checks) frontend.emit({ type: 'check', check });
  const failed = checks.filter((c) => c.status === 'failed').length;
  const unknown = checks.filter((c) => c.status === 'unknown').length;
  const point = newestOpenPoint(await session.record.points(sessionSite(session)));
  // What is on trial or unfinished is not kept as good: it may still be rolled back.
  if (failed === 0 && unknown === 0 && (point === null || isFinished(point))) await keepGoodCopy(session, context.now, mainMoodle(session).mucFile.sha256);
  const tail = unknown === 0 ? '' : `, ${unknown} unknown`;
  return {
    outcome: 'unchanged',
    exitCode: failed > 0 ? EXIT.verifyFailed : EXIT.done,
    message: failed > 0 ? `${failed} of ${count(checks.length, 'check')} failed${tail}.` : `${count(checks.length - unknown, 'check')} passed${tail}.`,
    checks,
    ...(point ? { restorePoint: point.id } : {}),
  };
}
