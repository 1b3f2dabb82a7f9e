/** Nodes left out of the run, line by line. */

import type { Wizard } from '../flow/controller.js';
import { checkReason } from '../flow/leave-out.js';
import type { PlainPage, Turn } from './pages.js';

type Leave = (wizard: Wizard, names: readonly string[], reason: string) => void;

/** Asks why, and leaves nodes out. A command instead of a reason leaves out nothing. */
export async function askReason({ io, wizard }: PlainPage, names: readonly string[], leave: Leave): Promise<Turn> {
  const reply = await io.ask('Why? Told in every report (empty for none)', { check: checkReason });
  if (reply.type === 'command') return reply.command === 'back' ? 'again' : reply.command;
  leave(wizard, names, reply.text);
  return 'again';
}
