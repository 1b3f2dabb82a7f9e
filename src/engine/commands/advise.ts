/** `advise`: measure, survey and advice, nothing else. */

import { EXIT } from '../../core/errors.js';
import { sessionSite } from '../points.js';
import { surveyOrRefuse } from '../run/plan-now.js';
import { makePlan } from '../run/planner.js';
import { reportUnfinished } from '../run/unfinished.js';
import type { CommandContext, CommandResult } from './types.js';

/** What the numbers of `measured` are in: shown with them, so that nobody has to guess. */
export const UNITS = {
  p50: 'ms',
  p95: 'ms',
  p99: 'ms',
  staleMs: 'ms',
  roundTripMs: 'ms',
  n: 'times',
  bytes: 'bytes',
  meanBytes: 'bytes',
  maxBytes: 'bytes',
  itemSizeMax: 'bytes',
  bytesWritten: 'bytes',
  freeMb: 'MiB',
  limitMb: 'MiB',
  usedMb: 'MiB',
  sizeMb: 'MiB',
  writeMbPerSecond: 'MiB/s',
  uptimeSeconds: 's',
  hitRatio: '0 to 1',
  fragmentation: '0 to 1',
  wastedPercent: '%',
  hitRate: '%',
  clockSkew: 's',
} as const;

/** Measures again and keeps that in the site record; changes nothing else. */
export async function adviseCommand(context: CommandContext): Promise<CommandResult> {
  const { session, frontend } = context;
  await surveyOrRefuse(session, 'fresh');
  await reportUnfinished(context);
  const facts = session.facts();
  const { plan } = makePlan({
    track: session.track,
    cluster: session.cluster,
    answers: session.answers,
    facts,
    secretHmacs: session.secretHmacs,
    siteId: sessionSite(session),
  });
  frontend.emit({ type: 'findings', findings: plan.findings });
  frontend.emit({ type: 'advice', advice: plan.advice });
  const measured = facts.measured ?? null;
  return {
    outcome: 'unchanged',
    exitCode: EXIT.done,
    message: plan.advice.summary,
    data: { advice: plan.advice, findings: plan.findings, measured, units: UNITS },
  };
}
