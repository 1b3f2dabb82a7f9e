/** The full screen without a screen: keys go to its handlers as they do in a terminal. */

import { remedy } from '../../../src/core/remedy.js';
import type { Wizard } from '../../../src/ui/flow/controller.js';
import { handleKey } from '../../../src/ui/ink/handle.js';
import type { Session } from '../../../src/ui/ink/session.js';
import { createUiStore, followPage, initialUi } from '../../../src/ui/ink/ui-state.js';

export interface Keyed {
  readonly session: Session;
  /** Presses keys by name, one after the other. */
  press(...names: readonly string[]): void;
  /** How it was left; undefined while it is open. */
  left(): number | null | undefined;
}

export function keyed(wizard: Wizard): Keyed {
  let left: number | null | undefined;
  const session: Session = {
    wizard,
    ui: createUiStore(initialUi(wizard.getState(), { columns: 80, rows: 24 })),
    options: { answersPath: 'answers.yaml', resumeCommand: remedy`x`, trialSeconds: 120, version: '0.1.0' },
    style: { colour: false, ascii: false },
    rows: new Map(),
    leave: (exitCode) => {
      left = exitCode;
    },
    leaveNow: () => {
      throw new Error('left at once');
    },
    suspend: () => {},
  };
  const follow = () => followPage(session.ui, wizard.getState(), session.rows);
  wizard.subscribe(follow);
  return {
    session,
    left: () => left,
    press: (...names) => {
      for (const name of names) {
        handleKey(session, { name, text: [...name].length === 1 ? name : name === 'space' ? ' ' : '' });
        follow();
      }
    },
  };
}
