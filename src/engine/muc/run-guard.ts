/** The guard of Moodle's cache configuration at work in one run: it finishes what an earlier run left, keeps the stage, and notes what is published. */

import { mucMoves } from '../../caches/muc/moves.js';
import type { Change, StagePlan } from '../../core/change.js';
import { mainNode } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import type { MucFileState } from '../../core/facts.js';
import { remedy } from '../../core/remedy.js';
import { writeBreakGlass } from '../break-glass.js';
import { mainMoodle } from '../points.js';
import type { GuardedRun, RunGuard } from '../run/stage-guard.js';
import { runPendingPurges } from './pending-purges.js';
import { keepMucStage, pendingChanges, resolveResumePoint } from './resume.js';

export class MucRunGuard implements RunGuard {
  /** Moodle's cache configuration as it was when the plan was approved. */
  readonly #approved: MucFileState;

  constructor(private readonly run: GuardedRun) {
    this.#approved = mainMoodle(run.command.session).muc;
  }

  /** A run that was cut off after a publish left the rest undone: nodes may not have converged, and moved definitions may not be emptied. */
  async begin(): Promise<void> {
    const { command, point } = this.run;
    const { session, frontend } = command;
    await this.takePoint();
    await runPendingPurges(command, this.run.handlerContext(command.signal));
    const { stage, due, excluded } = await pendingChanges(session, point.current, mainMoodle(session).mucFile.sha256 ?? null);
    if (due.length > 0) await this.run.apply({ stage, changes: due, provisional: false });
    for (const node of new Set(excluded.map((c) => c.node))) {
      const what = excluded.flatMap((c) => (c.node === node ? [c.what] : [])).join('; ');
      const message = `${node} is excluded, so these changes are not made there: ${what}. Before it serves pages again, reload its PHP and purge its caches.`;
      frontend.emit({ type: 'notice', level: 'warning', node, message });
    }
  }

  async prepare(stage: StagePlan): Promise<void> {
    await this.takePoint();
    await keepMucStage(this.run.command.session, this.run.point.current, stage);
  }

  /** From the first effect on, the break-glass script on main is this run's. */
  private async takePoint(): Promise<void> {
    const { session } = this.run.command;
    const { point } = this.run;
    point.replace(await resolveResumePoint(session, point.current));
    await writeBreakGlass(session, point.current, session.templatesDir);
  }

  async onDone(change: Change): Promise<void> {
    if (change.kind === 'muc-publish') await this.run.point.write({ mucAfter: change.result });
  }

  changedSince(what: string): WizardError | null {
    const { session } = this.run.command;
    const moves = mucMoves(this.#approved, mainMoodle(session).muc);
    if (moves.length === 0) return null;
    return new WizardError('muc-moved', `Moodle's cache configuration was changed by somebody else during this run. ${what}`, {
      nodes: [mainNode(session.cluster).name],
      evidence: moves.slice(0, 10),
      remedies: [remedy`Review the changes with plan, then run apply … --resume`],
    });
  }
}
