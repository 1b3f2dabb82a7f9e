/** A run that changes something: an id and a journal of its own, all of it under the site's lock. */

import { mainNode } from '../core/cluster.js';
import { type Journal, openJournal } from '../records/journal.js';
import type { CommandContext } from './commands/types.js';
import { newHolder, withLock } from './lock.js';
import { goneIn } from './lock-proof.js';
import { newRunId } from './run-context.js';

/** Runs `work` with the lock held. The lock of a process that is proven gone is taken over, and told. @throws WizardError `lock-held` */
export async function lockedRun<T>(context: CommandContext, work: (journal: Journal) => Promise<T>): Promise<T> {
  const { session, frontend, now } = context;
  const run = newRunId(now, context.random);
  const journal = openJournal(context.stateDir, run, now, context.redact);
  try {
    return await withLock(
      session.bridge(mainNode(session.cluster).name),
      newHolder(run, now),
      ({ user, host, pid }) =>
        frontend.emit({ type: 'notice', level: 'warning', message: `Took over the lock of ${user}@${host}: its process ${pid} is gone.` }),
      () => work(journal),
      goneIn(session),
    );
  } finally {
    journal.close();
  }
}
