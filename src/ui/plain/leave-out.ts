/** Nodes left out of the run, line by line. */

import type { Wizard } from '../flow/controller.js';
import { checkReason } from '../flow/leave-out.js';
import type { PlainPage, Turn } from './pages.js';

/** Asks why, and leaves out what `leave` says. A command instead of a reason leaves out nothing. */
export async function leftOut({ io, wizard }: PlainPage, leave: (wizard: Wizard, reason: string) => void): Promise<Turn> {
  const reply = await io.ask('Why? Told in every report (empty for none)', { check: checkReason });
  if (reply.type === 'command') return reply.command === 'back' ? 'again' : reply.command;
  leave(wizard, reply.text);
  return 'again';
}
