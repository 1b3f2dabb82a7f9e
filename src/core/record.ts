/** What the site record on main keeps, as data: restore points, what undoes a change, the card of a site. */

import type { Change } from './change.js';
import type { PointFile } from './guarded.js';

/** JSON data that undo needs; never secrets. Contents of files go into the node record. */
export type UndoData = Readonly<Record<string, unknown>> | null;

export interface SiteCard {
  readonly site: string;
  readonly cluster: string;
  readonly dirroot: string;
  readonly mucPath: string;
  readonly wwwroot: string;
  /** Absent in old cards, which take it from the next run. */
  readonly webUser?: string;
}

/** What decides on this machine which site a run is about; not from the site's own processes. */
export interface SiteBinding {
  /** The Moodle folder that the answers name. */
  readonly dirroot: string;
  /** The user that PHP serves the site as; null while it is not known. */
  readonly webUser: string | null;
}

/**
 * `on-trial`: done, and rolled back by the nodes unless it is confirmed. `muc-rolled-back`: what was on trial, the MUC file as a rule, is as it was; what else
 * the run changed is still there.
 */
export type PointState = 'open' | 'on-trial' | 'applied' | 'failed' | 'muc-rolled-back' | 'rolled-back' | 'rollback-failed';

export interface RestorePoint {
  readonly v: 1;
  readonly id: string;
  readonly site: string;
  /** One more than the newest before it: the order they were made in, also when the clock was set back. Absent in old ones, which come first. */
  readonly seq?: number;
  readonly created: string;
  readonly run: string;
  readonly by: string;
  readonly state: PointState;
  /** `safety`: what a rollback found. `repair`: the bad file that a repair replaced. Neither is ever what rollback takes by default. */
  readonly kind: 'apply' | 'safety' | 'repair';
  /** The MUC file before the run; null when there was none. */
  readonly muc: { readonly sha256: string; readonly mode: string; readonly owner: string; readonly group: string } | null;
  /** The MUC file this run published last; null while it has not. */
  readonly mucAfter: string | null;
  /** Other files that the run may change and that can lose the site, each with its node. Absent where there are none, and in records of version 0.1.0. */
  readonly files?: readonly PointFile[];
  readonly versionsHash: string;
  readonly journal: string;
  /** The site it was made of; absent in old ones. */
  readonly dirroot?: string;
  readonly webUser?: string;
  /** Rolled back except on these nodes, which were unreachable or excluded. */
  readonly notTakenBack?: readonly string[];
}

/** A change and the data that reverts it, in the order in which changes were made. */
export interface UndoEntry {
  readonly change: Change;
  /** The stage that made it; absent in records of version 0.1.0, where it follows from the change's step. */
  readonly stage?: string;
  readonly undo: UndoData;
}

/** A definition that moved between stores in a run. */
export interface Owed {
  readonly store: string;
  readonly definition: string;
  readonly why: string;
}
