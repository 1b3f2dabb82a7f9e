/** Excluding nodes, line by line. */

import type { Wizard } from '../flow/controller.js';
import { checkNamed, checkReason, namedNodes } from '../flow/exclude.js';
import { PROMPT } from './messages.js';
import type { PlainPage, Turn } from './pages.js';

type Leave = (wizard: Wizard, names: readonly string[], reason: string) => void;

/** Asks which, where there are several, and why, and excludes nodes. A command instead excludes none. */
export async function askReason({ io, wizard }: PlainPage, may: readonly string[], leave: Leave): Promise<Turn> {
  let names = may;
  if (may.length > 1) {
    const which = await io.ask(PROMPT.exclude, { default: may.join(' '), check: (t) => checkNamed(t, may) });
    if (which.type === 'command') return which.command === 'back' ? 'again' : which.command;
    names = namedNodes(which.text, may);
  }
  const reply = await io.ask(PROMPT.reason, { check: checkReason });
  if (reply.type === 'command') return reply.command === 'back' ? 'again' : reply.command;
  leave(wizard, names, reply.text);
  return 'again';
}
