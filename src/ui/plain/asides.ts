/** What a person may ask for anywhere without going on: help, and saving the answers. */

import type { Wizard } from '../flow/controller.js';
import { wrap } from '../text/width.js';
import { farewell, PAGE_HELP } from '../words.js';
import type { PlainIo } from './io.js';

/** Saves the answers and tells where, and how to come back if that is wanted. @returns the path, or null */
export async function saveAndTell({ io, wizard }: { readonly io: PlainIo; readonly wizard: Wizard }, resume: string | null): Promise<string | null> {
  const path = await wizard.save();
  const { saved } = wizard.getState();
  io.say(farewell(path, saved && 'error' in saved ? saved.error : null, resume));
  return path;
}

/** Does what was asked for on a page of this kind. @returns whether it was an aside: then the page asks again */
export async function didAside(page: { readonly io: PlainIo; readonly wizard: Wizard }, kind: string, turn: string): Promise<boolean> {
  if (turn === 'help') page.io.say(['', ...(PAGE_HELP[kind] ?? []).flatMap((p) => wrap(p, page.io.look.width))]);
  else if (turn === 'save') await saveAndTell(page, null);
  else return false;
  return true;
}
