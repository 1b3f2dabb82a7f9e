/** Ending a run that a signal interrupts, or waiting for the end of a trial. */

import type { Wizard } from './controller.js';

const PATIENCE_MS = 10_000;

/** Aborts what is under way and waits for the engine to have written that down, ten seconds at most. */
export async function stopRun(wizard: Wizard): Promise<void> {
  const busy = () => wizard.getState().running || wizard.getState().ending !== null;
  if (!busy()) return;
  if (wizard.getState().running) {
    wizard.interrupt();
    wizard.interrupt();
  }
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    const off = wizard.subscribe(() => {
      if (busy()) return;
      clearTimeout(timer);
      off();
      resolve();
    });
  });
}
