/** What handlers act on: the wizard, the screen's state, and the way out. */

import type { Wizard } from '../flow/controller.js';
import type { RenderStyle } from '../text/render-style.js';
import type { WizardOptions } from '../wizard-port.js';
import { layoutOf } from './layout.js';
import type { UiStore } from './ui-state.js';

export interface Session {
  readonly wizard: Wizard;
  readonly ui: UiStore;
  readonly options: WizardOptions;
  readonly style: Pick<RenderStyle, 'colour' | 'ascii'>;
  /** Rows that were chosen on pages that were left. */
  readonly rows: Map<string, number>;
  /** Ends the wizard; null = the exit code of its result. */
  readonly leave: (exitCode: number | null) => void;
  /** The third Ctrl+C. */
  readonly leaveNow: () => void;
  readonly suspend: () => void;
}

/** The style of the body at its present width. */
export function bodyStyle(session: Session): RenderStyle {
  return { ...session.style, width: layoutOf(session.ui.get().size).body };
}
