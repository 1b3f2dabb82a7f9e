/** The part of a trial in which the wizard watches: pages, stores and mappings, the file itself. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeOf, StagePlan } from '../../core/change.js';
import type { Check } from '../../core/check.js';
import { mainNode } from '../../core/cluster.js';
import { asWizardError, WizardError } from '../../core/errors.js';
import { monotonicMs } from '../../core/monotonic.js';
import { GRACE_SECONDS, type PageTarget, type TrialMark, type TrialRecord } from '../../core/trial.js';
import type { ApplyContext } from '../handler.js';
import { prove } from '../muc/prove.js';
import { trialMarks } from './marks.js';
import { pageChecks } from './pages.js';

const PAUSE_MS = 5_000;
/** Each round asks every page so often: quick looks, the medians were taken before. */
const ROUNDS = 3;

export interface WatchInput {
  readonly context: ApplyContext;
  readonly stage: StagePlan;
  readonly trial: TrialRecord;
  /** sha256 of the file on trial. */
  readonly published: string | null;
  readonly seconds: number;
  /** Asked to stop: nobody has confirmed, so it is rolled back. */
  readonly stop: AbortSignal;
  /** Shows the nodes that this wizard is alive: they wait so many seconds from now. */
  readonly giveTime: (seconds: number) => Promise<unknown>;
}

const last = <K extends 'prove' | 'pages'>(stage: StagePlan, kind: K) => stage.changes.findLast((c): c is ChangeOf<K> => c.kind === kind);

/** One round of checks of everything that may have turned bad. */
async function checkAll(context: ApplyContext, step: string, proof: ChangeOf<'prove'> | undefined, targets: readonly PageTarget[]): Promise<readonly Check[]> {
  const pages = await pageChecks(context, targets, step, ROUNDS);
  const stores = proof ? await prove(context, { step: proof.step, stores: proof.stores, effective: proof.effective }) : [];
  return [...pages, ...stores];
}

/** Somebody else's edit during the trial is theirs: reported, not undone. */
function fileWatch({ context, published }: WatchInput): () => Promise<void> {
  let reported: string | null = published;
  return async () => {
    const hash = (await context.bridge(mainNode(context.cluster).name).readMuc())?.file.sha256 ?? null;
    if (hash === reported || hash === published) return;
    reported = hash;
    context.emit({
      type: 'notice',
      level: 'warning',
      message: "Moodle's cache configuration was changed by somebody else during the trial. Their change stays; verify shows what differs from the answers.",
    });
  };
}

/**
 * Watches to the end of the time. @returns the mark that somebody else has set in that time, or `armed` when every check passed to the end
 * @throws WizardError `verify-failed` with what failed, `cancelled` when asked to stop
 */
export async function watchTrial(input: WatchInput): Promise<TrialMark> {
  const { context, stage, seconds, stop } = input;
  const ends = monotonicMs() + seconds * 1000;
  const marks = trialMarks(context, context.site, input.trial);
  const lookAtFile = input.trial.muc === false ? async () => {} : fileWatch(input);
  const pages = last(stage, 'pages');
  const targets = pages?.targets ?? [];
  const step = pages?.step ?? '';
  for (;;) {
    if (stop.aborted) throw new WizardError('cancelled', 'Stopped during the trial: nobody has confirmed it.', { outcome: 'changed' });
    const mark = await marks.mark();
    if (mark !== 'armed') return mark;
    await input.giveTime(Math.max(0, Math.ceil((ends - monotonicMs()) / 1000)) + GRACE_SECONDS);
    await lookAtFile();
    const failed = (await checkAll(context, step, last(stage, 'prove'), targets)).filter((c) => c.status === 'failed');
    if (failed.length > 0) {
      // Somebody may have rolled back in the middle of these checks.
      const now = await marks.mark();
      if (now !== 'armed') return now;
      throw regression(stage, failed);
    }
    const left = ends - monotonicMs();
    if (left <= 0) return 'armed';
    await sleep(Math.min(PAUSE_MS, left), undefined, { signal: stop }).catch((thrown: unknown) => {
      if (!stop.aborted) throw asWizardError(thrown);
    });
  }
}

function regression(stage: StagePlan, failed: readonly Check[]): WizardError {
  const arm = stage.changes.find((c) => c.kind === 'trial-arm');
  return new WizardError('verify-failed', `${failed.length} ${failed.length === 1 ? 'check' : 'checks'} failed during the trial.`, {
    nodes: [...new Set(failed.map((c) => c.node))],
    ...(arm === undefined ? {} : { step: arm.step }),
    evidence: failed.slice(0, 8).map((c) => `${c.node}: ${c.subject}: ${c.detail}`),
    remedies: [...new Set(failed.flatMap((c) => (c.remedy ? [c.remedy] : [])))],
  });
}
