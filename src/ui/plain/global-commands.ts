/** What a person may ask for anywhere without going on: help, and saving the answers. */

import type { Remedy } from '../../core/remedy.js';
import type { Wizard } from '../flow/controller.js';
import { formatFarewell, PAGE_HELP } from '../messages.js';
import { wrap } from '../text/width.js';
import type { PlainIo } from './io.js';

/** Saves the answers and tells where, and how to come back if that is wanted. @returns the path when they were written, or null */
export async function saveAndReport({ io, wizard }: { readonly io: PlainIo; readonly wizard: Wizard }, resume: Remedy | null): Promise<string | null> {
  const saved = await wizard.save();
  io.say(formatFarewell(saved, resume));
  return 'how' in saved && saved.how === 'written' ? saved.path : null;
}

/** Does what was asked for on a page of this kind. @returns whether it was an aside: then the page asks again */
export async function runGlobalCommand(page: { readonly io: PlainIo; readonly wizard: Wizard }, kind: string, turn: string): Promise<boolean> {
  if (turn === 'help') page.io.say(['', ...(PAGE_HELP[kind] ?? []).flatMap((p) => wrap(p, page.io.style.width))]);
  else if (turn === 'save') await saveAndReport(page, null);
  else return false;
  return true;
}
