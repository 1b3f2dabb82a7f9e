/** The time of a trial in which the wizard watches: pages, stores and mappings, the file itself. */

import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE_STEP } from '../../caches/steps.js';
import type { ChangeOf, StagePlan } from '../../core/change.js';
import type { Check } from '../../core/check.js';
import { mainNode } from '../../core/cluster.js';
import { asWizardError, WizardError } from '../../core/errors.js';
import { monotonicMs } from '../../core/monotonic.js';
import { GRACE_SECONDS, type PageTarget, type TrialMark } from '../../core/trial.js';
import type { ApplyContext } from '../handler.js';
import { prove } from '../muc/prove.js';
import { pageChecks } from './pages.js';

const PAUSE_MS = 5_000;
/** Each round asks every page so often: quick looks, the medians were taken before. */
const ROUNDS = 3;

export interface WatchInput {
  readonly context: ApplyContext;
  readonly stage: StagePlan;
  readonly id: string;
  /** sha256 of the file on trial. */
  readonly published: string | null;
  readonly seconds: number;
  /** Asked to stop: nobody has confirmed, so it goes back. */
  readonly stop: AbortSignal;
  /** Tells the nodes that this wizard is alive: they wait so many seconds from now. */
  readonly giveTime: (seconds: number) => Promise<unknown>;
}

const last = <K extends 'prove' | 'pages'>(stage: StagePlan, kind: K) => stage.changes.findLast((c): c is ChangeOf<K> => c.kind === kind);

/** One look at everything that may have turned bad. */
async function look(context: ApplyContext, proof: ChangeOf<'prove'> | undefined, targets: readonly PageTarget[]): Promise<readonly Check[]> {
  const pages = await pageChecks(context, targets, ROUNDS);
  const stores = proof ? await prove(context, { step: proof.step, stores: proof.stores, effective: proof.effective }) : [];
  return [...pages, ...stores];
}

/** Somebody else's edit during the trial is theirs: told, not undone. */
function fileWatch({ context, published }: WatchInput): () => Promise<void> {
  let told: string | null = published;
  return async () => {
    const hash = (await context.bridge(mainNode(context.cluster).name).readMuc())?.file.sha256 ?? null;
    if (hash === told || hash === published) return;
    told = hash;
    context.emit({
      type: 'notice',
      level: 'warning',
      message: "Moodle's cache configuration was changed by somebody else during the trial. Their change stays; verify tells what differs from the answers.",
    });
  };
}

/**
 * Watches to the end of the time. @returns the mark that somebody else has set meanwhile, or `armed` when all held to the end
 * @throws WizardError `verify-failed` with what did not hold, `cancelled` when asked to stop
 */
export async function watchTrial(input: WatchInput): Promise<TrialMark> {
  const { context, stage, seconds, stop } = input;
  const ends = monotonicMs() + seconds * 1000;
  const bridge = context.bridge(mainNode(context.cluster).name);
  const lookAtFile = fileWatch(input);
  const targets = last(stage, 'pages')?.targets ?? [];
  for (;;) {
    if (stop.aborted) throw new WizardError('cancelled', 'Stopped during the trial: nobody has confirmed it.', { outcome: 'changed' });
    const mark = await bridge.trialMark(input.id);
    if (mark !== 'armed') return mark;
    await input.giveTime(Math.max(0, Math.ceil((ends - monotonicMs()) / 1000)) + GRACE_SECONDS);
    await lookAtFile();
    const failed = (await look(context, last(stage, 'prove'), targets)).filter((c) => c.status === 'failed');
    if (failed.length > 0) {
      // Somebody may have put it back in the middle of the look.
      const now = await bridge.trialMark(input.id);
      if (now !== 'armed') return now;
      throw regression(failed);
    }
    const left = ends - monotonicMs();
    if (left <= 0) return 'armed';
    await sleep(Math.min(PAUSE_MS, left), undefined, { signal: stop }).catch((thrown: unknown) => {
      if (!stop.aborted) throw asWizardError(thrown);
    });
  }
}

function regression(failed: readonly Check[]): WizardError {
  return new WizardError('verify-failed', `${failed.length} checks failed during the trial.`, {
    nodes: [...new Set(failed.map((c) => c.node))],
    step: CACHE_STEP.mappings,
    evidence: failed.slice(0, 8).map((c) => `${c.node}: ${c.subject}: ${c.detail}`),
    remedies: [...new Set(failed.flatMap((c) => (c.remedy ? [c.remedy] : [])))],
  });
}
