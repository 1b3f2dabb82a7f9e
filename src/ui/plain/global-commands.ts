/** Commands that work at every prompt and do not answer it: help, and saving the answers. */

import type { Remedy } from '../../core/remedy.js';
import type { Wizard } from '../flow/controller.js';
import { titlesOf } from '../flow/pages.js';
import { contextOf } from '../flow/selectors.js';
import { formatFarewell, pageHelp } from '../messages.js';
import { wrap } from '../text/width.js';
import type { PlainIo } from './io.js';

/** Saves the answers and reports where, and how to resume unless `resume` is null. @returns the path when they were written, or null */
export async function saveAndReport({ io, wizard }: { readonly io: PlainIo; readonly wizard: Wizard }, resume: Remedy | null): Promise<string | null> {
  const saved = await wizard.save();
  io.say(formatFarewell(saved, resume));
  return 'how' in saved && saved.how === 'written' ? saved.path : null;
}

/** Runs a global command on a page of this kind. @returns false if `turn` is none; after one the page asks again */
export async function runGlobalCommand(page: { readonly io: PlainIo; readonly wizard: Wizard }, kind: string, turn: string): Promise<boolean> {
  if (turn === 'help') page.io.say(['', ...pageHelp(kind, titlesOf(contextOf(page.wizard.getState()))).flatMap((p) => wrap(p, page.io.style.width))]);
  else if (turn === 'save') await saveAndReport(page, null);
  else return false;
  return true;
}
