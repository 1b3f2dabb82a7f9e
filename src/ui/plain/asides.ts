/** What a person may ask for anywhere without going on: help, and saving the answers. */

import type { Remedy } from '../../core/remedy.js';
import type { Wizard } from '../flow/controller.js';
import { wrap } from '../text/width.js';
import { farewell, PAGE_HELP } from '../words.js';
import type { PlainIo } from './io.js';

/** Saves the answers and tells where, and how to come back if that is wanted. @returns the path when they were written, or null */
export async function saveAndTell({ io, wizard }: { readonly io: PlainIo; readonly wizard: Wizard }, resume: Remedy | null): Promise<string | null> {
  const saved = await wizard.save();
  io.say(farewell(saved, resume));
  return 'how' in saved && saved.how === 'written' ? saved.path : null;
}

/** Does what was asked for on a page of this kind. @returns whether it was an aside: then the page asks again */
export async function didAside(page: { readonly io: PlainIo; readonly wizard: Wizard }, kind: string, turn: string): Promise<boolean> {
  if (turn === 'help') page.io.say(['', ...(PAGE_HELP[kind] ?? []).flatMap((p) => wrap(p, page.io.look.width))]);
  else if (turn === 'save') await saveAndTell(page, null);
  else return false;
  return true;
}
