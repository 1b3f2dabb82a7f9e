/** What one wizard holds while it lives, and the one way to change its state. */

import type { WizardEvent } from '../../core/events.js';
import type { Interrupter } from '../terminal.js';
import type { WizardBackend, WizardOptions } from '../wizard-port.js';
import { type Action, type FlowState, reduce } from './state.js';

export interface WizardDeps {
  readonly backend: WizardBackend;
  readonly options: WizardOptions;
  readonly now: () => number;
  readonly interrupter: () => Interrupter;
  /** Every event of a run, as it comes: what plain mode prints. */
  readonly onEvent?: (event: WizardEvent) => void;
}

/** Events are drawn at most ten times a second. */
const CALM_MS = 100;

export interface Cell {
  state: FlowState;
  readonly listeners: Set<() => void>;
  timer: NodeJS.Timeout | null;
  workAbort: AbortController;
  interrupter: Interrupter | null;
  decision: ((approved: boolean) => void) | null;
  /** Each later stage is asked about before it begins. */
  byStage: boolean;
  looked: Promise<void> | null;
  /** The last trial of each node that is being tried, by name. */
  readonly trying: Map<string, { readonly over: Promise<void> }>;
}

export type Send = (action: Action) => void;

export function createSend(cell: Cell): Send {
  const notify = () => {
    if (cell.timer) clearTimeout(cell.timer);
    cell.timer = null;
    for (const listener of cell.listeners) listener();
  };
  return (action) => {
    cell.state = reduce(cell.state, action);
    if (action.type !== 'event') notify();
    else cell.timer ??= setTimeout(notify, CALM_MS);
  };
}
