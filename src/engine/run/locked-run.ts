/** A run that changes something: an id and a journal of its own, all of it under the site's lock. */

import { mainNode } from '../../core/cluster.js';
import { asWizardError, WizardError, withDetails } from '../../core/errors.js';
import { asRemedy, part, remedy } from '../../core/remedy.js';
import { type Journal, openJournal } from '../../records/journal.js';
import type { CommandContext } from '../commands/types.js';
import { newHolder, withLock } from './lock.js';
import { goneIn } from './lock-proof.js';
import { newRunId } from './run-context.js';

/** A journal that knows whether its run has begun and not ended. */
interface OpenRun {
  readonly journal: Journal;
  readonly underWay: () => boolean;
}

function watchRun(journal: Journal): OpenRun {
  let underWay = false;
  return {
    underWay: () => underWay,
    journal: {
      ...journal,
      write(fact) {
        journal.write(fact);
        if (fact.ev === 'run.begin') underWay = true;
        if (fact.ev === 'run.end') underWay = false;
      },
    },
  };
}

/** A run that has begun may have changed something: an error that does not say what is left behind leaves it unknown. */
function endedBy(thrown: unknown, { journal, underWay }: OpenRun): unknown {
  const error = asWizardError(thrown);
  if (!underWay()) return thrown;
  const outcome = error.outcomeKnown ? error.outcome : 'unknown';
  try {
    journal.write({ ev: 'run.end', outcome, exitCode: error.exitCode });
  } catch {
    // A full disk: the error itself is what matters now.
  }
  return withDetails(error, { outcome });
}

/** Runs `work` with the lock held. A lock whose process is proven gone is taken over, and reported. @throws WizardError `lock-held`, and what `work` throws */
export async function lockedRun<T>(context: CommandContext, work: (journal: Journal) => Promise<T>): Promise<T> {
  const { session, frontend, now } = context;
  const warn = (message: string): void => frontend.emit({ type: 'notice', level: 'warning', message });
  const run = newRunId(now, context.random);
  const file = openJournal(context.stateDir, run, now, context.redact);
  const open = watchRun(file);
  try {
    return await withLock(
      session.bridge(mainNode(session.cluster).name),
      newHolder(run, now),
      {
        onStale: ({ user, host, pid }) => warn(`Took over the lock of ${user}@${host}: its process ${pid} has ended.`),
        onKept: (error) => warn(`The lock of run ${run} was not released: ${error.message} The next run takes it over once this process has ended.`),
      },
      async () => {
        try {
          return await work(open.journal);
        } catch (thrown) {
          throw endedBy(thrown, open);
        }
      },
      goneIn(session),
    );
  } finally {
    file.close();
  }
}

/**
 * What is due after a run whose work has ended: records, copies, clean-up. A failure of it is reported and does not change how the run ended,
 * since every part of it is done again by a later run or by `verify`.
 */
export async function afterRun({ frontend }: CommandContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof WizardError)) throw thrown;
    frontend.emit({
      type: 'notice',
      level: 'warning',
      message: remedy`The changes are complete, but the records of this run are not: ${part(asRemedy(thrown.message))} Check the cluster with: moodle-cluster-wizard verify`,
    });
  }
}
